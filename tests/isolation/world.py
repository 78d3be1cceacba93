"""Rows of three tenants, alike on purpose: the same ids, the same handles and codes."""

from dataclasses import dataclass
from typing import Any

import asyncpg

TENANTS = (1, 2, 3)
_NOW = "'2026-01-01T00:00:00Z'"


@dataclass(frozen=True, slots=True)
class Sample:
    """A table with the columns of a valid row: SQL over the tenant `{t}` and a number `{n}`, the row's id or owner."""

    table: str
    columns: dict[str, str]
    harmless: str  # a column that may be written with its own value
    key: tuple[str, ...] = ("tenant_id", "id")

    @property
    def name(self) -> str:
        """Qualified."""
        return f"fediflow.{self.table}"

    def insert(self, tenant: int, number: int, **changed: str) -> str:
        """Inserts the row of that number."""
        values = {name: sql.format(t=tenant, n=number) for name, sql in (self.columns | changed).items()}
        return f"insert into {self.name} ({', '.join(values)}) values ({', '.join(values.values())})"


_STAMPS = {"created_at": _NOW, "updated_at": _NOW}
USERS = Sample(
    "users",
    {
        "tenant_id": "{t}",
        "id": "{n}",
        "handle": "'anna{n}'",
        "given_name": "'Anna'",
        "family_name": "'Ito'",
        "display_name": "'Anna Ito {t}'",
    }
    | _STAMPS,
    "display_name",
)
EMAILS = Sample(
    "user_emails",
    {
        "tenant_id": "{t}",
        "id": "{n}",
        "user_id": "{n}",
        "address": "'anna{n}@example.org'",
        "address_key": "'anna{n}@example.org'",
        "is_primary": "true",
    },
    "address",
)
ORG_UNITS = Sample(
    "org_units",
    {
        "tenant_id": "{t}",
        "id": "{n}",
        "code": "'U{n}'",
        "name": "jsonb_build_object('en', 'x')",
        "kind": "'faculty'",
    }
    | _STAMPS,
    "code",
)
TERMS = Sample(
    "academic_sessions",
    {
        "tenant_id": "{t}",
        "id": "{n}",
        "code": "'T{n}'",
        "title": "jsonb_build_object('en', 'x')",
        "kind": "'term'",
        "starts_on": "'2026-01-01'",
        "ends_on": "'2026-06-30'",
    }
    | _STAMPS,
    "code",
)
IDS = Sample(
    "user_external_ids",
    {"tenant_id": "{t}", "user_id": "{n}", "type": "'lis'", "value": "'S{n}'"},
    "type",
    ("tenant_id", "type", "value"),
)
SAMPLES = (USERS, EMAILS, IDS, ORG_UNITS, TERMS)  # parents before children
NUMBERS = (11, 12)  # the rows that every tenant may have
NEW_NUMBER = 99  # a row that nobody has


class World:
    """The rows of all tenants, seen and laid out by the administrator, whom policies do not hold."""

    def __init__(self, administrator: "asyncpg.Connection[Any]") -> None:
        self._administrator = administrator

    async def lay_out(self, rows: dict[int, int]) -> None:
        """Gives each tenant its first so many rows in every sample table, and removes what else there is."""
        await self.clear()
        await self._administrator.execute(";\n".join((*statements(rows), _ANALYZE)))

    async def clear(self) -> None:
        """No rows."""
        await self._administrator.execute(_CLEAR)

    async def fingerprints(self) -> dict[tuple[str, int], str]:
        """What each tenant has in each table."""
        rows = await self._administrator.fetch(_FINGERPRINTS)
        return {(row["name"], row["tenant_id"]): row["content"] for row in rows}


def statements(rows: dict[int, int]) -> list[str]:
    """The inserts that lay out so many rows per tenant."""
    return [
        sample.insert(tenant, number)
        for sample in SAMPLES
        for tenant, count in rows.items()
        for number in NUMBERS[:count]
    ]


_CLEAR = ";\n".join(f"delete from {sample.name}" for sample in reversed(SAMPLES))
_ANALYZE = f"analyze {', '.join(sample.name for sample in SAMPLES)}"
_FINGERPRINTS = " union all ".join(
    f"select '{sample.table}' as name, tenant_id, string_agg(r::text, ';' order by r::text) as content "
    f"from {sample.name} r group by tenant_id"
    for sample in SAMPLES
)

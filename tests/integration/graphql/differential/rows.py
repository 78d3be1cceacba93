"""All rows of one institution as plain mappings, and who sees which: the rules written a second time, by hand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Text, cast, select
from sqlalchemy.dialects.postgresql import ARRAY

from kernel.database.roles import DatabaseRole
from kernel.tables import SHARD
from tests.integration.graphql.differential import (
    moderating_seen,
    searching_seen,
    social_seen,
    telling_seen,
)
from tests.world import Institution, World

Row = Mapping[str, Any]
TABLES = [
    "org_units",
    "academic_sessions",
    "courses",
    "course_languages",
    "course_external_ids",
    "offerings",
    "offering_seats",
    "sections",
    "section_external_ids",
    "enrollments",
    "users",
    "user_emails",
    "org_unit_external_ids",
    "academic_session_external_ids",
    "offering_external_ids",
    "enrollment_external_ids",
    "user_external_ids",
    "enrollment_windows",
    "enrollment_transitions",
    "results",
    "role_assignments",
    "personal_access_tokens",
    "attribute_definitions",
    "user_attributes",
    "org_unit_attributes",
    "course_attributes",
    "offering_attributes",
    "federation_identities",
    "identity_changes",
    "identity_conflicts",
]
TABLES += social_seen.TABLES
TABLES += moderating_seen.TABLES
TABLES += telling_seen.TABLES
TABLES += searching_seen.TABLES
_TEACHING = ("instructor", "assistant", "designer")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: the role decides what they may, the id what is theirs."""

    role: str
    id: int

    @property
    def reads_all(self) -> bool:
        """Whether every course, offering, enrollment and person is shown to them."""
        return self.role in ("tenant_admin", "registrar", "auditor")


class Rows:
    """The rows by table, and the questions about visibility."""

    def __init__(self, tables: Mapping[str, list[Row]]) -> None:
        self.tables = tables
        self._by_id = {name: {row["id"]: row for row in rows if "id" in row} for name, rows in tables.items()}
        self._seen: dict[tuple[Viewer, str, int], bool] = {}
        self.seats = {row["offering_id"]: row for row in tables["offering_seats"]}

    def of(self, table: str, column: str, value: Any, *order: str) -> list[Row]:
        """The rows that have this value, in this order."""
        found = [row for row in self.tables[table] if row[column] == value]
        return sorted(found, key=lambda row: tuple(row[name] for name in order))

    def reads_value(self, viewer: Viewer, value: Row) -> bool:
        """Whether the viewer may read this value of an institution's own field."""
        (definition,) = self.of("attribute_definitions", "id", value["definition_id"])
        readers = definition["readable_by"]
        own = "owner" in readers and value.get("user_id") == viewer.id
        return own or not {"everyone", viewer.role}.isdisjoint(readers)

    def get(self, table: str, row_id: int | None) -> Row | None:
        """The row of that id."""
        return None if row_id is None else self._by_id[table].get(row_id)

    def visible(self, viewer: Viewer, table: str) -> list[Row]:
        """The rows that the viewer may see."""
        return [row for row in self.tables[table] if self.sees(viewer, table, row)]

    def sees(self, viewer: Viewer, table: str, row: Row) -> bool:
        """Whether the viewer may see this row."""
        if table in moderating_seen.SHOWN:
            return moderating_seen.sees(self, viewer, table, row)
        if table in searching_seen.TABLES:
            return searching_seen.sees(viewer, table, row)
        if table in telling_seen.SHOWN:
            return telling_seen.sees(viewer, table, row)
        if table in social_seen.TABLES:
            return self._sees_social(viewer, table, row)
        if table in ("org_units", "academic_sessions", "enrollment_transitions"):
            return True
        if table == "identity_conflicts":
            return viewer.role in ("tenant_admin", "registrar")
        if viewer.reads_all and table not in ("personal_access_tokens", "attribute_definitions"):
            return True
        if viewer.role == "analyst" and table in ("courses", "offerings", "sections"):
            return True
        match table:
            case "courses":
                return row["visibility"] != "private" or self._takes_part_in(viewer, row["id"])
            case "offerings":
                published = row["state"] != "draft" and row["visibility"] != "private"
                return published or any(self._of(viewer, row["id"]))
            case "sections":
                offering = self.get("offerings", row["offering_id"])
                return offering is not None and self.sees(viewer, "offerings", offering)
            case "enrollments":
                return row["user_id"] == viewer.id or self._teaches(viewer, row["offering_id"])
            case "personal_access_tokens":
                return viewer.role == "tenant_admin" or row["user_id"] == viewer.id
            case "role_assignments" | "federation_identities" | "identity_changes":
                return bool(row["user_id"] == viewer.id)
            case "attribute_definitions":
                named = {*row["readable_by"], *row["writable_by"]}
                return viewer.role == "tenant_admin" or not {"everyone", "owner", viewer.role}.isdisjoint(
                    named
                )
            case "users":
                return row["id"] == viewer.id or self._is_known(viewer, row["id"])
        raise LookupError(table)

    def _sees_social(self, viewer: Viewer, table: str, row: Row) -> bool:
        key = (viewer, table, row["id"])
        if key not in self._seen:
            self._seen[key] = social_seen.sees(self, viewer, table, row)
        return self._seen[key]

    def _takes_part_in(self, viewer: Viewer, course_id: int) -> bool:
        offerings = [one["id"] for one in self.tables["offerings"] if one["course_id"] == course_id]
        return any(True for offering_id in offerings for _ in self._of(viewer, offering_id))

    def _of(self, viewer: Viewer, offering_id: int) -> Iterable[Row]:
        return (
            one
            for one in self.tables["enrollments"]
            if one["user_id"] == viewer.id and one["offering_id"] == offering_id
        )

    def _teaches(self, viewer: Viewer, offering_id: int) -> bool:
        return any(
            one["role"] in _TEACHING and one["state"] == "active" for one in self._of(viewer, offering_id)
        )

    def _is_known(self, viewer: Viewer, user_id: int) -> bool:
        own = [one for one in self.tables["enrollments"] if one["user_id"] == user_id]
        teaches = any(one["role"] in _TEACHING and one["state"] in ("active", "completed") for one in own)
        return teaches or any(self._teaches(viewer, one["offering_id"]) for one in own)


async def read_rows(world: World, institution: Institution) -> Rows:
    """Everything of the institution, table by table, without any of the gateway's SQL."""
    address = world.databases.shards[institution.tenant.shard]
    found: dict[str, list[Row]] = {}
    async with world.databases.connect(address, DatabaseRole.WORKER) as connection:
        await connection.exec_driver_sql(f"set local app.tenant_id = '{int(institution.tenant.id)}'")
        for name in TABLES:
            table = SHARD.tables[f"fediflow.{name}"]
            # the driver reads arrays of texts alone without asking PostgreSQL for their types, which it may not
            columns = [
                cast(one, ARRAY(Text)).label(one.name) if isinstance(one.type, ARRAY) else one
                for one in table.c
            ]
            # in one order, whatever way PostgreSQL goes: what is chosen by chance is chosen by place
            ids = [one for one in table.c if isinstance(one.type, BigInteger)]
            own = select(*columns).where(table.c.tenant_id == institution.tenant.id)
            rows = await connection.execute(own.order_by(*ids, *table.primary_key.columns))
            found[name] = [dict(row) for row in rows.mappings()]
    found[telling_seen.SIGN_IN_METHODS] = [one for one in found["openid_providers"] if one["is_enabled"]]
    return Rows(found)

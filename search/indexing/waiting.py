"""What of an institution changed since it was indexed: a search leaves it out, so that nothing is found or counted that the
database hides by now.

Only what may hide or change something is looked for: what was made since is found a moment later. The statement is for the
application's role; all of it is in the tables that its row-level security shows it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from kernel.database.named_sql import named_statements
from search.model import Kind, Reference
from tenants.model import TenantId

MOST = 1_000
_LOOK = 20_000  # positions, of all institutions of the shard
_SQL = named_statements(Path(__file__).with_suffix(".sql"))
_HIDING = [
    *("course.updated", "course.archived"),
    *("offering.updated", "offering.cancelled", "offering.archived"),
    *("org_unit.updated", "org_unit.archived"),
    *("user.updated", "user.suspended", "user.deleted"),
    *("post.updated", "post.deleted"),
    *("actor.changed", "actor.gone"),
    "enrollment.changed",
]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits to be indexed. Where it is not complete, totals and counts of a search are not known."""

    references: frozenset[Reference]
    is_complete: bool


def waiting_statement(tenant_id: TenantId, *, since: int | None = None) -> tuple[str, list[object]]:
    """The statement whose one text `read_waiting` reads, with its parameters.

    With `since`, what came after that position waits for whoever was answered by the index as it stood then.
    """
    return _SQL["waiting"], [int(tenant_id), _HIDING, MOST, _LOOK, since]


def read_waiting(text: str | bytes) -> Waiting:
    """What the text says."""
    found = orjson.loads(text)
    references = frozenset(Reference(Kind(kind), row_id) for kind, row_id in found["references"])
    return Waiting(references, len(references) <= MOST and found["is_near"] and found["is_known"])


async def waiting(
    connection: "asyncpg.Connection[Any]", tenant_id: TenantId, *, since: int | None = None
) -> Waiting:
    """What waits, on a connection that sees the institution's rows."""
    statement, parameters = waiting_statement(tenant_id, since=since)
    return read_waiting(await connection.fetchval(statement, *parameters))

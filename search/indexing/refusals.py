"""Documents that no engine takes: set aside with the reason until their row changes or somebody has them tried again.

They hold back nothing. What the index had of such a row before is removed, since it may say what the row no longer does.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from search.indexing.queue import SQL, Driver, run
from search.model import Kind, Reference
from tenants.model import TenantId

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class SetAside:
    """A document that is set aside: of which row, and of which of the two sets."""

    reference: Reference
    is_published: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """One of the table, for operators."""

    tenant_id: int
    reference: Reference
    is_published: bool
    why: str
    attempts: int
    refused_at: datetime
    tried_at: datetime


async def set_aside(
    driver: Driver, tenant_id: TenantId, references: Sequence[Reference]
) -> frozenset[SetAside]:
    """What of these is set aside now."""
    kinds, ids = [one.kind.value for one in references], [str(one.id) for one in references]
    rows = await driver.fetch(SQL["refused"], tenant_id, kinds, ids)
    return frozenset(
        SetAside(Reference(Kind(row["kind"]), row["object_id"]), row["is_published"]) for row in rows
    )


async def refuse(driver: Driver, tenant_id: TenantId, refused: Iterable[tuple[SetAside, str]]) -> None:
    """Sets these aside, or counts one more attempt."""
    given = list(refused)
    columns = _columns([one for one, _ in given])
    await driver.execute(SQL["refuse"], tenant_id, *columns, [why[:_LONGEST] for _, why in given])


async def take(driver: Driver, tenant_id: TenantId, taken: Collection[SetAside]) -> None:
    """Forgets what is no longer refused."""
    await driver.execute(SQL["take"], tenant_id, *_columns(taken))


async def refusals(engine: AsyncEngine, *, limit: int = 100) -> Sequence[Refusal]:
    """What a shard has set aside, the newest attempt first."""
    rows = await run(engine, "list_refused", limit)
    return [
        Refusal(
            row["tenant_id"],
            Reference(Kind(row["kind"]), row["object_id"]),
            row["is_published"],
            row["why"],
            row["attempts"],
            row["refused_at"],
            row["tried_at"],
        )
        for row in rows
    ]


def _columns(given: Collection[SetAside]) -> tuple[list[str], ...]:
    return (
        [one.reference.kind.value for one in given],
        [str(one.reference.id) for one in given],
        [str(one.is_published).lower() for one in given],
    )

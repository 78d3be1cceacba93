"""How the outbox of a shard is doing, read from its tables: true whichever process does the work."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Float, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.outbox.tables import outbox, outbox_clock, outbox_consumers


@dataclass(frozen=True, slots=True)
class Progress:
    """One consumer: how far it came, how many positions it is behind, how old the event is that it has to handle next."""

    name: str
    position: int
    behind: int
    age_seconds: float


@dataclass(frozen=True, slots=True)
class Survey:
    """The last position given out, the age of the oldest committed row without one, and every consumer's progress."""

    position: int
    unnumbered_age_seconds: float
    consumers: tuple[Progress, ...]

    @property
    def age_seconds(self) -> float:
        """The outbox's age: since when has somebody not been told of something that happened."""
        return max([self.unnumbered_age_seconds, *(consumer.age_seconds for consumer in self.consumers)])


async def survey(connection: AsyncConnection) -> Survey:
    """A snapshot of the shard's outbox. Commits."""
    async with connection.begin():
        clock = (await connection.execute(select(outbox_clock.c.position, _unnumbered_age()))).one()
        rows = await connection.execute(
            select(outbox_consumers.c.name, outbox_consumers.c.position, _next_age()).order_by("name")
        )
        consumers = tuple(
            Progress(name, position, max(0, clock.position - position), age) for name, position, age in rows
        )
    return Survey(clock.position, clock.age, consumers)


def _unnumbered_age() -> ColumnElement[float]:
    oldest = (
        select(outbox.c.created_at).where(outbox.c.position.is_(None)).order_by(outbox.c.sequence).limit(1)
    )
    return _age(oldest.scalar_subquery())


def _next_age() -> ColumnElement[float]:
    following = (
        select(outbox.c.created_at)
        .where(outbox.c.position > outbox_consumers.c.position)
        .order_by(outbox.c.position)
        .limit(1)
    )
    return _age(following.correlate(outbox_consumers).scalar_subquery())


def _age(moment: ColumnElement[object]) -> ColumnElement[float]:
    seconds = cast(func.extract("epoch", func.clock_timestamp() - moment), Float)
    return func.coalesce(func.greatest(seconds, 0.0), 0.0).label("age")

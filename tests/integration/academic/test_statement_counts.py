"""The hot path stays lean: each statement is a round trip while the seat row is locked."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from academic.enrollments.acting import withdraw
from tests.integration.academic.world import World


@contextmanager
def _statements(world: World) -> Iterator[list[str]]:
    """What is executed inside, the setting of the tenant included; `begin` and `commit` come on top."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(world.app.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(world.app.sync_engine, "before_cursor_execute", note)


async def test_enrolling_sets_the_tenant_locks_reads_and_writes(world: World) -> None:
    offering = await world.offering(capacity=1)
    people = await world.users(2)
    for user in people:
        with _statements(world) as seen:
            await world.enrol(user, offering)
        assert [one.split()[0].upper() for one in seen] == ["SET", "SELECT", "SELECT", "WITH"]
        assert "FOR UPDATE" in seen[1]


async def test_withdrawing_reads_the_waitlist_only_when_somebody_moves_up(world: World) -> None:
    offering = await world.offering(capacity=1)
    people = await world.users(2)
    ids = [await world.enrol(user, offering) for user in people]
    counts = []
    for user, enrollment in zip(people, ids, strict=True):
        with _statements(world) as seen:
            await world.act(withdraw, enrollment, by=world.student(user))
        counts.append(len(seen))
    assert counts == [5, 4]

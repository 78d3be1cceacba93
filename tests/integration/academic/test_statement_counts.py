"""The hot path stays lean: each statement is a round trip while the seat row is locked."""

import asyncio

from academic.enrollments.acting import withdraw
from tests.integration.academic.world import World
from tests.statements import counted_statements


async def test_enrolling_begins_locks_reads_writes_and_commits(world: World) -> None:
    offering = await world.offering(capacity=1)
    people = await world.users(2)
    for user in people:
        with counted_statements() as seen:
            await world.enrol(user, offering)
            await _noted()
        assert [one.split()[0].upper() for one in seen] == ["BEGIN;", "SELECT", "SELECT", "WITH", "COMMIT"]
        assert "SET LOCAL app.tenant_id" in seen[0]
        assert "FOR UPDATE" in seen[1]


async def test_withdrawing_reads_the_waitlist_only_when_somebody_moves_up(world: World) -> None:
    offering = await world.offering(capacity=1)
    people = await world.users(2)
    ids = [await world.enrol(user, offering) for user in people]
    counts = []
    for user, enrollment in zip(people, ids, strict=True):
        with counted_statements() as seen:
            await world.act(withdraw, enrollment, by=world.student(user))
            await _noted()
        counts.append(len(seen))
    assert counts == [6, 5]


async def _noted() -> None:
    """The driver tells its loggers on the loop's next turn."""
    await asyncio.sleep(0)

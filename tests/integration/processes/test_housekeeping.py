"""Idempotency keys are forgotten after seven days and not before, in every tenant."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from fediflow.processes.housekeeping import tidy_up
from fediflow.processes.stack import open_stack
from kernel.cache import Cache
from kernel.database.roles import DatabaseRole
from tenants.signin.revocations import Revocations
from tenants.tables import idempotency_keys
from tests.world import World, settings_for


async def _keys(world: World, slug: str) -> int:
    async with world.door.write(world.as_system(slug)) as tx:
        return int(
            (await tx.connection.execute(select(func.count()).select_from(idempotency_keys))).scalar_one()
        )


async def test_old_keys_are_forgotten_and_young_ones_kept(world: World) -> None:
    for slug in ("alpha", "beta"):
        await world.data(
            "mutation($i: CreateCourseInput!) { createCourse(input: $i) { userErrors { code } } }",
            {
                "i": {
                    "orgUnitId": world[slug].ids["faculty"],
                    "code": "HOUSE",
                    "title": [{"language": "en", "text": "Housekeeping"}],
                    "idempotencyKey": "kept for a week",
                }
            },
            at=slug,
        )
    before = {slug: await _keys(world, slug) for slug in ("alpha", "beta")}
    assert all(count >= 1 for count in before.values())
    async with open_stack(settings_for(world.databases), DatabaseRole.WORKER, pool_size=2) as stack:
        revocations = Revocations(stack.directory, Cache.connect(None))
        assert await tidy_up(stack, revocations) == 0
        later = datetime.now(UTC) + timedelta(days=7, minutes=1)
        # other tests leave keys in other tenants of the same databases: those go as well
        assert await tidy_up(stack, revocations, clock=lambda: later) >= sum(before.values())
    assert [await _keys(world, slug) for slug in before] == [0, 0]

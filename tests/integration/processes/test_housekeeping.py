"""What may be forgotten is forgotten in every tenant, in batches, and one tenant's trouble is no other's."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Table, event, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from fediflow.local.sockets import free_port
from fediflow.processes.housekeeping import tidy_up
from fediflow.processes.stack import open_stack
from kernel.cache import Cache
from kernel.database.addresses import Address
from kernel.database.engines import Timeouts
from kernel.database.roles import DatabaseRole
from kernel.ids import FixedLease, IdFactory
from kernel.leases import wall_clock_ms
from tenants.housekeeping import forget_old_rows
from tenants.signin.revocations import KEPT_FOR, RevocationKind, Revocations
from tenants.tables import idempotency_keys, personal_access_tokens, refresh_tokens, revocations, sessions
from tests.world import World, settings_for

NOW = datetime.now(UTC)
_new_id = IdFactory(FixedLease(1001), wall_clock_ms)


async def _add_old_keys(world: World, slug: str, name: str, count: int) -> None:
    async with world.door.write(world.as_system(slug)) as tx:
        row = {
            "tenant_id": tx.tenant_id,
            "principal_id": 1,
            "mutation": name,
            "input_hash": "",
            "object_id": 1,
        }
        long_ago = NOW - timedelta(days=8)
        rows = [{**row, "key": str(number), "created_at": long_ago} for number in range(count)]
        await tx.connection.execute(insert(idempotency_keys), rows)


async def _old_keys(world: World, slug: str, name: str) -> int:
    async with world.door.write(world.as_system(slug)) as tx:
        of_name = select(func.count()).where(idempotency_keys.c.mutation == name)
        return int((await tx.connection.execute(of_name)).scalar_one())


async def _add(world: World, table: Table, **values: object) -> int:
    """A row of alpha's."""
    async with world.door.write(world.as_system("alpha")) as tx:
        row_id = _new_id()
        await tx.connection.execute(insert(table).values(tenant_id=tx.tenant_id, id=row_id, **values))
    return row_id


async def _session(world: World, *, ends: datetime, refreshed: int) -> int:
    user_id = world["alpha"].number("user:student")
    session_id = await _add(world, sessions, user_id=user_id, created_at=NOW, expires_at=ends)
    for number in range(refreshed):
        await _add(
            world, refresh_tokens, session_id=session_id, secret_hash=str(number), created_at=NOW, used_at=NOW
        )
    return session_id


async def _token(world: World, *, ends: datetime, revoked: datetime | None = None) -> int:
    return await _add(
        world,
        personal_access_tokens,
        user_id=world["alpha"].number("user:student"),
        name="x",
        secret_hash="x",
        scopes=[],
        created_at=NOW,
        expires_at=ends,
        revoked_at=revoked,
    )


@contextmanager
def _deletions(engine: AsyncEngine) -> Iterator[Counter[str]]:
    """How many statements deleted rows of each table."""
    counted: Counter[str] = Counter()

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("DELETE FROM fediflow."):
            counted[re.split(r"\W+", statement, maxsplit=4)[3]] += 1

    event.listen(engine.sync_engine, "before_cursor_execute", count)
    yield counted
    event.remove(engine.sync_engine, "before_cursor_execute", count)


async def _left(world: World, table: Table, ids: list[int]) -> list[int]:
    """Which of them are there still, by their place in the list."""
    async with world.door.write(world.as_system("alpha")) as tx:
        found = set((await tx.connection.execute(select(table.c.id).where(table.c.id.in_(ids)))).scalars())
    return [place for place, row_id in enumerate(ids) if row_id in found]


@pytest.fixture(scope="module", autouse=True)
async def _tidy(world: World) -> None:
    """What other tests left behind is gone, and not counted."""
    async with open_stack(settings_for(world.databases), DatabaseRole.WORKER, pool_size=2) as stack:
        while await tidy_up(stack, Revocations(stack.directory, Cache.connect(None))):
            pass


async def test_sessions_that_ended_go_with_their_refresh_tokens(world: World) -> None:
    ends = (NOW + timedelta(days=1), NOW, NOW - timedelta(days=1, seconds=1))
    ids = [await _session(world, ends=end, refreshed=5) for end in ends]
    engine = world.databases.engine(world.databases.shards["one"], DatabaseRole.WORKER)
    with _deletions(engine) as deleted:
        gone = await forget_old_rows(engine, world["alpha"].tenant.id, NOW, batch=2)
    await engine.dispose()
    assert gone == 6
    assert await _left(world, sessions, ids) == [0, 1]
    assert deleted[refresh_tokens.name] == 3  # two, two and one
    async with world.door.write(world.as_system("alpha")) as tx:
        kept = select(func.count()).where(refresh_tokens.c.session_id.in_(ids))
        assert (await tx.connection.execute(kept)).scalar_one() == 10


async def test_tokens_out_of_use_for_a_quarter_go(world: World) -> None:
    later, recently, long_ago = NOW + timedelta(days=9), NOW - timedelta(days=89), NOW - timedelta(days=91)
    ids = [
        await _token(world, ends=later),
        await _token(world, ends=recently),
        await _token(world, ends=later, revoked=recently),
        await _token(world, ends=long_ago),
        await _token(world, ends=later, revoked=long_ago),
    ]
    engine = world.databases.engine(world.databases.shards["one"], DatabaseRole.WORKER)
    assert await forget_old_rows(engine, world["alpha"].tenant.id, NOW) == 2
    await engine.dispose()
    assert await _left(world, personal_access_tokens, ids) == [0, 1, 2]


async def test_old_keys_go_in_batches(world: World) -> None:
    await _add_old_keys(world, "alpha", "batches", 5)
    engine = world.databases.engine(world.databases.shards["one"], DatabaseRole.WORKER)
    with _deletions(engine) as deleted:
        assert await forget_old_rows(engine, world["alpha"].tenant.id, NOW, batch=2) == 5
    await engine.dispose()
    assert deleted[idempotency_keys.name] == 3  # two, two and one
    assert await _old_keys(world, "alpha", "batches") == 0


async def test_one_tenants_trouble_stops_no_other(world: World) -> None:
    slugs = ("alpha", "beta", "gamma")
    for slug in slugs:
        await _add_old_keys(world, slug, "trouble", 1)
    settings, quick = settings_for(world.databases), Timeouts(lock=0.2)
    async with open_stack(settings, DatabaseRole.WORKER, pool_size=2, timeouts=quick) as stack:
        listed = Revocations(stack.directory, Cache.connect(None))
        async with world.door.write(world.as_system("alpha")) as held:
            of_test = select(idempotency_keys.c.key).where(idempotency_keys.c.mutation == "trouble")
            await held.connection.execute(of_test.with_for_update())
            with capture_logs() as logs:
                await tidy_up(stack, listed)
            assert [await _old_keys(world, slug, "trouble") for slug in slugs] == [1, 0, 0]
        await tidy_up(stack, listed)
    assert await _old_keys(world, "alpha", "trouble") == 0
    [told] = [one for one in logs if one["event"] == "a tenant is not tidied up"]
    assert (told["shard"], told["tenant_id"]) == ("one", world["alpha"].tenant.id)
    assert "lock timeout" in told["why"]


async def test_a_shard_that_is_away_stops_neither_the_others_nor_the_sweep(world: World) -> None:
    for slug in ("alpha", "beta"):
        await _add_old_keys(world, slug, "away", 1)
    async with open_stack(settings_for(world.databases), DatabaseRole.WORKER, pool_size=2) as stack:
        listed = Revocations(stack.directory, Cache.connect(None))
        event_id = f"housekeeping {_new_id()}"
        tenant_id = world["alpha"].tenant.id
        await listed.revoke(tenant_id=tenant_id, kind=RevocationKind.SESSION, subject_id=1, event_id=event_id)
        async with world.databases.driver(world.databases.directory, None) as driver:
            await driver.execute(
                f"update {revocations.fullname} set created_at = now() - $1::interval where event_id = $2",
                KEPT_FOR + timedelta(days=1),
                event_id,
            )
        nowhere = world.databases.engine(
            Address("127.0.0.1", free_port(), "away"), DatabaseRole.WORKER, pool_size=0
        )
        one, stack.served["one"] = stack.served["one"], nowhere
        await tidy_up(stack, listed)
        assert await listed.standing(event_id) == (await listed.position(), False)
        assert [await _old_keys(world, slug, "away") for slug in ("alpha", "beta")] == [1, 0]
        stack.served["one"] = one
        await tidy_up(stack, listed)
    assert await _old_keys(world, "alpha", "away") == 0


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
        assert await tidy_up(stack, revocations, clock=lambda: NOW) == 0
        later = datetime.now(UTC) + timedelta(days=7, minutes=1)
        # other tests leave keys in other tenants of the same databases: those go as well
        assert await tidy_up(stack, revocations, clock=lambda: later) >= sum(before.values())
    assert [await _keys(world, slug) for slug in before] == [0, 0]

"""Revocations reach every process: with Redis, without it, with it flushed, killed, or cut off from one process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from fediflow.local.redis import RedisServer
from kernel.cache import Cache
from kernel.database.roles import DatabaseRole
from kernel.outbox.event import Event
from kernel.outbox.tables import outbox
from tenants.authority import system_principal
from tenants.door import Transaction
from tenants.model import Role, Unauthenticated
from tenants.people.operations import suspend_user
from tenants.people.passwords import set_password
from tenants.people.roles import grant_role, revoke_role
from tenants.signin.consumer import revocation_consumer
from tenants.signin.operations import refresh, sign_out
from tenants.signin.revocation_list import RevocationList
from tenants.signin.revocations import CHANNEL, RevocationKind, Revocations
from tenants.tables import revocations
from tests.integration.signin.conftest import PATIENT
from tests.integration.signin.world import PASSWORD, Process, World

Change = Callable[[Transaction, Process, int], Awaitable[object]]


async def until(holds: Callable[[], bool], *, seconds: float = 60.0) -> None:
    """Waits for what other tasks do; fails after the deadline."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is waited for is a value in memory
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def following(known: RevocationList) -> AsyncIterator[None]:
    task = asyncio.create_task(known.follow())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _suspended(tx: Transaction, process: Process, user_id: int) -> None:
    await suspend_user(tx, process.revocations, user_id=user_id)


async def _promoted(tx: Transaction, process: Process, user_id: int) -> None:
    await grant_role(tx, process.revocations, user_id=user_id, role=Role.ANALYST)


async def _new_password(tx: Transaction, process: Process, user_id: int) -> None:
    await set_password(tx, process.services, user_id=user_id, password="another long password")


@pytest.mark.parametrize("change", [_suspended, _promoted, _new_password])
async def test_a_change_of_status_role_or_password_ends_tokens_before_it_answers(
    world: World, change: Change
) -> None:
    user_id = await world.person("ada")
    process = await world.process()
    token = (await world.sign_in(process, "ada")).access_token
    await process.authenticator.authenticate(token=token, tenant=None)
    async with world.door.write(system_principal(world.tenant)) as tx:
        await change(tx, process, user_id)
    with pytest.raises(Unauthenticated):
        await process.authenticator.authenticate(token=token, tenant=None)


async def test_a_role_taken_back_ends_the_token_that_says_it(world: World) -> None:
    user_id = await world.person("ada")
    process = await world.process()
    async with world.door.write(system_principal(world.tenant)) as tx:
        assignment_id = await grant_role(tx, process.revocations, user_id=user_id, role=Role.REGISTRAR)
    signed_in = await world.sign_in(process, "ada")
    before = await process.authenticator.authenticate(token=signed_in.access_token, tenant=None)
    assert before.access.roles == {Role.REGISTRAR}
    async with world.door.write(system_principal(world.tenant)) as tx:
        await revoke_role(tx, process.revocations, assignment_id=assignment_id)
    with pytest.raises(Unauthenticated):
        await process.authenticator.authenticate(token=signed_in.access_token, tenant=None)
    async with world.door.write(world.anonymous) as tx:
        following_one = await refresh(
            tx, process.services, refresh_token=signed_in.refresh_token, address=None
        )
    after = await process.authenticator.authenticate(token=following_one.access_token, tenant=None)
    assert after.access.roles == frozenset()


async def test_whoever_signs_in_right_after_a_revocation_is_known(world: World) -> None:
    user_id = await world.person("ada")
    process, elsewhere = await world.process(), await world.process()
    for _ in range(3):
        async with world.door.write(system_principal(world.tenant)) as tx:
            await set_password(tx, process.services, user_id=user_id, password=PASSWORD)
        token = (await world.sign_in(elsewhere, "ada")).access_token
        for one in (process, elsewhere):
            await one.authenticator.authenticate(token=token, tenant=None)
            await one.known.read()
            await one.authenticator.authenticate(token=token, tenant=None)


async def test_a_process_without_redis_learns_of_a_revocation_by_reading(world: World) -> None:
    await world.person("ada")
    here, there = await world.process(), await world.process()
    token = await _signed_out_here(world, here, there)
    await there.known.read()  # what it does every five seconds
    with pytest.raises(Unauthenticated):
        await there.authenticator.authenticate(token=token, tenant=None)


async def test_a_process_with_redis_learns_at_once(world: World, private_redis: RedisServer) -> None:
    await world.person("ada")
    redis = Cache.connect(private_redis.url, timeout=PATIENT)  # in which nobody else listens
    here, there = await world.process(redis), await world.process(redis, poll_seconds=600)
    async with following(there.known):
        await _listened_to(here)
        await _signed_out_here(world, here, None)
        position = await here.revocations.position()
        await until(lambda: there.known.position >= position)
    await redis.aclose()


async def test_a_flushed_redis_forgets_no_revocation(world: World, private_redis: RedisServer) -> None:
    await world.person("ada")
    redis = Cache.connect(private_redis.url, timeout=PATIENT)
    here, there = await world.process(redis), await world.process(redis)
    token = await _signed_out_here(world, here, there)
    await redis.run(lambda client: client.flushall())
    await there.known.read()
    for process in (here, there, await world.process(redis)):
        with pytest.raises(Unauthenticated):
            await process.authenticator.authenticate(token=token, tenant=None)
    await redis.aclose()


async def test_with_redis_killed_a_revocation_still_holds_everywhere(
    world: World, private_redis: RedisServer
) -> None:
    await world.person("ada")
    cache = Cache.connect(private_redis.url, timeout=PATIENT)
    here, there = await world.process(cache), await world.process(cache)
    async with following(there.known):
        await _listened_to(here)
        await private_redis.kill()
        token = await _signed_out_here(world, here, None)
        with pytest.raises(Unauthenticated):
            await here.authenticator.authenticate(token=token, tenant=None)
        position = await here.revocations.position()
        await until(lambda: there.known.position >= position)
        with pytest.raises(Unauthenticated):
            await there.authenticator.authenticate(token=token, tenant=None)
    await cache.aclose()


async def test_a_process_cut_off_from_redis_alone_refuses_too(world: World, redis: Cache) -> None:
    await world.person("ada")
    here, cut_off = await world.process(redis), await world.process(Cache.connect("redis://127.0.0.1:1"))
    async with following(here.known), following(cut_off.known):
        token = await _signed_out_here(world, here, None)
        position = await here.revocations.position()
        await until(lambda: cut_off.known.position >= position)
        with pytest.raises(Unauthenticated):
            await cut_off.authenticator.authenticate(token=token, tenant=None)
        # And the other way: what the cut-off process revokes is known to the others within their five seconds.
        other = (await world.sign_in(cut_off, "ada")).access_token
        principal = await cut_off.authenticator.authenticate(token=other, tenant=None)
        async with world.door.write(principal) as tx:
            await sign_out(tx, cut_off.revocations)
        position = await cut_off.revocations.position()
        await until(lambda: here.known.position >= position)
        with pytest.raises(Unauthenticated):
            await here.authenticator.authenticate(token=other, tenant=None)


async def test_the_consumer_writes_what_a_dead_process_could_not(world: World) -> None:
    user_id = await world.person("ada")
    process = await world.process()
    token = (await world.sign_in(process, "ada")).access_token
    async with world.door.write(system_principal(world.tenant)) as tx:
        await grant_role(tx, process.revocations, user_id=user_id, role=Role.ANALYST)
        tx.after_commit.clear()  # the process dies here
    await process.known.read()
    await process.authenticator.authenticate(token=token, tenant=None)
    consumer = revocation_consumer(process.revocations)
    events = await _events(world)
    await consumer.handle(events)
    with pytest.raises(Unauthenticated):
        await process.authenticator.authenticate(token=token, tenant=None)
    position = await process.revocations.position()
    await consumer.handle(events)
    assert await process.revocations.position() == position


async def test_many_people_are_signed_out_at_once(world: World) -> None:
    people = {name: await world.person(name) for name in ("ada", "bao", "eve")}
    process = await world.process()
    tokens = {name: (await world.sign_in(process, name)).access_token for name in people}
    before = await process.revocations.position()
    events = {people[name]: f"import:{people[name]}" for name in ("ada", "bao")}
    await process.revocations.revoke_users(world.tenant.id, events)
    assert await process.revocations.position() == before + 2
    await process.revocations.revoke_users(world.tenant.id, events)  # again
    await process.revocations.revoke_users(world.tenant.id, {})
    told = [one.subject_id for one in await process.revocations.since(before)]
    assert sorted(told) == sorted(events)
    for name in ("ada", "bao"):
        with pytest.raises(Unauthenticated):
            await process.authenticator.authenticate(token=tokens[name], tenant=None)
    principal = await process.authenticator.authenticate(token=tokens["eve"], tenant=None)
    assert principal.user_id == people["eve"]


async def test_a_rolled_back_change_revokes_nothing(world: World) -> None:
    user_id = await world.person("ada")
    process = await world.process()
    before = await process.revocations.position()
    with contextlib.suppress(ZeroDivisionError):
        async with world.door.write(system_principal(world.tenant)) as tx:
            await suspend_user(tx, process.revocations, user_id=user_id)
            raise ZeroDivisionError
    assert await process.revocations.position() == before
    assert (await world.sign_in(process, "ada")).user_id == user_id


async def test_positions_become_visible_in_their_order(world: World) -> None:
    process = await world.process()
    tenant_id = world.tenant.id
    known: list[int] = []

    async def read() -> None:
        while len(known) < 40:
            known.extend(
                one.position for one in await process.revocations.since(known[-1] if known else start)
            )

    start = await process.revocations.position()
    async with asyncio.timeout(60):
        await asyncio.gather(
            read(),
            *(
                process.revocations.revoke(
                    tenant_id=tenant_id,
                    kind=RevocationKind.USER,
                    subject_id=number,
                    event_id=f"order {tenant_id} {number}",
                )
                for number in range(40)
            ),
        )
    assert known == list(range(start + 1, start + 41))


async def test_only_rows_older_than_any_session_are_swept(world: World) -> None:
    process = await world.process()
    for number in range(2):
        await process.revocations.revoke(
            tenant_id=world.tenant.id,
            kind=RevocationKind.USER,
            subject_id=number,
            event_id=f"sweep {world.tenant.id} {number}",
        )
    async with world.databases.driver(world.databases.directory, None) as driver:
        await driver.execute(
            f"update {revocations.fullname} set created_at = now() - interval '32 days' where event_id = $1",
            f"sweep {world.tenant.id} 0",
        )
    engine = world.databases.engine(world.databases.directory, DatabaseRole.WORKER, pool_size=1)
    assert await Revocations(engine, Cache(None)).sweep() == 1
    assert await Revocations(engine, Cache(None)).sweep() == 0
    await engine.dispose()


async def test_an_event_is_written_once_however_often_it_is_told(world: World) -> None:
    process = await world.process()
    revoke = process.revocations.revoke
    event = f"once {world.tenant.id}"
    await asyncio.gather(
        *(
            revoke(tenant_id=world.tenant.id, kind=RevocationKind.USER, subject_id=1, event_id=event)
            for _ in range(4)
        )
    )
    async with world.directory_engine.connect() as connection:
        query = select(func.count()).where(revocations.c.event_id == event)
        assert (await connection.execute(query)).scalar_one() == 1


async def _signed_out_here(world: World, here: Process, there: Process | None) -> str:
    """The access token of a session that ended in `here`; `there` had accepted it before."""
    token = (await world.sign_in(here, "ada")).access_token
    principal = await here.authenticator.authenticate(token=token, tenant=None)
    if there is not None:
        await there.authenticator.authenticate(token=token, tenant=None)
    async with world.door.write(principal) as tx:
        await sign_out(tx, here.revocations)
    return token


async def _listened_to(here: Process) -> None:
    """Waits until somebody listens to what `here` says."""
    async with asyncio.timeout(60):
        while not await _heard(here.cache):  # noqa: ASYNC110 - another server's state
            await asyncio.sleep(0.005)


async def _heard(cache: Cache) -> bool:
    listeners = await cache.run(lambda client: client.pubsub_numsub(CHANNEL))
    return any(count > 0 for _, count in listeners)


async def _events(world: World) -> list[Event]:
    """The tenant's `access.revoked` rows as the relay would hand them over."""
    address = world.databases.shards[world.tenant.shard]
    async with world.databases.connect(address, DatabaseRole.WORKER) as connection:
        query = select(outbox).where(
            outbox.c.tenant_id == world.tenant.id, outbox.c.event == "access.revoked"
        )
        rows = (await connection.execute(query)).all()
    return [
        Event(
            position=0,
            sequence=row.sequence,
            tenant_id=row.tenant_id,
            event=row.event,
            object_type=row.object_type,
            object_id=row.object_id,
            payload=row.payload,
            created_at=datetime.now(UTC),
        )
        for row in rows
    ]

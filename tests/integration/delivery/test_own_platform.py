"""Institutions of one platform are delivered to by a row, never by a request; domains that are blocked get nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from federation.hosts.blocklists import DomainRule
from federation.hosts.domain_rules import store_institution_rules, store_platform_rules
from federation.local import addresses_of
from federation.tables.actors import follows
from federation.tables.delivery import dead_letters, host_lanes
from federation.tables.hosts import federation_settings, platform_domains
from federation.tables.inbox import inbox_activities
from kernel.database.roles import DatabaseRole
from tenants.tables import tenants
from tests.fediverse import following, rows, stranger
from tests.integration.delivery.office import Office, until
from tests.sinks import Reply, sinks
from tests.world import World


async def test_another_institution_here_gets_a_row(office: Office) -> None:
    beta = office.world["beta"].tenant
    address = addresses_of(beta, office.stack.settings.public_url)
    reader = await stranger(
        office.world,
        host=address.domain,
        inbox=f"{address.base}/actors/5/inbox",
        shared_inbox=address.shared_inbox,
    )
    await following(office.world, reader, office.author.actor_id)
    sent = await office.publish(2)
    async with office.delivering():
        await until(lambda: _received(office, beta.id, 2))
        await until(lambda: _is_empty(office))
    rows = await _received(office, beta.id, 2)
    assert sorted(row["address"] for row in rows) == sorted(sent)
    assert await office.rows(dead_letters) == []


async def test_an_inbox_that_no_institution_has_is_gone(office: Office) -> None:
    address = addresses_of(office.world["beta"].tenant, office.stack.settings.public_url)
    reader = await stranger(
        office.world, host=address.domain, inbox=f"{address.base}/nowhere", shared_inbox=None
    )
    await office.publish(actors=[reader])
    async with office.delivering():
        await until(lambda: office.rows(dead_letters))
    assert [row["end_reason"] for row in await office.rows(dead_letters)] == ["gone"]


async def test_hosts_that_the_institution_blocks_get_no_deliveries(office: Office) -> None:
    async with sinks(2) as (blocked, fine):
        await office.follow_from([blocked, fine])
        await _decide(office, DomainRule(blocked.address, "block"))
        await office.publish()
        async with office.delivering():
            await until(lambda: len(fine.accepted) == 1)
        assert await office.waiting() == 0
    assert blocked.posted == []


async def test_an_allow_list_lets_nobody_else_in_on_it(office: Office) -> None:
    async with sinks(2) as (stranger_to_us, friend):
        await office.follow_from([stranger_to_us, friend])
        await _decide(office, DomainRule(friend.host, "allow"), mode="allow_list")
        await office.publish()
        async with office.delivering():
            await until(lambda: len(friend.accepted) == 1)
        assert await office.waiting() == 0
    assert stranger_to_us.posted == []


async def test_what_waits_for_a_host_that_the_platform_blocks_is_buried(office: Office) -> None:
    async with sinks(1) as (sink,):
        sink.answer = lambda _: Reply(503, (("retry-after", "1"),))
        await office.follow_from([sink])
        await store_platform_rules(office.stack.directory, [DomainRule(sink.address, "block")])
        await office.publish(3)
        async with office.delivering():
            await until(lambda: _buried(office, 3))
    assert {row["end_reason"] for row in await office.rows(dead_letters)} == {"blocked"}
    assert sink.posted == []
    async with office.stack.directory.begin() as connection:
        await connection.execute(platform_domains.delete())


async def _decide(office: Office, rule: DomainRule, *, mode: str = "open") -> None:
    async with office.world.door.write(office.world.as_system(office.slug)) as tx:
        await store_institution_rules(tx, [rule], replace=True)
        await tx.connection.execute(federation_settings.delete())
        await tx.connection.execute(
            insert(federation_settings).values(tenant_id=tx.tenant_id, mode=mode, updated_at=tx.now)
        )


async def _received(office: Office, tenant_id: int, count: int) -> list[Any]:
    query = select(inbox_activities).where(inbox_activities.c.tenant_id == tenant_id)
    async with office.stack.directory.connect() as connection:
        found = list((await connection.execute(query)).mappings())
    return found if len(found) >= count else []


async def _is_empty(office: Office) -> bool:
    return await office.waiting() == 0


async def _buried(office: Office, count: int) -> bool:
    return len(await office.rows(dead_letters)) >= count


async def test_institution_that_is_suspended_gets_it_later(office: Office) -> None:
    beta = office.world["beta"].tenant
    address = addresses_of(beta, office.stack.settings.public_url)
    reader = await stranger(
        office.world,
        host=address.domain,
        inbox=f"{address.base}/actors/6/inbox",
        shared_inbox=address.shared_inbox,
    )
    await following(office.world, reader, office.author.actor_id)
    async with suspended(office.world, "beta"):
        (sent,) = await office.publish()
        async with office.delivering():
            await until(lambda: _waits(office, address.domain))
    assert await office.rows(dead_letters) == []
    assert len(await rows(office.world, follows, follower_id=reader)) == 1
    async with office.stack.served["one"].begin() as connection:
        await connection.execute(update(host_lanes).values(next_due_at=func.now()))
    async with office.delivering():
        await until(lambda: _has(office, beta.id, sent))


@asynccontextmanager
async def suspended(world: World, slug: str) -> AsyncIterator[None]:
    """An institution that the operator suspended, until the block ends."""
    await _set_status(world, slug, "suspended")
    try:
        yield
    finally:
        await _set_status(world, slug, "active")


async def _set_status(world: World, slug: str, status: str) -> None:
    databases = world.databases
    async with databases.connect(databases.directory, DatabaseRole.OWNER) as connection:
        await connection.execute(update(tenants).where(tenants.c.slug == slug).values(status=status))
        await connection.commit()


async def _waits(office: Office, host: str) -> bool:
    """The lane was given back, to be looked at again much later."""
    much_later = datetime.now(UTC) + timedelta(minutes=30)
    lanes = await office.rows(host_lanes, host=host)
    return any(lane["leased_by"] is None and lane["next_due_at"] > much_later for lane in lanes)


async def _has(office: Office, tenant_id: int, address: str) -> bool:
    return address in {row["address"] for row in await _received(office, tenant_id, 1)}

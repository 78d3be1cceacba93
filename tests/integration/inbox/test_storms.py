"""What comes in masses: Deletes of strangers, nonsense, and too much of one server."""

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from time import monotonic

import pytest
from sqlalchemy import delete, insert, select

from federation.inbox import ingress
from federation.tables.hosts import platform_domains, remote_hosts
from federation.tables.inbox import inbox_activities
from kernel.database.roles import DatabaseRole
from tenants.tables import shards, tenant_domains, tenants
from tests.integration.inbox.remote_server import RemoteServer, deliver, rsa_key, signed_headers
from tests.world import World

TENANTS = 670
COPIES = 1_450
_FIRST_ID = 9_000_000


@pytest.fixture
async def many_institutions(world: World) -> AsyncIterator[list[str]]:
    """Domains of so many institutions that nobody works for."""
    now = datetime.now(UTC)
    async with world.databases.connect(world.databases.directory, DatabaseRole.WORKER) as connection:
        shard_id = (await connection.execute(select(shards.c.id).limit(1))).scalar_one()
        ids = range(_FIRST_ID, _FIRST_ID + TENANTS)
        rows = [
            {
                "id": one,
                "slug": f"storm{one}",
                "name": {"en": "Storm"},
                "shard_id": shard_id,
                "region": "eu",
                "time_zone": "UTC",
                "languages": ["en"],
                "created_at": now,
                "updated_at": now,
            }
            for one in ids
        ]
        domains = [{"domain": f"storm{one}.test", "tenant_id": one, "is_primary": True} for one in ids]
        await connection.execute(insert(tenants), rows)
        await connection.execute(insert(tenant_domains), domains)
        await connection.commit()
        yield [f"storm{one}.test" for one in ids]
    # Nobody who works for the product may.
    async with world.databases.driver(world.databases.directory, None) as administrator:
        for table, column in (("tenant_domains", "tenant_id"), ("tenants", "id")):
            await administrator.execute(
                f"delete from fediflow.{table} where {column} between $1 and $2", ids[0], ids[-1]
            )


async def test_delete_storm_by_a_stranger_costs_nothing(
    world: World, remote: RemoteServer, many_institutions: list[str]
) -> None:
    ann = remote.actor("ann")
    body = json.dumps(remote.activity(ann, "Delete", ann.address)).encode()
    now = datetime.now(UTC)
    hosts = [many_institutions[number % TENANTS] for number in range(COPIES)]
    signed = {
        host: signed_headers(body, host=host, target="/inbox", key=ann.key, key_id=ann.key_id, now=now)
        for host in many_institutions
    }
    # What is known of the institutions' domains is not the storm's.
    for number, host in enumerate(many_institutions):
        peer = f"192.0.2.{number % 200}"
        answer = await world.request("POST", "/inbox", body=b"{}", headers=signed[host], peer=peer)
        assert answer.status == 400
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for host in hosts:
        answer = await world.request("POST", "/inbox", body=body, headers=signed[host])
        assert answer.status == 202
    # What the gateway reads beside, now and then, takes its memory for a moment.
    until = monotonic() + 60
    while tracemalloc.get_traced_memory()[0] - before >= 500_000:
        assert monotonic() < until, "the storm's memory is kept"
        await asyncio.sleep(0.05)
    tracemalloc.stop()
    assert remote.asked == []
    async with world.databases.connect(world.databases.directory, DatabaseRole.WORKER) as connection:
        kept = select(inbox_activities.c.arrival).where(inbox_activities.c.actor_address == ann.address)
        assert (await connection.execute(kept)).all() == []


async def test_address_that_sends_nonsense_is_not_listened_to(
    world: World, remote: RemoteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingress, "MOST_FAILURES", 3)
    ann = remote.actor("ann")
    for _ in range(3):
        answer = await deliver(world, ann, b"{}", peer="198.51.100.7")
        assert answer.status == 400
    answer = await deliver(world, ann, b"{}", peer="198.51.100.7")
    assert (answer.status, answer.json["why"]) == (429, "rate_limited")
    assert 0 < int(answer.headers["retry-after"]) <= 60
    good = remote.activity(ann, "Like", "https://example.org/1")
    assert (await deliver(world, ann, good, peer="198.51.100.8")).status == 202


async def test_blocked_server_and_one_with_a_limit(
    world: World, remote: RemoteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = remote.base.removeprefix("http://")
    ann = remote.actor("ann")
    rules = world.app._inbox._inbox._rules  # type: ignore[attr-defined]  # read now, not in a quarter of a minute
    now = datetime.now(UTC)
    async with world.databases.connect(world.databases.directory, DatabaseRole.WORKER) as connection:
        limited = {"host": host, "receive_limit": 2, "created_at": now, "updated_at": now}
        await connection.execute(insert(remote_hosts).values(limited))
        await connection.commit()
        await rules.read()
        statuses = [
            (await deliver(world, ann, remote.activity(ann, "Like", "https://example.org/1"))).status
            for _ in range(3)
        ]
        assert statuses == [202, 202, 429]
        await connection.execute(insert(platform_domains).values(domain="127.0.0.1", action="block"))
        await connection.commit()
        await rules.read()
        try:
            answer = await deliver(world, ann, remote.activity(ann, "Like", "https://example.org/1"))
            assert (answer.status, answer.json["why"]) == (403, "blocked")
        finally:
            await connection.execute(delete(platform_domains))
            await connection.execute(delete(remote_hosts).where(remote_hosts.c.host == host))
            await connection.commit()
            await rules.read()


async def test_forged_activities_use_up_nobodys_limit(world: World, remote: RemoteServer) -> None:
    ann = remote.actor("ann")
    rates = world.app._inbox._inbox._received  # type: ignore[attr-defined]
    for _ in range(3):
        forged = remote.activity(ann, "Like", "https://example.org/1")
        assert (await deliver(world, ann, forged, key=rsa_key(1))).status == 401
    assert rates.seconds_to_wait(remote.base.removeprefix("http://"), 1) == 0

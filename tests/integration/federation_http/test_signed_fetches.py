"""Fetches that are signed: what followers may see, and institutions that answer nobody they do not know."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, insert

from federation.signatures import SignedRequest, generate_rsa, sign
from federation.signatures.claims import Kind
from federation.tables.hosts import domain_policies, federation_settings
from federation.tables.moderation import blocks
from tests.fediverse import following, stranger
from tests.integration.federation_http.fetching import ACTIVITY, BASE, HTML, get, joined, number, posted
from tests.integration.inbox.remote_server import RemoteActor, RemoteServer
from tests.world import Answer, World

AT = "alpha"


@pytest.fixture(scope="module")
async def author(world: World) -> dict[str, Any]:
    """Somebody with posts for followers."""
    return await joined(world, "auditor", username="private", at=AT)


@asynccontextmanager
async def ruled(world: World, slug: str, target: str, status: int, **rules: Any) -> AsyncIterator[None]:
    """An institution with these rules, from when the gateway has heard of them: then `target` answers `status`."""
    table, before = federation_settings, (await get(world, target, at=slug)).status
    async with world.door.write(world.as_system(slug)) as tx:
        await tx.connection.execute(insert(table).values(tenant_id=tx.tenant_id, updated_at=tx.now, **rules))
    try:
        await until(world, slug, target, status)
        yield
    finally:
        async with world.door.write(world.as_system(slug)) as tx:
            await tx.connection.execute(delete(table).where(table.c.tenant_id == tx.tenant_id))
        await until(world, slug, target, before)


async def until(world: World, slug: str, target: str, status: int) -> None:
    """Asks until it is answered so; rules are remembered for two seconds."""
    async with asyncio.timeout(60):
        while (await get(world, target, at=slug)).status != status:  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(0.1)


async def signed_get(
    world: World,
    target: str,
    actor: RemoteActor,
    *,
    at: str = AT,
    kind: Kind = Kind.CAVAGE,
    key: Any = None,
    key_id: str | None = None,
) -> Answer:
    """A fetch that the actor signs."""
    path, host = target.removeprefix(BASE.format(slug=at)), f"{at}.test:8000"
    request = SignedRequest("GET", path, "http", host, ())
    headers = sign(
        request, key_id=key_id or actor.key_id, key=key or actor.key, kind=kind, now=datetime.now(UTC)
    )
    sent = {"host": host, "accept": ACTIVITY, **headers}
    return await world.request("GET", path, headers=sent)


async def known(world: World, actor: RemoteActor, *, follows: int | None = None) -> int:
    """The actor as the institution knows it, following one of its own."""
    actor_id = await stranger(world, host="127.0.0.1", slug=AT, address=actor.address)
    if follows is not None:
        await following(world, actor_id, follows, slug=AT)
    return actor_id


@pytest.mark.parametrize("kind", list(Kind))
async def test_a_follower_fetches_what_is_for_followers(
    world: World, author: dict[str, Any], remote: RemoteServer, kind: Kind
) -> None:
    address = await posted(world, "auditor", "For followers", at=AT, visibility="FOLLOWERS")
    friend, other = remote.actor("friend"), remote.actor("other", key=generate_rsa())
    await known(world, friend, follows=number(author["address"]))
    await known(world, other)
    answer = await signed_get(world, address, friend, kind=kind)
    assert (answer.status, answer.json["content"]) == (200, "<p>For followers</p>")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert (await signed_get(world, f"{address}/replies", friend, kind=kind)).status == 200
    assert (await signed_get(world, address, other, kind=kind)).status == 404
    forged = await signed_get(world, address, friend, kind=kind, key=other.key)
    assert forged.status == 401
    assert (await get(world, address)).status == 404


async def test_whom_the_author_blocks_sees_nothing_for_followers(
    world: World, author: dict[str, Any], remote: RemoteServer
) -> None:
    address = await posted(world, "auditor", "Not for the blocked", at=AT, visibility="FOLLOWERS")
    blocked = remote.actor("blocked")
    actor_id = await known(world, blocked, follows=number(author["address"]))
    async with world.door.write(world.as_system(AT)) as tx:
        await tx.connection.execute(
            insert(blocks).values(
                tenant_id=tx.tenant_id,
                id=tx.new_id(),
                actor_id=number(author["address"]),
                blocked_id=actor_id,
                activity_address=f"{address}#block",
                created_at=tx.now,
            )
        )
    assert (await signed_get(world, address, blocked)).status == 404


async def test_a_blocked_server_gets_nothing_and_is_not_asked_for_its_key(
    world: World, author: dict[str, Any], remote: RemoteServer
) -> None:
    actor = remote.actor("hostile")
    host = remote.base.removeprefix("http://")
    async with world.door.write(world.as_system(AT)) as tx:
        policy = tx.new_id()
        await tx.connection.execute(
            insert(domain_policies).values(
                tenant_id=tx.tenant_id,
                id=policy,
                domain=host,
                action="block",
                created_at=tx.now,
                updated_at=tx.now,
            )
        )
    answer = await signed_get(world, author["address"], actor)
    assert answer.status == 403
    assert remote.asked == []


async def test_an_institution_may_want_fetches_signed(world: World, remote: RemoteServer) -> None:
    person = await joined(world, "registrar", username="careful", at="beta")
    address = await posted(world, "registrar", "Hello", at="beta")
    visitor = remote.actor("visitor")
    async with ruled(world, "beta", address, 401, requires_signed_fetch="everything"):
        for target in (address, person["address"], f"{person['address']}/outbox"):
            assert (await get(world, target, at="beta")).status == 401
            signed = await signed_get(world, target, visitor, at="beta")
            assert (signed.status, signed.headers["cache-control"]) == (200, "private, no-cache")
        # else nobody could verify what it fetches itself
        assert (await get(world, "/actor", at="beta")).status == 200
        assert (await get(world, address, at="beta", accept=HTML)).status == 200
        handle = "/.well-known/webfinger?resource=acct:careful@beta.test"
        assert (await get(world, handle, at="beta")).status == 200
    async with ruled(world, "beta", address, 401, requires_signed_fetch="objects"):
        assert (await get(world, person["address"], at="beta")).status == 200
    async with ruled(world, "beta", address, 401, mode="allow_list"):
        assert (await signed_get(world, address, visitor, at="beta")).status == 403
    async with ruled(world, "beta", address, 403, mode="closed"):
        assert (await get(world, person["address"], at="beta")).status == 403

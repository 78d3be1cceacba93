"""What an institution's rules let in."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import delete, insert

from federation.tables.hosts import domain_policies, federation_settings
from federation.tables.moderation import held_posts
from federation.tables.posts import posts
from tests.fediverse import person
from tests.integration.inbox.acting import address, followed_by, row, rows, send
from tests.integration.inbox.remote_server import PUBLIC, RemoteServer
from tests.world import World

pytestmark = pytest.mark.usefixtures("worker")


@pytest.fixture(autouse=True)
async def without_other_rules(world: World) -> AsyncIterator[None]:
    """The institution is open before each test, whatever others decided, and again after it."""
    await _forget_rules(world)
    yield
    await _forget_rules(world)


async def _forget_rules(world: World) -> None:
    async with world.door.write(world.as_system("alpha")) as tx:
        for table in (domain_policies, federation_settings):
            await tx.connection.execute(delete(table).where(table.c.tenant_id == tx.tenant_id))


async def rule(world: World, *, mode: str = "open", **actions: str) -> None:
    """Sets the mode, and actions by domain (`_` for its dots)."""
    async with world.door.write(world.as_system("alpha")) as tx:
        given: dict[str, Any] = {"tenant_id": tx.tenant_id, "updated_at": tx.now, "mode": mode}
        await tx.connection.execute(insert(federation_settings).values(given))
        for domain, action in actions.items():
            values = {"tenant_id": tx.tenant_id, "id": tx.new_id(), "created_at": tx.now}
            values |= {"updated_at": tx.now, "domain": domain.lstrip("d").replace("_", "."), "action": action}
            await tx.connection.execute(insert(domain_policies).values(values))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"mode": "closed"}, "closed"),
        ({"mode": "allow_list"}, "not_allowed"),
        ({"mode": "allow_list", "d127_0_0_1": "allow"}, None),
        ({"d127_0_0_1": "block"}, "blocked"),
        ({"d0_0_1": "block"}, "blocked"),
        ({"d0_0_1": "block", "d127_0_0_1": "allow"}, None),
        ({"d27_0_0_1": "block"}, None),
    ],
)
async def test_nearest_rule_decides(
    world: World, remote: RemoteServer, given: dict[str, str], why: str | None
) -> None:
    ann, bob = await person(world), remote.actor("bob")
    await rule(world, **given)
    assert await send(world, bob, remote.activity(bob, "Follow", address(world, ann))) == why


@pytest.mark.parametrize("given", [{"mode": "limited"}, {"d127_0_0_1": "limit"}])
async def test_posts_of_a_limited_server_wait_for_moderators_unless_followed(
    world: World, remote: RemoteServer, given: dict[str, str]
) -> None:
    ann, bob, carl = await person(world), remote.actor("bob"), remote.actor("carl")
    await followed_by(world, ann, remote, carl)
    await rule(world, **given)
    named = {"to": [PUBLIC, address(world, ann)]}
    held, shown = remote.note(bob, **named), remote.note(carl, **named)
    assert await send(world, bob, remote.create(bob, held)) is None
    assert await send(world, carl, remote.create(carl, shown)) is None
    assert (await row(world, held_posts, post_id=(await row(world, posts, address=held["id"]))["id"]))[
        "why"
    ] == "limited"
    assert not await rows(world, held_posts, post_id=(await row(world, posts, address=shown["id"]))["id"])

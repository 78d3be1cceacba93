"""What moderators suspended or hold back is nowhere, and is there again when they think better of it."""

from typing import Any

from sqlalchemy import delete, insert, update

from federation.tables.actors import actors
from federation.tables.moderation import held_posts
from tests.integration.federation_http.fetching import HTML, get, joined, number, posted
from tests.world import World

AT = "alpha"


async def seen(world: World, actor: dict[str, Any], post: str, parent: str) -> list[bool]:
    """Where an actor and a post of theirs are seen: themselves, and in the collections they belong to."""
    found = [
        (await get(world, target, accept=accept)).status == 200
        for target in (actor["address"], "/@troll", post, f"{actor['address']}/outbox", f"{post}/replies")
        for accept in ("application/activity+json", HTML)
        if not (accept == HTML and target.endswith(("outbox", "replies")))
    ]
    for target in (f"{parent}/replies?page=true", "/tags/trolling?page=true"):
        found.append(post in (await get(world, target)).json["orderedItems"])
    found.append(post in (await get(world, "/tags/trolling", accept=HTML)).body.decode())
    return found


async def test_a_suspended_actor_is_nowhere(world: World) -> None:
    other = await joined(world, "registrar", username="kind")
    parent = await posted(world, "registrar", "What do you think?")
    actor = await joined(world, "student", username="troll")
    post = await posted(world, "student", "#trolling", inReplyToId=f"post_{number(parent)}")
    assert set(await seen(world, actor, post, parent)) == {True}
    await restrict(world, actor, "suspended")
    assert set(await seen(world, actor, post, parent)) == {False}
    assert (await get(world, f"{parent}/replies")).json["totalItems"] == 0
    await restrict(world, actor, "none")
    assert set(await seen(world, actor, post, parent)) == {True}
    assert (await get(world, other["address"])).status == 200


async def test_a_post_that_is_held_back_is_nowhere(world: World) -> None:
    actor = await joined(world, "student", username="held")
    post = await posted(world, "student", "Buy #now")
    outbox, tag = f"{actor['address']}/outbox?page=true", "/tags/now?page=true"
    assert post in (await get(world, outbox)).body.decode()
    async with world.door.write(world.as_system(AT)) as tx:
        await tx.connection.execute(
            insert(held_posts).values(
                tenant_id=tx.tenant_id, post_id=number(post), why="links", created_at=tx.now
            )
        )
    for target in (outbox, tag):
        assert post not in (await get(world, target)).body.decode()
    assert (await get(world, post)).status == 404
    async with world.door.write(world.as_system(AT)) as tx:
        await tx.connection.execute(delete(held_posts).where(held_posts.c.tenant_id == tx.tenant_id))
    assert (await get(world, post)).status == 200


async def restrict(world: World, actor: dict[str, Any], restriction: str) -> None:
    """What a moderator does."""
    async with world.door.write(world.as_system(AT)) as tx:
        await tx.connection.execute(
            update(actors)
            .where(actors.c.tenant_id == tx.tenant_id, actors.c.id == number(actor["address"]))
            .values(restriction=restriction)
        )

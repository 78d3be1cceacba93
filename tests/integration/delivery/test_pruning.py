"""Remote posts and actors that nobody here has to do with leave; whatever somebody has to do with stays."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from federation.hosts.pruning import Pruned, prune
from federation.tables.actors import actors
from federation.tables.posts import likes, posts
from kernel.clock import system_clock
from tests.fediverse import following, rows, stranger
from tests.integration.delivery.office import Office

_RETENTION = timedelta(days=90)


async def test_only_what_concerns_nobody_leaves(office: Office) -> None:
    followed = await _written(office, "followed")
    liked = await _written(office, "liked")
    answered = await _written(office, "answered")
    nobody = await _written(office, "nobody")
    restricted = await stranger(office.world, "restricted", restriction="suspended")
    await following(office.world, office.author.actor_id, followed[0])
    await _insert(
        office,
        likes,
        post_id=liked[1],
        actor_id=office.author.actor_id,
        activity_address="https://alpha.test/likes/1",
    )
    await _post(office, office.author.actor_id, is_local=True, in_reply_to_id=answered[1])

    # Ninety days from now all of it is old.
    later, engine = system_clock() + timedelta(days=91), office.stack.served["one"]
    tenant_id = office.world["alpha"].tenant.id
    expected = await prune(engine, tenant_id, later, retention=_RETENTION, dry_run=True)
    assert await _there(office) >= {followed, liked, answered, nobody}
    assert await prune(engine, tenant_id, later, retention=_RETENTION) == expected
    assert (expected.posts, expected.actors) >= (1, 1)
    left = await _there(office)
    assert {followed, liked, answered} <= left
    assert nobody not in left
    known = {row["id"] for row in await rows(office.world, actors, is_local=False)}
    assert nobody[0] not in known
    assert {followed[0], liked[0], answered[0], restricted} <= known
    assert await prune(engine, tenant_id, later, retention=_RETENTION) == Pruned()


async def test_nothing_leaves_before_its_time(office: Office) -> None:
    await _written(office, "fresh")
    engine, tenant_id = office.stack.served["one"], office.world["alpha"].tenant.id
    assert await prune(engine, tenant_id, system_clock(), retention=_RETENTION) == Pruned()


async def _written(office: Office, name: str) -> tuple[int, int]:
    """A remote actor and a post of theirs."""
    actor_id = await stranger(office.world, name)
    return actor_id, await _post(office, actor_id, is_local=False)


async def _post(office: Office, actor_id: int, **values: Any) -> int:
    return await _insert(
        office, posts, actor_id=actor_id, visibility="public", conversation_id=1, published_at=None, **values
    )


async def _insert(office: Office, table: Any, **values: Any) -> int:
    async with office.world.door.write(office.world.as_system("alpha")) as tx:
        new_id = tx.new_id()
        row = {"tenant_id": tx.tenant_id, "created_at": tx.now, **values}
        if table is posts:
            row |= {
                "id": new_id,
                "address": f"https://far.example/posts/{new_id}",
                "published_at": tx.now,
                "updated_at": tx.now,
            }
        await tx.connection.execute(insert(table).values(row))
    return new_id


async def _there(office: Office) -> set[tuple[int, int]]:
    return {(row["actor_id"], row["id"]) for row in await rows(office.world, posts)}

"""Add and Remove: what an actor shows first, and who moderates a group (FEP-1b12)."""

from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert

from federation.actors.queries import actor_by_address
from federation.actors.rows import ActorRow
from federation.inbox.handlers.storing import post_row, store_fetched
from federation.inbox.handling import Handling
from federation.inbox.refusals import NotStored, Refused
from federation.protocol.origins import same_origin
from federation.protocol.reading import RemotePost
from federation.tables.actors import group_moderators
from federation.tables.posts import featured_posts

MOST_FEATURED = 50


async def add(h: Handling) -> None:
    """Puts a post among those an actor shows first, or an actor among a group's moderators."""
    collection, owner = await _collection(h)
    if collection == "featured":
        await _feature(h, owner)
    else:
        await _change_moderators(h, owner, is_added=True)


async def remove(h: Handling) -> None:
    """Takes it out again."""
    collection, owner = await _collection(h)
    if collection == "featured":
        await _unfeature(h, owner)
    else:
        await _change_moderators(h, owner, is_added=False)


async def _collection(h: Handling) -> tuple[str, ActorRow]:
    """Which collection of whose; refused unless it is the acting actor's, or a group's that it moderates."""
    target = h.activity.target or h.activity.origin
    if target is None or target.uri is None:
        raise Refused(NotStored.UNKNOWN_OBJECT, "it does not say to which collection")
    kind = urlsplit(target.uri).path.rstrip("/").rpartition("/")[2].lower()
    if kind not in ("featured", "moderators"):
        raise Refused(NotStored.UNSUPPORTED, "only featured posts and moderators are added and removed here")
    actor = await h.known_acting()
    if actor is None:
        raise Refused(NotStored.NOBODY_HERE, "nobody here knows the actor")
    owner = await _owner(h, target.uri, actor)
    if owner.id != actor.id and not await _moderates(h, owner, actor):
        raise Refused(NotStored.NOT_THEIRS, "the collection is another actor's")
    return kind, owner


async def _owner(h: Handling, collection: str, actor: ActorRow) -> ActorRow:
    """The actor under whose address the collection lies; where servers keep them apart, the one who acts."""
    ours = h.here.of(collection)
    if ours is not None:
        group = await h.local_actor(h.here.actor(ours.number)) if ours.kind == "actors" else None
        if group is None:
            raise Refused(NotStored.UNKNOWN_OBJECT, "there is no such collection here")
        return group
    if not same_origin(collection, actor.address):
        raise Refused(NotStored.NOT_THEIRS, "the collection is of another server")
    owner = await actor_by_address(h.tx, collection.rstrip("/").rpartition("/")[0])
    return owner if owner is not None and not owner.is_local else actor


async def _moderates(h: Handling, group: ActorRow, actor: ActorRow) -> bool:
    query = select(group_moderators.c.actor_id).where(
        group_moderators.c.tenant_id == h.tx.tenant_id,
        group_moderators.c.group_id == group.id,
        group_moderators.c.actor_id == actor.id,
    )
    return (await h.tx.connection.execute(query)).first() is not None


async def _feature(h: Handling, owner: ActorRow) -> None:
    reference = h.activity.object
    address = reference.uri if reference else None
    post = await h.post(address)
    if post is None and address is not None and await h.is_followed(owner.id):
        found = h.object(address)
        if isinstance(found, RemotePost):
            post = await post_row(h, await store_fetched(h, found))
    if post is None or post["state"] == "deleted":
        raise Refused(NotStored.NOBODY_HERE, "nobody here knows the post")
    if post["actor_id"] != owner.id and post["group_id"] != owner.id:
        raise Refused(NotStored.NOT_THEIRS, "the post is another actor's")
    actor = await h.acting()
    if await h.record("Add", actor, visibility="public", object_address=address, post_id=post["id"]):
        row = insert(featured_posts).values(
            tenant_id=h.tx.tenant_id, actor_id=owner.id, post_id=post["id"], created_at=h.tx.now
        )
        await h.tx.connection.execute(row.on_conflict_do_nothing())
        await _keep_newest(h, owner)


async def _keep_newest(h: Handling, owner: ActorRow) -> None:
    row = featured_posts.c
    mine: tuple[ColumnElement[bool], ...] = (row.tenant_id == h.tx.tenant_id, row.actor_id == owner.id)
    kept = select(row.post_id).where(*mine).order_by(row.created_at.desc()).limit(MOST_FEATURED)
    await h.tx.connection.execute(delete(featured_posts).where(*mine, row.post_id.not_in(kept)))


async def _unfeature(h: Handling, owner: ActorRow) -> None:
    reference = h.activity.object
    post = await h.post(reference.uri if reference else None)
    if post is None:
        raise Refused(NotStored.NOBODY_HERE, "nobody here knows the post")
    if await h.record(
        "Remove", await h.acting(), visibility="public", object_address=post["address"], post_id=post["id"]
    ):
        row = featured_posts.c
        await h.tx.connection.execute(
            delete(featured_posts).where(
                row.tenant_id == h.tx.tenant_id, row.actor_id == owner.id, row.post_id == post["id"]
            )
        )


async def _change_moderators(h: Handling, group: ActorRow, *, is_added: bool) -> None:
    reference = h.activity.object
    address = reference.uri if reference else None
    if group.kind != "group" or address is None:
        raise Refused(NotStored.UNSUPPORTED, "only a group has moderators")
    member = await h.local_actor(address) or await h.actor(address)
    acting = await h.acting()
    if not await h.record(
        "Add" if is_added else "Remove", acting, object_address=address, object_actor_id=member.id
    ):
        return
    row = group_moderators.c
    if is_added:
        made = insert(group_moderators).values(
            tenant_id=h.tx.tenant_id, group_id=group.id, actor_id=member.id, created_at=h.tx.now
        )
        await h.tx.connection.execute(made.on_conflict_do_nothing())
    else:
        mine = (row.tenant_id == h.tx.tenant_id, row.group_id == group.id, row.actor_id == member.id)
        await h.tx.connection.execute(delete(group_moderators).where(*mine))

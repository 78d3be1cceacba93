"""Storing posts of other servers: for whom they are, whether they are held back, and where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import RowMapping, select

from federation.actors.queries import actor_by_id, actors_by_address
from federation.actors.rows import ActorRow
from federation.content.plain_text import count_links
from federation.inbox.handlers.mapping import addressees_of, fields_of, hashtags_of, plausible, texts_of
from federation.inbox.handling import Handling, Postponed
from federation.inbox.policies import standing_of
from federation.inbox.refusals import NotStored, Refused
from federation.posts import storing
from federation.posts.fields import Named
from federation.posts.groups import relay_in_group
from federation.protocol.addressing import visibility_of
from federation.protocol.origins import host_of, same_origin
from federation.protocol.reading import Addressees, RemotePost
from federation.remote.fetcher import MOST_THREAD_DEPTH
from federation.tables.actors import actors
from federation.tables.moderation import blocks
from federation.tables.posts import posts

MOST_ADDRESSED = 200
_OPEN = ("public", "unlisted")


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom of those stored here a post is for: our people and groups, and others."""

    ours: Sequence[ActorRow]
    named: Sequence[Named]

    @property
    def people(self) -> Sequence[ActorRow]:
        """Of ours, those who are no groups."""
        return [actor for actor in self.ours if actor.kind != "group"]

    @property
    def group(self) -> ActorRow | None:
        """The group of ours that it is posted in."""
        return next((actor for actor in self.ours if actor.kind == "group"), None)


async def audience_of(h: Handling, post: RemotePost, author: ActorRow | None) -> Audience:
    """Who of those known here is addressed or mentioned; whoever blocked the author is left out."""
    mentioned = {one.uri for one in post.mentions}
    addressed = addressees_of(post, h.activity.addressees).everyone
    addresses = list(dict.fromkeys([*mentioned, *addressed]))[:MOST_ADDRESSED]
    ours = [actor for actor in await _local_actors(h, addresses) if actor.status == "active"]
    if author is not None and ours:
        silent = await _blockers(h, author, ours)
        ours = [actor for actor in ours if actor.id not in silent]
    abroad = [one for one in addresses if h.here.of(one) is None]
    others = [actor for actor in (await actors_by_address(h.tx, abroad)).values() if not actor.is_local]
    named = [
        Named(actor.id, actor.address in mentioned)
        for actor in (*ours, *others)
        if author is None or actor.id != author.id
    ]
    return Audience(ours, named)


async def store(
    h: Handling,
    post: RemotePost,
    author: ActorRow,
    audience: Audience,
    *,
    post_id: int | None = None,
    group_id: int | None = None,
) -> int:
    """Stores a post, or finds it stored; its id."""
    visibility = visibility_of(addressees_of(post, h.activity.addressees), followers=author.followers_address)
    fields = fields_of(post, visibility=visibility, now=h.tx.now)
    if group_id is not None:
        fields = replace(fields, group_id=group_id)
    stored = await storing.store_post(
        h.tx,
        actor_id=author.id,
        address=post.id,
        is_local=False,
        fields=fields,
        mentions=audience.named,
        hashtags=hashtags_of(post),
        post_id=post_id,
        held_because=await _held_because(h, author, fields.texts.content),
    )
    if stored is not None:
        return stored
    known = await h.post(post.id)
    assert known is not None
    return int(known["id"])


async def store_fetched(h: Handling, post: RemotePost) -> int:
    """Stores a post that was read from its own server, of whoever wrote it; its id."""
    if not same_origin(post.id, post.attributed_to):
        raise Refused(NotStored.UNPROVEN, "the post's author is of another server")
    await standing_of(h.tx, host_of(post.id) or "")
    if post.id in h.deleted:
        raise Refused(NotStored.UNKNOWN_OBJECT, "the post was deleted")
    author = await h.actor(post.attributed_to)
    if author.restriction == "suspended":
        raise Refused(NotStored.SUSPENDED, "the author is suspended here")
    addressees = addressees_of(post, Addressees())
    if visibility_of(addressees, followers=author.followers_address).value not in _OPEN:
        raise Refused(NotStored.NOT_THEIRS, "the post is not public")
    return await store(h, post, author, await audience_of(h, post, author), group_id=await _group(h, post))


async def store_ancestors(h: Handling, address: str | None, depth: int = MOST_THREAD_DEPTH) -> None:
    """Stores what a post answers, and what that answers, as far as it can be had: up to 20 posts."""
    if address is None or depth == 0 or h.here.of(address) is not None or await h.post(address) is not None:
        return
    try:
        found = h.object(address)
        if not isinstance(found, RemotePost):
            return
        await store_ancestors(h, found.in_reply_to, depth - 1)
        await store_fetched(h, found)
    except (Refused, Postponed):
        return  # a thread with a gap is still a thread


async def refresh_post(h: Handling, known: RowMapping) -> None:
    """Brings a post up to date with what its own server says now."""
    found = h.object(known["address"])
    if isinstance(found, RemotePost):
        await edit(h, known, found)


async def edit(h: Handling, known: RowMapping, post: RemotePost) -> bool:
    """Gives a stored post the texts of a newer version; False where it is not newer, or says nothing new."""
    edited_at = plausible(post.updated, h.tx.now)
    if known["edited_at"] is not None and edited_at < known["edited_at"]:
        return False
    audience = await audience_of(h, post, None)
    return await storing.update_post(
        h.tx,
        post_id=known["id"],
        texts=texts_of(post),
        mentions=[one for one in audience.named if one.actor_id != known["actor_id"]],
        hashtags=hashtags_of(post),
        edited_at=edited_at,
    )


async def bury(h: Handling, post: RowMapping) -> None:
    """Leaves a Tombstone of a remote post."""
    await storing.bury_post(h.tx, post["id"])


async def relay(h: Handling, post: RowMapping) -> None:
    """A group of ours passes on what happened to a post that stands in its feed (FEP-1b12)."""
    group = await actor_by_id(h.tx, post["group_id"]) if post["group_id"] is not None else None
    if group is not None and group.is_local:
        await relay_in_group(h.tx, group=group, activity=h.activity.id, post_id=post["id"], here=h.here)


async def post_row(h: Handling, post_id: int) -> RowMapping:
    """The row of a post that is there."""
    query = select(posts).where(posts.c.tenant_id == h.tx.tenant_id, posts.c.id == post_id)
    return (await h.tx.connection.execute(query)).mappings().one()


async def _held_because(h: Handling, author: ActorRow, content: str) -> str | None:
    """Why moderators see it first; nothing is held back of authors whom somebody here chose to follow."""
    is_limited = h.standing.is_limited or author.restriction == "limited"
    links = count_links(content)
    if not is_limited and links <= h.standing.most_links:
        return None
    if await h.is_followed(author.id):
        return None
    return "limited" if is_limited else "links"


async def _local_actors(h: Handling, addresses: Sequence[str]) -> list[ActorRow]:
    found = [await h.local_actor(one) for one in addresses if h.here.of(one) is not None]
    return list({actor.id: actor for actor in found if actor is not None}.values())


async def _blockers(h: Handling, author: ActorRow, ours: Sequence[ActorRow]) -> set[int]:
    row = blocks.c
    query = select(row.actor_id).where(
        row.tenant_id == h.tx.tenant_id,
        row.blocked_id == author.id,
        row.actor_id.in_([actor.id for actor in ours]),
    )
    return set((await h.tx.connection.execute(query)).scalars())


async def _group(h: Handling, post: RemotePost) -> int | None:
    """The group of another server in which the post stands, if it is known here."""
    query = select(actors.c.id).where(
        actors.c.tenant_id == h.tx.tenant_id,
        actors.c.address.in_(list(post.addressees.audience)),
        actors.c.kind == "group",
        ~actors.c.is_local,
    )
    return (await h.tx.connection.execute(query.limit(1))).scalar_one_or_none()

"""Storing posts of other servers: for whom they are, whether they are held back, and where they stand."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import BigInteger, bindparam, select

from federation.actors.queries import actor_by_id, actors_by_address
from federation.actors.rows import ActorRow
from federation.content.plain_text import count_links
from federation.inbox.handlers.mapping import addressees_of, fields_of, hashtags_of, plausible, texts_of
from federation.inbox.handlers.reach import is_there_for
from federation.inbox.handling import Handling, Postponed
from federation.inbox.policies import standing_of
from federation.inbox.refusals import NotStored, Refused
from federation.posts import storing
from federation.posts.fields import Named
from federation.posts.groups import relay_in_group
from federation.posts.staff import staff_of
from federation.protocol.addressing import visibility_of
from federation.protocol.origins import host_of, same_origin
from federation.protocol.reading import Addressees, RemotePost
from federation.protocol.vocabulary import AS_PUBLIC
from federation.remote.fetcher import MOST_THREAD_DEPTH
from federation.tables.actors import actors
from federation.tables.moderation import blocks
from federation.tables.posts import posts
from kernel.database.compiled import Compiled, Row

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
    nobody = {AS_PUBLIC, author.followers_address if author is not None else None}
    named_here = (one for one in dict.fromkeys([*mentioned, *addressed]) if one not in nobody)
    addresses = list(itertools.islice(named_here, MOST_ADDRESSED))
    ours = [actor for actor in await h.local_actors(addresses) if actor.status == "active"]
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


async def for_staff(h: Handling, audience: Audience, author: ActorRow) -> Audience:
    """The audience of what is meant for a group of ours and not for everybody: its staff besides, in its place."""
    group = audience.group
    assert group is not None
    staff = await staff_of(h.tx, group, unblocked_by=author.id)
    named = {one.actor_id for one in audience.named}
    people = [await actor_by_id(h.tx, one) for one in staff if one not in named]
    ours = [one for one in people if one is not None]
    return Audience(
        [*audience.people, *ours], [*audience.named, *(Named(one.id, is_named=False) for one in ours)]
    )


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
    if group_id is None and visibility.value in _OPEN:
        group_id = await _group(h, post)
    if group_id is not None:
        fields = replace(fields, group_id=group_id, is_announcement=group_id == author.id)
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
    await standing_of(h.tx, host_of(post.id))
    if post.id in h.deleted:
        raise Refused(NotStored.UNKNOWN_OBJECT, "the post was deleted")
    author = await h.actor(post.attributed_to)
    if author.restriction == "suspended":
        raise Refused(NotStored.SUSPENDED, "the author is suspended here")
    addressees = addressees_of(post, Addressees())
    if visibility_of(addressees, followers=author.followers_address).value not in _OPEN:
        raise Refused(NotStored.NOT_THEIRS, "the post is not public")
    parent = await h.post(post.in_reply_to)
    if parent is not None and not await is_there_for(h, parent, author):
        raise Refused(NotStored.UNKNOWN_OBJECT, "there is no such post to answer")
    return await store(h, post, author, await audience_of(h, post, author))


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


async def refresh_post(h: Handling, known: Row) -> None:
    """Brings a post up to date with what its own server says now."""
    found = h.object(known["address"])
    if isinstance(found, RemotePost):
        await edit(h, known, found)


async def edit(h: Handling, known: Row, post: RemotePost) -> bool:
    """Gives a stored post the texts of a newer version; False where it is not newer, or says nothing new.

    What would be held back if it were new is held back again.
    """
    edited_at = plausible(post.updated, h.tx.now)
    if known["edited_at"] is not None and edited_at < known["edited_at"]:
        return False
    audience, texts = await audience_of(h, post, None), texts_of(post)
    is_new = await storing.update_post(
        h.tx,
        post_id=known["id"],
        texts=texts,
        mentions=[one for one in audience.named if one.actor_id != known["actor_id"]],
        hashtags=hashtags_of(post),
        edited_at=edited_at,
    )
    author = await actor_by_id(h.tx, known["actor_id"])
    if is_new and author is not None:
        why = await _held_because(h, author, texts.content)
        if why is not None:
            await storing.hold_post(h.tx, known["id"], why)
    return is_new


async def bury(h: Handling, post: Row) -> None:
    """Leaves a Tombstone of a remote post."""
    await storing.bury_post(h.tx, post["id"])


async def relay(h: Handling, post: Row) -> None:
    """A group of ours passes on what happened to a post that stands in its feed (FEP-1b12)."""
    group = await actor_by_id(h.tx, post["group_id"]) if post["group_id"] is not None else None
    if group is not None and group.is_local:
        await relay_in_group(h.tx, group=group, activity=h.activity.id, post_id=post["id"], here=h.here)


async def post_row(h: Handling, post_id: int) -> Row:
    """The row of a post that is there."""
    row = await _POST.row(h.tx.driver, in_tenant=h.tx.tenant_id, post=post_id)
    assert row is not None
    return row


async def _held_because(h: Handling, author: ActorRow, content: str) -> str | None:
    """Why moderators see it first; nothing is held back of authors whom somebody here chose to follow."""
    is_limited = h.standing.is_limited or author.restriction == "limited"
    links = count_links(content)
    if not is_limited and links <= h.standing.most_links:
        return None
    if await h.is_followed(author.id):
        return None
    return "limited" if is_limited else "links"


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
    if not post.addressees.audience:
        return None
    query = select(actors.c.id).where(
        actors.c.tenant_id == h.tx.tenant_id,
        actors.c.address.in_(list(post.addressees.audience)),
        actors.c.kind == "group",
        ~actors.c.is_local,
    )
    return (await h.tx.connection.execute(query.limit(1))).scalar_one_or_none()


_POST = Compiled(
    select(posts).where(
        posts.c.tenant_id == bindparam("in_tenant", type_=BigInteger),
        posts.c.id == bindparam("post", type_=BigInteger),
    )
)

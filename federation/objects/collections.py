"""Collections of actors and posts: how many there are, and pages of them.

A page goes on behind the last item of the one before, whatever was added or taken away meanwhile. Newest come first, but
for threads, which read from their beginning. Who follows whom of a person here is told only where they show it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from federation.actors.rows import ActorRow
from federation.objects.asking import Asking, ask
from federation.objects.listings import (
    FEATURED,
    MODERATORS,
    NEWEST,
    OF_ACTORS,
    OF_POSTS,
    OLDEST,
    PAGE,
    TAGGED,
    Listing,
)
from federation.objects.posts import FoundPost, document_of, found_post, posts_statement
from federation.protocol.addresses import Addresses, Collection, PostCollection
from federation.protocol.model import Addressing
from federation.protocol.vocabulary import AS_PUBLIC
from federation.protocol.writing import (
    Document,
    Embedded,
    announce,
    create,
    write_collection,
    write_items,
    write_page,
)
from federation.tables.actors import SHOWS_FOLLOWS, SHOWS_LIKES
from tenants.model import Tenant


async def actor_collection(
    asking: Asking,
    tenant: Tenant,
    actor: ActorRow,
    collection: Collection,
    here: Addresses,
    before: int | None,
) -> Document:
    """A collection of an actor: the whole with its count, or the page before the cursor `before`."""
    address = actor.collection(collection)
    if collection is Collection.FEATURED:
        return await _featured(asking, tenant, actor, address, here)
    if collection is Collection.MODERATORS:
        (found,) = await ask(asking, tenant, (MODERATORS, (tenant.id, actor.id, actor.course_id or 0)))
        return write_items(id=address, items=found, attributed_to=actor.address)
    listing = OF_ACTORS[collection]
    is_hidden = _is_hidden(actor, collection)
    if before is None:
        return await _whole(asking, tenant, actor.id, listing, address, is_hidden=is_hidden)
    if is_hidden:
        return write_page(id=_page_address(address, before), part_of=address, items=())
    rows, following = await _page(asking, tenant, actor.id, listing, before)
    items: Sequence[Embedded] = [row["item"] for row in rows]
    if collection is Collection.OUTBOX:
        items = await _activities(asking, tenant, actor, rows, here)
    return _page_document(address, before, items, following)


async def post_collection(
    asking: Asking, tenant: Tenant, post: FoundPost, collection: PostCollection, after: int | None
) -> Document:
    """A collection of a post. Of likes and shares the number is told, not whose they are."""
    address = f"{post.row['address']}/{collection}"
    if collection in (PostCollection.LIKES, PostCollection.SHARES):
        column = "likes_count" if collection is PostCollection.LIKES else "announces_count"
        return write_collection(id=address, total=post.row[column], attributed_to=post.row["address"])
    owner = post.id if collection is PostCollection.REPLIES else int(post.row["conversation_id"])
    listing = OF_POSTS[collection]
    if after is None:
        return await _whole(asking, tenant, owner, listing, address)
    rows, following = await _page(asking, tenant, owner, listing, after)
    return _page_document(address, after, [row["item"] for row in rows], following)


async def hashtag_collection(
    asking: Asking, tenant: Tenant, tag: str, here: Addresses, before: int | None
) -> Document:
    """The public posts of people here that carry a hashtag; how many is not told, of some there are very many."""
    address = here.hashtag(tag)
    if before is None:
        return await _whole(asking, tenant, tag, TAGGED, address)
    rows, following = await _page(asking, tenant, tag, TAGGED, before)
    return _page_document(address, before, [row["item"] for row in rows], following)


async def recent_posts(
    asking: Asking, tenant: Tenant, owner: int | str, *, tagged: bool = False
) -> list[FoundPost]:
    """The newest public posts of an actor, or with a hashtag, for pages."""
    listing = TAGGED if tagged else OF_ACTORS[Collection.OUTBOX]
    rows, _ = await _page(asking, tenant, owner, listing, NEWEST)
    ids = [int(row["id"] if tagged else row["item"]["post"]) for row in rows]
    (found,) = await ask(asking, tenant, posts_statement(tenant, list(dict.fromkeys(ids)), 0))
    by_id = {post.id: post for post in map(found_post, found)}
    return [by_id[one] for one in dict.fromkeys(ids) if one in by_id and by_id[one].is_shown]


def _is_hidden(actor: ActorRow, collection: Collection) -> bool:
    """Whether a person here keeps the items to themselves; the number is told all the same."""
    if actor.user_id is None:
        return False
    if collection is Collection.LIKED:
        return SHOWS_LIKES not in actor.exposed
    return collection in (Collection.FOLLOWERS, Collection.FOLLOWING) and SHOWS_FOLLOWS not in actor.exposed


async def _whole(
    asking: Asking,
    tenant: Tenant,
    owner: int | str,
    listing: Listing,
    address: str,
    *,
    is_hidden: bool = False,
) -> Document:
    (total,) = await ask(asking, tenant, (listing.total_statement, (tenant.id, owner)))
    first = None if is_hidden else f"{address}?page=true"
    return write_collection(id=address, total=total, first=first)


async def _page(
    asking: Asking, tenant: Tenant, owner: int | str, listing: Listing, cursor: int
) -> tuple[list[Mapping[str, Any]], int | None]:
    """The page's rows, and the cursor of the next where there is one."""
    (found,) = await ask(asking, tenant, (listing.page_statement, (tenant.id, owner, cursor)))
    rows = found[:PAGE]
    return rows, int(rows[-1]["id"]) if len(found) > PAGE else None


def _page_document(address: str, cursor: int, items: Sequence[Embedded], following: int | None) -> Document:
    return write_page(
        id=_page_address(address, cursor),
        part_of=address,
        items=items,
        next=_page_address(address, following) if following is not None else None,
    )


def _page_address(address: str, cursor: int) -> str:
    return f"{address}?page=true" if cursor in (NEWEST, OLDEST) else f"{address}?page=true&from={cursor}"


async def _activities(
    asking: Asking, tenant: Tenant, actor: ActorRow, rows: Sequence[Mapping[str, Any]], here: Addresses
) -> list[Document]:
    """What an outbox holds: a Create of each own post as it is now, and announces of others'."""
    own = [int(row["item"]["post"]) for row in rows if not row["item"]["is_announce"]]
    found: list[Mapping[str, Any]] = []
    if own:
        (found,) = await ask(asking, tenant, posts_statement(tenant, own, 0))
    posts = {post.id: post for post in map(found_post, found)}
    documents = []
    for row in rows:
        item = row["item"]
        if item["is_announce"]:
            documents.append(_announce(actor, item))
        elif int(item["post"]) in posts:
            documents.append(_create(actor, item, posts[int(item["post"])], here))
    return documents


def _create(actor: ActorRow, item: Mapping[str, Any], post: FoundPost, here: Addresses) -> Document:
    document = document_of(post, here)
    addressing = Addressing(tuple(document["to"]), tuple(document["cc"]))
    published = post.row["published_at"]
    # An old one's activity may have left with its partition; its address is then one below the post's.
    address = item["activity"] or f"{post.row['address']}#create"
    return create(
        id=address, actor=actor.address, object=document, addressing=addressing, published=published
    )


def _announce(actor: ActorRow, item: Mapping[str, Any]) -> Document:
    addressing = Addressing((AS_PUBLIC,), (actor.collection(Collection.FOLLOWERS),))
    return announce(
        id=item["activity"],
        actor=actor.address,
        object=item["object"],
        addressing=addressing,
        published=datetime.fromisoformat(item["at"]),
    )


async def _featured(
    asking: Asking, tenant: Tenant, actor: ActorRow, address: str, here: Addresses
) -> Document:
    (ids,) = await ask(asking, tenant, (FEATURED, (tenant.id, actor.id)))
    found: list[Mapping[str, Any]] = []
    if ids:
        (found,) = await ask(asking, tenant, posts_statement(tenant, [int(one) for one in ids], 0))
    posts = [post for post in map(found_post, found) if post.is_shown]
    return write_items(
        id=address, items=[document_of(post, here) for post in posts], attributed_to=actor.address
    )

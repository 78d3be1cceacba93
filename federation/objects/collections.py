"""Collections of actors and posts: how many there are, and pages of them.

A page goes on behind the last item of the one before, whatever was added or taken away meanwhile. Newest come first, but
for threads, which read from their beginning. Who follows whom of a person here is told only where they show it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from federation.actors.rows import ActorRow
from federation.objects.asking import Asking, ask
from federation.objects.listings import (
    FEATURED,
    MODERATORS,
    OF_ACTORS,
    OF_POSTS,
    TAGGED,
)
from federation.objects.outbox import outbox_activities
from federation.objects.paging import page_address, page_document, page_of, whole
from federation.objects.posts import FoundPost, document_of, found_post, posts_statement
from federation.protocol.addresses import Addresses, Collection, PostCollection
from federation.protocol.writing import (
    Document,
    Embedded,
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
        return await whole(asking, tenant, actor.id, listing, address, is_hidden=is_hidden)
    if is_hidden:
        return write_page(id=page_address(address, before), part_of=address, items=())
    rows, following = await page_of(asking, tenant, actor.id, listing, before)
    items: Sequence[Embedded] = [row["item"] for row in rows]
    if collection is Collection.OUTBOX:
        items = await outbox_activities(asking, tenant, actor, rows, here)
    return page_document(address, before, items, following)


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
        return await whole(asking, tenant, owner, listing, address)
    rows, following = await page_of(asking, tenant, owner, listing, after)
    return page_document(address, after, [row["item"] for row in rows], following)


async def hashtag_collection(
    asking: Asking, tenant: Tenant, tag: str, here: Addresses, before: int | None
) -> Document:
    """The public posts of people here that carry a hashtag; how many is not told, of some there are very many."""
    address = here.hashtag(tag)
    if before is None:
        return await whole(asking, tenant, tag, TAGGED, address)
    rows, following = await page_of(asking, tenant, tag, TAGGED, before)
    return page_document(address, before, [row["item"] for row in rows], following)


def _is_hidden(actor: ActorRow, collection: Collection) -> bool:
    """Whether a person here keeps the items to themselves; the number is told all the same."""
    if actor.user_id is None:
        return False
    if collection is Collection.LIKED:
        return SHOWS_LIKES not in actor.exposed
    return collection in (Collection.FOLLOWERS, Collection.FOLLOWING) and SHOWS_FOLLOWS not in actor.exposed


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

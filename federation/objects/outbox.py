"""What an outbox holds: a Create of each own post as it is now, and announces of others'; and the newest posts, for pages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from federation.actors.rows import ActorRow
from federation.objects.asking import Asking, ask
from federation.objects.listings import NEWEST, OF_ACTORS, TAGGED
from federation.objects.paging import page_of
from federation.objects.posts import FoundPost, document_of, found_post, posts_statement
from federation.protocol.addresses import Addresses, Collection
from federation.protocol.model import Addressing
from federation.protocol.vocabulary import AS_PUBLIC
from federation.protocol.writing import Document, announce, create
from tenants.model import Tenant


async def outbox_activities(
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


async def recent_posts(
    asking: Asking, tenant: Tenant, owner: int | str, *, tagged: bool = False
) -> list[FoundPost]:
    """The newest public posts of an actor, or with a hashtag, for pages."""
    listing = TAGGED if tagged else OF_ACTORS[Collection.OUTBOX]
    rows, _ = await page_of(asking, tenant, owner, listing, NEWEST)
    ids = [int(row["id"] if tagged else row["item"]["post"]) for row in rows]
    (found,) = await ask(asking, tenant, posts_statement(tenant, list(dict.fromkeys(ids)), 0))
    by_id = {post.id: post for post in map(found_post, found)}
    return [by_id[one] for one in dict.fromkeys(ids) if one in by_id and by_id[one].is_shown]


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

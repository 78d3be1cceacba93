"""What universities of the demo have to do with each other: whom they know there, whom they follow, what they think of posts.

Follows are there on both sides at once, as if Follow and Accept had been sent long ago; posts, likes and announces go out
by the worker, from one shard to the other.
"""

from collections.abc import Sequence

from sqlalchemy import select

from federation.actors.documents import actor_document
from federation.actors.queries import actor_by_address
from federation.follows.rows import request
from federation.inbox.handlers.mapping import fields_of, hashtags_of
from federation.objects.published import Published
from federation.posts.storing import store_post
from federation.protocol.addresses import Addresses
from federation.protocol.reading import RemoteActor, RemotePost, read_actor, read_post
from federation.protocol.vocabulary import Visibility
from federation.reactions.operations import announce, like
from federation.remote.storing import store_actor
from federation.tables.actors import actors
from federation.tables.posts import posts
from fediflow.demo.federation_at_home import Household, acting
from fediflow.demo.words.posts import INSTRUCTOR, STUDENT
from tenants.door import Transaction
from tenants.model import Tenant


async def strangers(published: Published, tenant: Tenant, house: Household) -> list[RemoteActor]:
    """What others would be told of these people, and of their course's group, in the order of the household."""
    here = published.here(tenant)
    found = [await published.actors.by_id(tenant, actor_id) for actor_id in house.everybody]
    documents = [actor_document(one, here, tenant.languages) for one in found if one is not None]
    return [read_actor(one, allow_http=True) for one in documents]


async def knows_abroad(tx: Transaction) -> bool:
    """Whether the university knows anybody elsewhere."""
    query = select(actors.c.id).where(actors.c.tenant_id == tx.tenant_id, ~actors.c.is_local)
    return (await tx.connection.execute(query.limit(1))).first() is not None


async def acquaint(tx: Transaction, house: Household, here: Addresses, others: Sequence[RemoteActor]) -> None:
    """Those who teach, those who study and both courses' groups are followed from the other side, and follow back."""
    known = [await store_actor(tx, one, tx.now) for one in others]
    own = house.everybody
    for follower, followed in _pairs(min(len(known), len(own))):
        # the address is made of both, so that either side writes the same
        between = f"{others[follower].id}#follows/{own[followed]}"
        await _follow(tx, known[follower], own[followed], between)
        between = f"{here.actor(own[follower])}#follows/{others[followed].id.rpartition('/')[2]}"
        await _follow(tx, own[follower], known[followed], between)


async def posts_of(published: Published, tenant: Tenant, ids: Sequence[int]) -> list[RemotePost]:
    """What others would read of these posts."""
    found = [await published.post_found(tenant, one) for one in ids]
    return [read_post(one.document, allow_http=True) for one in found if one is not None]


async def react(
    tx: Transaction,
    house: Household,
    here: Addresses,
    liked: Sequence[RemotePost],
    announced: Sequence[RemotePost],
) -> None:
    """The sample student likes posts of another university, the sample instructor announces some."""
    student = await acting(tx, house.members[STUDENT])
    for one in liked:
        if (post_id := await _known_post(tx, one)) is not None:
            await like(student, post_id=post_id, here=here)
    instructor = await acting(tx, house.members[INSTRUCTOR])
    for one in announced:
        if (post_id := await _known_post(tx, one)) is not None:
            await announce(instructor, post_id=post_id, here=here)


def _pairs(people: int) -> list[tuple[int, int]]:
    """Who follows whom abroad, by their places in the two households: the same from either side."""
    group = people - 1
    return [(0, 0), (1, 0), (1, 1), (3, 3), (6, 0), (7, 7), (0, group), (1, group)]


async def _follow(tx: Transaction, follower_id: int, followed_id: int, address: str) -> None:
    await request(
        tx, follower_id=follower_id, followed_id=followed_id, activity_address=address, is_accepted=True
    )


async def _known_post(tx: Transaction, post: RemotePost) -> int | None:
    """The post as this university stores it, before its Create comes; None where its author is not known."""
    author = await actor_by_address(tx, post.attributed_to)
    if author is None:
        return None
    stored = await store_post(
        tx,
        actor_id=author.id,
        address=post.id,
        is_local=False,
        fields=fields_of(post, visibility=Visibility.PUBLIC, now=tx.now),
        hashtags=hashtags_of(post),
    )
    if stored is not None:
        return stored
    query = select(posts.c.id).where(posts.c.tenant_id == tx.tenant_id, posts.c.address == post.id)
    return int((await tx.connection.execute(query)).scalar_one())

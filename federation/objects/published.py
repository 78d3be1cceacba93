"""What of an institution may be fetched, by what it is asked for: the one place that finds it, for HTTP and in the house.

Actors are found by `actors`; None is always what does not exist for who asks.
"""

from dataclasses import dataclass

from federation.actors.documents import actor_document, actor_tombstone
from federation.actors.keys import ActorKeys
from federation.actors.shown import ShownActor
from federation.delivery.proving import proved
from federation.local import addresses_of
from federation.objects.activities import FoundActivity, find_activity
from federation.objects.asking import Asking, ask
from federation.objects.collections import actor_collection, post_collection
from federation.objects.events import (
    FoundOffering,
    event_document,
    find_offering,
    of_course,
    offerings_of,
    place_document,
    place_of,
)
from federation.objects.our_actors import OurActors
from federation.objects.posts import NOBODY, FoundPost, document_of, find_posts, post_tombstone
from federation.protocol.addresses import Addresses, Collection, PostCollection
from federation.protocol.writing import Document
from kernel.errors import FediflowError, Unavailable
from tenants.door import Door
from tenants.model import Tenant


@dataclass(frozen=True, slots=True)
class Found:
    """A document as the viewer may see it. `is_open`: everybody may. `is_gone`: a Tombstone, to be answered with 410.
    `changes_in`: seconds until it is going to be another."""

    document: Document
    is_open: bool = True
    is_gone: bool = False
    changes_in: float | None = None


class Published:
    """Finds documents of one process's institutions. None is what does not exist for the viewer."""

    def __init__(self, asking: Asking, door: Door, keys: ActorKeys, public_url: str) -> None:
        self.asking = asking
        self.actors = OurActors(asking, door, keys, public_url)
        self._keys = keys
        self._public_url = public_url

    def here(self, tenant: Tenant) -> Addresses:
        """The institution's own addresses."""
        return addresses_of(tenant, self._public_url)

    async def actor_found(self, tenant: Tenant, actor: ShownActor) -> Found:
        """An actor's document, with its keys."""
        if actor.is_gone:
            return Found(actor_tombstone(actor.row), is_gone=True)
        actor = await self.actors.with_keys(tenant, actor)
        told = actor_document(actor, self.here(tenant), tenant.languages)
        return Found(told, changes_in=actor.keys.seconds)

    async def of_actor(
        self, tenant: Tenant, actor_id: int, collection: Collection, cursor: int | None
    ) -> Found | None:
        """A collection of an actor, or its page behind the cursor."""
        actor = await self.actors.by_id(tenant, actor_id)
        if actor is None or actor.is_gone or collection is Collection.INBOX:
            return None
        if collection is Collection.MODERATORS and actor.row.kind != "group":
            return None
        here = self.here(tenant)
        return Found(await actor_collection(self.asking, tenant, actor.row, collection, here, cursor))

    async def post(self, tenant: Tenant, post_id: int, viewer: int = NOBODY) -> FoundPost | None:
        """A post of ours that this actor may see, or everybody could before it was deleted."""
        post = (await find_posts(self.asking, tenant, [post_id], viewer)).get(post_id)
        return post if post and post.row["is_local"] and (post.is_shown or post.is_gone) else None

    async def post_found(self, tenant: Tenant, post_id: int, viewer: int = NOBODY) -> Found | None:
        """A post's document."""
        post = await self.post(tenant, post_id, viewer)
        return self.document_of(tenant, post) if post is not None else None

    def document_of(self, tenant: Tenant, post: FoundPost) -> Found:
        """The document of a post that was found."""
        if post.is_gone:
            return Found(post_tombstone(post), is_gone=True)
        return Found(document_of(post, self.here(tenant)), is_open=post.is_open)

    async def of_post(
        self,
        tenant: Tenant,
        post_id: int,
        collection: PostCollection,
        cursor: int | None,
        viewer: int = NOBODY,
    ) -> Found | None:
        """A collection of a post, or its page behind the cursor."""
        post = await self.post(tenant, post_id, viewer)
        if post is None or post.is_gone:
            return None
        return Found(
            await post_collection(self.asking, tenant, post, collection, cursor), is_open=post.is_open
        )

    async def activity_found(self, tenant: Tenant, activity_id: int, viewer: int = NOBODY) -> Found | None:
        """What an actor of ours did, as it was sent; of a post that is gone, its Tombstone."""
        activity = await find_activity(self.asking, tenant, activity_id, viewer)
        if activity is None:
            return None
        if not activity.is_open and (viewer == NOBODY or not activity.holds_post):
            return None  # a Like, say, is between two
        if activity.post_id is None:
            return Found(await self._proved(tenant, activity))
        post = (await find_posts(self.asking, tenant, [activity.post_id], viewer)).get(activity.post_id)
        if post is None or not (post.is_shown or post.is_gone):
            return None
        if post.is_gone:
            return Found(post_tombstone(post), is_gone=True) if activity.holds_post else None
        document = await self._proved(tenant, activity)
        return Found(document, is_open=activity.is_open and post.is_open)

    async def _proved(self, tenant: Tenant, activity: FoundActivity) -> Document:
        """Its document with the proof that it is sent with, made anew; always the same until the actor's key changes."""
        try:
            key = (await self._keys.signing(tenant, activity.actor_id)).ed25519
            return proved(activity.document, key, activity.recorded_at) or activity.document
        except Unavailable:
            raise
        except FediflowError:
            return activity.document  # as it would have been sent

    async def offering(self, tenant: Tenant, offering_id: int) -> FoundOffering | None:
        """A public offering."""
        return await find_offering(self.asking, tenant, offering_id)

    async def event_found(self, tenant: Tenant, offering: FoundOffering) -> Found | None:
        """An offering as an Event of its course's group."""
        group = await self.actors.group_of_course(tenant, offering.course_id)
        if group is None or not group.is_shown:
            return None
        followers = group.row.collection(Collection.FOLLOWERS)
        return Found(event_document(offering, group.row.address, followers, tenant, self.here(tenant)))

    async def place_found(self, tenant: Tenant, offering_id: int) -> Found | None:
        """Where a public offering is held."""
        offering = await self.offering(tenant, offering_id)
        place = place_of(offering, self.here(tenant)) if offering else None
        return Found(place_document(place)) if place else None

    async def offerings(self, tenant: Tenant, course_id: int) -> list[FoundOffering]:
        """The public offerings of a course."""
        (found,) = await ask(self.asking, tenant, of_course(tenant, course_id))
        return offerings_of(found)

    async def at(self, tenant: Tenant, address: str) -> Found | None:
        """The document of an address of the institution's, also of a profile's page; None where nothing of it is public."""
        ours = self.here(tenant).of(address)
        if ours is None:
            actor = await self.actors.by_page(tenant, address)
            return await self.actor_found(tenant, actor) if actor else None
        if ours.kind == "actors":
            return await self._at_actor(tenant, ours.number, ours.part)
        if ours.kind == "posts" and ours.part is None:
            return await self.post_found(tenant, ours.number)
        if ours.kind == "posts" and ours.part in set(PostCollection):
            return await self.of_post(tenant, ours.number, PostCollection(ours.part), None)
        if ours.part is not None:
            return None
        if ours.kind == "activities":
            return await self.activity_found(tenant, ours.number)
        if ours.kind == "places":
            return await self.place_found(tenant, ours.number)
        offering = await self.offering(tenant, ours.number) if ours.kind == "offerings" else None
        return await self.event_found(tenant, offering) if offering else None

    async def _at_actor(self, tenant: Tenant, number: int, part: str | None) -> Found | None:
        if part is None:
            actor = (
                await self.actors.by_id(tenant, number) if number else await self.actors.institution(tenant)
            )
            return await self.actor_found(tenant, actor) if actor else None
        if number and part in set(Collection):
            return await self.of_actor(tenant, number, Collection(part), None)
        return None

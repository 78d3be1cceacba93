"""Actors, posts, activities, offerings and collections: a document for servers, a page for people, at one address."""

from starlette.responses import RedirectResponse, Response

from api.federation_http.answers import Answer, document, gone
from api.federation_http.asked import Asked
from api.federation_http.fetching import SignedFetches
from api.federation_http.forms import Form
from api.federation_http.pages import notices, offerings, posts, profiles, tags
from federation.actors.shown import ShownActor
from federation.content.hashtags import hashtag_key
from federation.objects.collections import hashtag_collection
from federation.objects.listings import NEWEST, OLDEST
from federation.objects.outbox import recent_posts
from federation.objects.published import Found, Published
from federation.protocol.addresses import Collection, PostCollection


class Objects:
    """The answers. None is what does not exist for who asks."""

    def __init__(self, published: Published, fetches: SignedFetches) -> None:
        self._published = published
        self._fetches = fetches

    async def institution(self, asked: Asked) -> Answer | None:
        """The institution's own actor: shown unsigned always, because its key is what others verify our requests with."""
        return await self._actor(asked, await self._published.actors.institution(asked.tenant))

    async def actor(self, asked: Asked) -> Answer | None:
        """A person, course or unit by its id."""
        return await self._actor(asked, await self._published.actors.by_id(asked.tenant, asked.number()))

    async def profile(self, asked: Asked) -> Answer | None:
        """The same by username."""
        username = str(asked.request.path_params["username"]).lower()
        return await self._actor(asked, await self._published.actors.by_username(asked.tenant, username))

    async def course(self, asked: Asked) -> Response | None:
        """A public course: its group's page."""
        group = await self._published.actors.group_of_course(asked.tenant, asked.number())
        if group is None or not group.is_shown or group.row.profile_url is None:
            return None
        target = group.row.address if asked.form.is_document else group.row.profile_url
        return RedirectResponse(target, 303, {"vary": "accept"})

    async def of_actor(self, asked: Asked) -> Answer | None:
        """A collection of an actor."""
        part = str(asked.request.path_params["part"])
        if part not in set(Collection):
            return None
        is_shared = await self._fetches.admit(asked)
        cursor = asked.cursor(NEWEST)
        found = await self._published.of_actor(asked.tenant, asked.number(), Collection(part), cursor)
        return _document(asked, found, is_shared=is_shared)

    async def post(self, asked: Asked) -> Answer | None:
        """A post: also one for followers, to a signed fetch by one of them."""
        tenant, number = asked.tenant, asked.number()
        if asked.form is Form.PAGE:
            post = await self._published.post(tenant, number)
            if post is None:
                return None
            return notices.gone(asked) if post.is_gone else posts.post_page(asked, post)
        is_shared = await self._fetches.admit(asked)
        post = await self._published.post(tenant, number)
        if post is None and (viewer := await self._viewer(asked)):
            post = await self._published.post(tenant, number, viewer)
        found = self._published.document_of(tenant, post) if post is not None else None
        return _document(asked, found, is_shared=is_shared)

    async def of_post(self, asked: Asked) -> Answer | None:
        """A collection of a post."""
        part = str(asked.request.path_params["part"])
        if part not in set(PostCollection):
            return None
        is_shared = await self._fetches.admit(asked)
        tenant, number = asked.tenant, asked.number()
        collection, cursor = PostCollection(part), asked.cursor(OLDEST)
        found = await self._published.of_post(tenant, number, collection, cursor)
        if found is None and (viewer := await self._viewer(asked)):
            found = await self._published.of_post(tenant, number, collection, cursor, viewer)
        return _document(asked, found, is_shared=is_shared)

    async def activity(self, asked: Asked) -> Answer | None:
        """What an actor did, as it was sent."""
        is_shared = await self._fetches.admit(asked)
        found = await self._published.activity_found(asked.tenant, asked.number())
        if found is None and (viewer := await self._viewer(asked)):
            found = await self._published.activity_found(asked.tenant, asked.number(), viewer)
        return _document(asked, found, is_shared=is_shared)

    async def offering(self, asked: Asked) -> Answer | None:
        """A public offering as an Event."""
        is_shared = not asked.form.is_document or await self._fetches.admit(asked)
        offering = await self._published.offering(asked.tenant, asked.number())
        if offering is None:
            return None
        if asked.form.is_document:
            found = await self._published.event_found(asked.tenant, offering)
            return _document(asked, found, is_shared=is_shared)
        group = await self._published.actors.group_of_course(asked.tenant, offering.course_id)
        return offerings.offering_page(asked, offering, group) if group else None

    async def place(self, asked: Asked) -> Answer | Response | None:
        """Where an offering is held; people are shown the offering."""
        if asked.form is Form.PAGE:
            return RedirectResponse(asked.here.offering(asked.number()), 303, {"vary": "accept"})
        is_shared = await self._fetches.admit(asked)
        found = await self._published.place_found(asked.tenant, asked.number())
        return _document(asked, found, is_shared=is_shared)

    async def tag(self, asked: Asked) -> Answer | None:
        """Public posts of people here with a hashtag."""
        tag, asking = hashtag_key(str(asked.request.path_params["tag"])), self._published.asking
        if tag is None:
            return None
        if asked.form is Form.PAGE:
            return tags.tag_page(asked, tag, await recent_posts(asking, asked.tenant, tag, tagged=True))
        is_shared = await self._fetches.admit(asked)
        found = await hashtag_collection(asking, asked.tenant, tag, asked.here, asked.cursor(NEWEST))
        return document(found, asked.form, is_open=is_shared)

    async def _actor(self, asked: Asked, actor: ShownActor | None) -> Answer | None:
        if actor is None:
            return None
        if asked.form is Form.PAGE:
            return await self._profile_page(asked, actor)
        is_shared = actor.row.is_institution or await self._fetches.admit(asked, is_actor=True)
        return _document(asked, await self._published.actor_found(asked.tenant, actor), is_shared=is_shared)

    async def _profile_page(self, asked: Asked, actor: ShownActor) -> Answer:
        if actor.is_gone:
            return notices.gone(asked)
        recent = await recent_posts(self._published.asking, asked.tenant, actor.row.id)
        taught = []
        if actor.row.course_id is not None:
            taught = await self._published.offerings(asked.tenant, actor.row.course_id)
        return profiles.profile_page(asked, actor, recent, taught)

    async def _viewer(self, asked: Asked) -> int:
        """The id of the actor who signed; 0 for nobody who is known here."""
        return (await self._fetches.visitor(asked)).actor_id


def _document(asked: Asked, found: Found | None, *, is_shared: bool) -> Answer | None:
    if found is None:
        return None
    if found.is_gone:
        return gone(found.document, asked.form)
    is_open = found.is_open and is_shared
    return document(found.document, asked.form, is_open=is_open, changes_in=found.changes_in)

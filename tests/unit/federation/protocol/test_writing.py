"""Documents that we send: their members, and that reading them gives back what was meant."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from our_documents import ACTOR, ADA, EVENT, HOST, NOW, POST, THEIRS, sent

from federation.protocol import writing
from federation.protocol.addressing import addressing_for, visibility_of
from federation.protocol.model import (
    Actor,
    Addressing,
    CourseInstance,
    CoursePage,
    Post,
    ServerFacts,
    Tombstone,
)
from federation.protocol.reading import (
    Addressees,
    read_actor,
    read_collection,
    read_nodeinfo,
    read_nodeinfo_links,
    read_post,
    read_tombstone,
    read_webfinger,
)
from federation.protocol.vocabulary import AS_PUBLIC, ActorKind, JoinMode, KeyKind, ObjectKind, Visibility
from kernel.visible_text import is_blank


def test_an_actor_is_read_as_it_was_written() -> None:
    document = sent(writing.write_actor(ACTOR))
    actor = read_actor(document)
    same = [
        "id", "kind", "username", "inbox", "outbox", "name", "url", "shared_inbox", "followers", "following", "liked",
        "featured", "moderators", "also_known_as", "moved_to", "manually_approves_followers", "discoverable",
        "indexable", "posting_restricted_to_moderators", "published", "updated", "summary",
    ]  # fmt: skip
    for name in same:
        assert getattr(actor, name) == getattr(ACTOR, name), name
    assert [(key.kind, key.id) for key in actor.keys] == [
        (KeyKind.PEM, f"{ADA}#main-key"),
        (KeyKind.MULTIKEY, f"{ADA}#ed25519-key"),
    ]
    assert [(field.name, field.value) for field in actor.fields] == [("Room", "<p>12</p>")]
    assert actor.icon is not None
    assert (actor.icon.url, actor.icon.name) == (f"{HOST}/icon.png", "a ring")
    assert next(iter(document)) == "@context"


def test_an_instance_actor_is_an_application_of_few_words() -> None:
    document = sent(
        writing.write_actor(Actor(f"{HOST}/actor", ActorKind.APPLICATION, "uni.example", f"{HOST}/inbox"))
    )
    assert {name for name in document if name != "@context"} == {
        "id", "type", "preferredUsername", "inbox", "manuallyApprovesFollowers", "discoverable", "indexable",
    }  # fmt: skip
    assert read_actor(document).kind is ActorKind.APPLICATION


def test_a_post_is_read_as_it_was_written() -> None:
    post = read_post(sent(writing.write_post(POST)))
    for name in ("id", "kind", "attributed_to", "content", "name", "summary", "sensitive", "url", "published", "updated",
                 "in_reply_to", "conversation", "replies", "likes", "shares"):  # fmt: skip
        assert getattr(post, name) == getattr(POST, name), name
    assert (post.addressees.to, post.addressees.cc, post.addressees.audience) == (
        POST.addressing.to,
        POST.addressing.cc,
        POST.addressing.audience,
    )
    assert [(mention.uri, mention.name) for mention in post.mentions] == [
        ("https://masto.example/users/ada", "@ada@masto.example")
    ]
    assert post.hashtags == ("Prüfung",)
    assert [(one.url, one.type, one.width, one.height) for one in post.attachments] == [
        (f"{HOST}/1.png", "Image", 10, 20)
    ]
    assert post.source is not None
    assert (post.source.content, post.source.media_type) == ("Hallo", "text/markdown")


def test_an_event_is_read_as_it_was_written() -> None:
    document = sent(writing.write_event(EVENT))
    assert document["startTime"] == "2026-10-01T10:15:00+02:00"
    assert document["endTime"] == "2027-01-31T10:45:00+01:00"
    assert document["remainingAttendeeCapacity"] == 0
    event = read_post(document)
    schedule = event.schedule
    assert schedule is not None
    assert (schedule.start, schedule.end, schedule.timezone) == (EVENT.start, EVENT.end, EVENT.timezone)
    assert (schedule.capacity, schedule.remaining, schedule.join_mode) == (40, 0, JoinMode.RESTRICTED)
    assert (schedule.status, schedule.external_url) == ("CANCELLED", EVENT.external_url)
    hall, online = schedule.places
    assert (hall.name, hall.address, hall.latitude) == ("Hall 1", "Weg 1, 10115, Berlin, DE", 52.5)
    assert online.url == "https://meet.example/algebra"
    assert event.kind is ObjectKind.EVENT


def test_a_tombstone_is_read_as_it_was_written() -> None:
    tombstone = read_tombstone(sent(writing.write_tombstone(Tombstone(POST.id, "Article", NOW))))
    assert (tombstone.id, tombstone.former_type, tombstone.deleted) == (POST.id, "Article", NOW)


def test_collections_and_pages_are_read_as_they_were_written() -> None:
    whole = read_collection(
        sent(writing.write_collection(id=f"{ADA}/followers", total=0, first=f"{ADA}/followers?page=1"))
    )
    assert (whole.total_items, whole.is_page) == (0, False)
    assert whole.first is not None
    assert whole.first.uri == f"{ADA}/followers?page=1"
    page = read_collection(
        sent(
            writing.write_page(
                id=f"{ADA}/followers?page=1",
                part_of=f"{ADA}/followers",
                items=[THEIRS],
                next=f"{ADA}/followers?page=2",
            )
        )
    )
    assert (page.is_page, page.part_of, page.next) == (True, f"{ADA}/followers", f"{ADA}/followers?page=2")
    assert [item.uri for item in page.items] == [THEIRS]
    assert read_collection(sent(writing.write_items(id=f"{ADA}/moderators", items=[]))).total_items == 0


def test_discovery_is_read_as_it_was_written() -> None:
    jrd = writing.write_webfinger(
        subject="acct:algebra@uni.example:8080",
        actor=ADA,
        page=f"{HOST}/@algebra",
        subscribe_template=f"{HOST}/interact?uri={{uri}}",
    )
    finger = read_webfinger(orjson.dumps(jrd))
    assert (finger.subject, finger.actor, finger.page) == (
        "acct:algebra@uni.example:8080",
        ADA,
        f"{HOST}/@algebra",
    )
    assert finger.aliases == (ADA, f"{HOST}/@algebra")

    links = orjson.dumps(
        writing.write_nodeinfo_links(href=f"{HOST}/nodeinfo/2.1", instance_actor=f"{HOST}/actor")
    )
    assert read_nodeinfo_links(links, server=HOST) == f"{HOST}/nodeinfo/2.1"
    facts = ServerFacts("0.5.0", 10, 5, 3, 100, 7, name="Uni", languages=("de",))
    software = read_nodeinfo(orjson.dumps(writing.write_nodeinfo(facts)))
    assert (software.name, software.version, software.users, software.title) == (
        "fediflow",
        "0.5.0",
        10,
        "Uni",
    )


def test_host_meta_is_well_formed_whatever_the_template() -> None:
    template = f'{HOST}/.well-known/webfinger?resource={{uri}}&x="<'
    written = writing.write_host_meta(webfinger_template=template)
    (link,) = ElementTree.fromstring(written)
    assert (link.get("rel"), link.get("template")) == ("lrdd", template)


def test_a_course_page_has_its_offerings_and_their_places() -> None:
    page = CoursePage(
        id=f"{HOST}/courses/3",
        url=f"{HOST}/courses/3",
        name={"de": "Algebra", "en": "Algebra (en)"},
        code="MA-1",
        provider_name="Uni",
        provider_url=HOST,
        instances=(CourseInstance(f"{HOST}/offerings/3", "WS", NOW, None, "Onsite", EVENT.place, 40),),
    )
    document = sent(writing.write_course(page))
    (instance,) = document["hasCourseInstance"]
    assert (document["@context"], document["@type"], document["courseCode"]) == (
        "https://schema.org",
        "Course",
        "MA-1",
    )
    assert instance["startDate"] == "2026-03-01"
    assert instance["location"]["geo"] == {"@type": "GeoCoordinates", "latitude": 52.5, "longitude": 13.4}
    assert instance["location"]["address"]["@type"] == "PostalAddress"


@pytest.mark.parametrize("visibility", [one for one in Visibility if one is not Visibility.TENANT])
def test_visibility_is_read_as_it_was_addressed(visibility: Visibility) -> None:
    followers = f"{ADA}/followers"
    written = addressing_for(visibility, followers=followers, mentioned=[THEIRS])
    addressees = Addressees(to=written.to, cc=written.cc, audience=written.audience)
    assert visibility_of(addressees, followers=followers) is visibility
    assert THEIRS in addressees.everyone


def test_a_post_for_the_tenant_is_addressed_to_nobody_outside_who_is_not_mentioned() -> None:
    assert addressing_for(Visibility.TENANT, followers=f"{ADA}/followers") == Addressing()
    assert addressing_for(Visibility.TENANT, followers=f"{ADA}/followers", mentioned=[THEIRS]).to == (THEIRS,)


def test_a_post_in_a_group_names_it_as_its_audience() -> None:
    group = f"{HOST}/actors/9"
    written = addressing_for(
        Visibility.PUBLIC, followers=f"{ADA}/followers", mentioned=[THEIRS, THEIRS], group=group
    )
    assert written == Addressing((AS_PUBLIC, group), (f"{ADA}/followers", THEIRS), (group,))


# A text in which there is nothing to see is read as none.
_WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=30).filter(
    lambda text: not is_blank(text)
)
_LANGUAGES = st.sampled_from(["de", "en-GB", "ja", "ar", "zh-Hant"])


@given(
    content=st.dictionaries(_LANGUAGES, _WORDS, min_size=1, max_size=3),
    summary=st.dictionaries(_LANGUAGES, _WORDS, max_size=2),
    published=st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9000, 1, 1)),
    sensitive=st.booleans(),
)
def test_any_post_is_read_as_it_was_written(
    content: dict[str, str], summary: dict[str, str], published: datetime, sensitive: bool
) -> None:
    published = published.replace(microsecond=published.microsecond // 1000 * 1000, tzinfo=UTC)
    post = Post(
        id=f"{HOST}/posts/2",
        kind=ObjectKind.NOTE,
        attributed_to=ADA,
        content=content,
        addressing=Addressing((AS_PUBLIC,)),
        published=published,
        summary=summary,
        sensitive=sensitive,
    )
    received = read_post(sent(writing.write_post(post)))
    assert dict(received.content) == content
    assert dict(received.summary) == summary
    assert (received.published, received.sensitive) == (published, sensitive)

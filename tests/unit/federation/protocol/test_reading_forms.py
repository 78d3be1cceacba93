"""The many forms of one value are read as one."""

from datetime import UTC, datetime
from typing import Any

import pytest

from federation.protocol.reading import read_activity_document, read_actor, read_collection, read_post
from federation.protocol.reading.times import moment, seconds
from federation.protocol.vocabulary import AS_PUBLIC, KeyKind

HOST = "https://a.example"
NOTE: dict[str, Any] = {"type": "Note", "id": f"{HOST}/1", "attributedTo": f"{HOST}/u", "content": "x"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-01-06T13:11:45Z", datetime(2024, 1, 6, 13, 11, 45, tzinfo=UTC)),
        ("2024-01-06t13:11:45z", datetime(2024, 1, 6, 13, 11, 45, tzinfo=UTC)),
        ("2024-01-06 13:11:45+01:00", datetime(2024, 1, 6, 12, 11, 45, tzinfo=UTC)),
        ("2024-01-06 13:11:45 +0100", datetime(2024, 1, 6, 12, 11, 45, tzinfo=UTC)),
        ("2024-01-06T13:11:45-0530", datetime(2024, 1, 6, 18, 41, 45, tzinfo=UTC)),
        ("2024-01-06T13:11:45+01", datetime(2024, 1, 6, 12, 11, 45, tzinfo=UTC)),
        ("2024-01-06T13:11:45.123456789Z", datetime(2024, 1, 6, 13, 11, 45, 123456, tzinfo=UTC)),
        ("2024-01-06T13:11:45,5Z", datetime(2024, 1, 6, 13, 11, 45, 500000, tzinfo=UTC)),
        ("2024-01-06T13:11:45", datetime(2024, 1, 6, 13, 11, 45, tzinfo=UTC)),
        ("2024-01-06T13:11Z", datetime(2024, 1, 6, 13, 11, tzinfo=UTC)),
        ("2024-01-06", datetime(2024, 1, 6, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2024-01-06T24:00:00Z", datetime(2024, 1, 7, tzinfo=UTC)),
        (["2024-01-06T13:11:45Z"], datetime(2024, 1, 6, 13, 11, 45, tzinfo=UTC)),
        ({"@value": "2024-01-06T13:11:45Z"}, datetime(2024, 1, 6, 13, 11, 45, tzinfo=UTC)),
        ("2024-13-06T13:11:45Z", None),
        ("2024-02-30T13:11:45Z", None),
        ("2024-01-06T13:61:45Z", None),
        ("2024-01-06T13:11:45+25:00", None),
        ("0000-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("10000-01-01T00:00:00Z", None),
        ("٢٠٢٤-01-06T13:11:45Z", None),
        ("yesterday", None),
        ("", None),
        (1704546705, None),
        (None, None),
        ({}, None),
    ],
)
def test_times(written: object, read: datetime | None) -> None:
    assert moment(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("PT1H2M3S", 3723.0),
        ("P1DT0.5S", 86400.5),
        (12, 12.0),
        ("PT", 0.0),
        ("-PT1S", None),
        ("PT999999H", None),
        (-1, None),
    ],
)
def test_durations(written: object, read: float | None) -> None:
    assert seconds(written) == read


@pytest.mark.parametrize("public", [AS_PUBLIC, "as:Public", "Public"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_the_public_collection_has_three_names(public: str, wrapped: bool) -> None:
    addressees = read_post({**NOTE, "to": [public] if wrapped else public}).addressees
    assert addressees.to == (AS_PUBLIC,)
    assert addressees.is_public


def test_addressees_are_flattened_and_once_each() -> None:
    to = [
        f"{HOST}/u",
        {"id": f"{HOST}/v"},
        {"type": "Link", "href": f"{HOST}/w"},
        f"{HOST}/u",
        7,
        None,
        "nobody",
    ]
    assert read_post({**NOTE, "to": to}).addressees.to == (f"{HOST}/u", f"{HOST}/v", f"{HOST}/w")


def test_addressees_are_bounded() -> None:
    addressees = read_post({**NOTE, "cc": [f"{HOST}/{number}" for number in range(5_000)]}).addressees
    assert len(addressees.cc) == 1_000


@pytest.mark.parametrize(
    "actor",
    [
        f"{HOST}/u",
        [f"{HOST}/u"],
        {"id": f"{HOST}/u", "type": "Person"},
        [{"id": f"{HOST}/u"}],
        [None, f"{HOST}/u"],
    ],
)
def test_the_actor_may_be_embedded(actor: object) -> None:
    activity = read_activity_document(
        {"type": ["Like"], "id": f"{HOST}/l", "actor": actor, "object": f"{HOST}/1"}
    )
    assert activity.actor == f"{HOST}/u"


def test_the_first_type_that_is_known_counts() -> None:
    assert read_post({**NOTE, "type": ["Card", "as:Article", "Note"]}).original_type == "Article"


def test_a_flag_has_several_objects() -> None:
    flag = {
        "type": "Flag",
        "id": f"{HOST}/f",
        "actor": f"{HOST}/actor",
        "content": "spam",
        "object": [f"{HOST}/u", NOTE],
    }
    activity = read_activity_document(flag)
    assert [one.uri for one in activity.objects] == [f"{HOST}/u", f"{HOST}/1"]
    assert [one.where for one in activity.objects] == ["$.object[0]", "$.object[1]"]
    assert activity.content == "spam"


@pytest.mark.parametrize(
    ("members", "read"),
    [
        ({"content": "x"}, {"und": "x"}),
        ({"content": ["x"]}, {"und": "x"}),
        ({"content": {"@value": "x", "@language": "DE"}}, {"de": "x"}),
        ({"content": {"de": "x", "en": "y"}}, {"de": "x", "en": "y"}),
        ({"content": "x", "contentMap": {"en": "y", "de": "x"}}, {"de": "x", "en": "y"}),
        ({"content": "x", "contentMap": {"de": "y"}}, {"und": "x", "de": "y"}),
        ({"content": "x", "contentMap": {"und": "y"}}, {"und": "x"}),
        ({"content": "x", "contentMap": {"not a tag": "y"}}, {"und": "x"}),
        ({"content": None, "contentMap": {"en_GB": ["y"], "de": 5, "fr": " "}}, {"en-GB": "y"}),
        ({"content": "x", "contentMap": "y"}, {"und": "x"}),
        ({"content": " \n"}, {}),
        ({"content": 5}, {}),
        ({"content": "x", "@context": [{"@language": "fr"}]}, {"fr": "x"}),
        ({"content": "x", "@context": {"@language": "und"}}, {"und": "x"}),
        ({"content": "x", "language": "ja"}, {"ja": "x"}),
    ],
)
def test_texts_in_languages(members: dict[str, Any], read: dict[str, str]) -> None:
    content = read_post({**NOTE, **members}).content
    assert content == read
    assert list(content) == list(read)


def test_the_language_of_the_activity_is_that_of_its_object() -> None:
    assert read_post(NOTE, language="nl").content == {"nl": "x"}


def test_long_texts_are_cut() -> None:
    assert len(read_post({**NOTE, "content": "ä" * 200_000}).content["und"]) == 100_000


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://p.example/", "https://p.example/"),
        ({"type": "Link", "href": "https://p.example/"}, "https://p.example/"),
        (["javascript:alert(1)", "https://p.example/"], "https://p.example/"),
        (
            [
                {"type": "Link", "href": "https://p.example/v", "mediaType": "video/mp4"},
                "https://p.example/plain",
                {"type": "Link", "href": "https://p.example/html", "mediaType": "text/html; charset=utf-8"},
            ],
            "https://p.example/html",
        ),
        ([{"type": "Link", "href": "https://p.example/v", "mediaType": "video/mp4"}], "https://p.example/v"),
        ("data:text/html,x", None),
        ({}, None),
        (7, None),
    ],
)
def test_pages(url: object, page: str | None) -> None:
    assert read_post({**NOTE, "url": url}).url == page


@pytest.mark.parametrize(
    ("capacity", "read"),
    [
        (40, 40),
        ("40", 40),
        (40.0, 40),
        (40.5, None),
        (-1, None),
        (2**31, None),
        (2**70, None),
        (True, None),
        ([40], 40),
    ],
)
def test_capacities(capacity: object, read: int | None) -> None:
    schedule = read_post({**NOTE, "type": "Event", "maximumAttendeeCapacity": capacity}).schedule
    assert schedule is not None
    assert schedule.capacity == read


def test_a_place_has_both_coordinates_or_none() -> None:
    places = [
        {"name": "A", "latitude": "48.5", "longitude": 2},
        {"name": "B", "latitude": 91, "longitude": 2},
        "C",
        {},
    ]
    schedule = read_post({**NOTE, "type": "Event", "location": places}).schedule
    assert schedule is not None
    assert [(place.name, place.latitude, place.longitude) for place in schedule.places] == [
        ("A", 48.5, 2.0),
        ("B", None, None),
        ("C", None, None),
        (None, None, None),
    ]


def test_an_event_does_not_end_before_it_starts() -> None:
    times = {
        "startTime": "2026-09-01T10:00:00Z",
        "endTime": "2026-08-01T10:00:00Z",
        "timezone": "Mars/Olympus",
    }
    schedule = read_post({**NOTE, "type": "Event", **times}).schedule
    assert schedule is not None
    assert (schedule.end, schedule.timezone) == (None, None)


@pytest.mark.parametrize(
    ("tag", "mentions", "hashtags"),
    [
        ({"type": "Mention", "href": f"{HOST}/u"}, [None], []),
        ({"name": "@u", "href": f"{HOST}/u"}, ["@u"], []),
        ({"type": "Mention", "href": "acct:u@a.example", "name": "@u"}, [], []),
        ({"type": "Hashtag", "name": " #Sets "}, [], ["Sets"]),
        ({"type": "Hashtag", "name": "a b"}, [], []),
        ([{"type": "Hashtag", "name": "#Straße"}, {"type": "Hashtag", "name": "#STRASSE"}], [], ["Straße"]),
        ([{"type": "Hashtag", "name": ["#a"]}, "x", 5, None, [], {}], [], ["a"]),
        ("nothing", [], []),
    ],
)
def test_tags(tag: object, mentions: list[str | None], hashtags: list[str]) -> None:
    post = read_post({**NOTE, "tag": tag})
    assert [mention.name for mention in post.mentions] == mentions
    assert list(post.hashtags) == hashtags


def test_keys_come_singly_and_in_arrays() -> None:
    actor = {"type": "Service", "id": f"{HOST}/u", "inbox": f"{HOST}/i"}
    key = {"id": f"{HOST}/u#k", "owner": f"{HOST}/u", "publicKeyPem": "-----BEGIN PUBLIC KEY-----"}
    multikey = {
        "id": f"{HOST}/u#e",
        "type": "Multikey",
        "controller": f"{HOST}/u",
        "publicKeyMultibase": "z6Mk",
    }
    assert len(read_actor({**actor, "publicKey": key}).keys) == 1
    assert len(read_actor({**actor, "publicKey": [key, key]}).keys) == 1
    kinds = [one.kind for one in read_actor({**actor, "publicKey": [key], "assertionMethod": multikey}).keys]
    assert kinds == [KeyKind.PEM, KeyKind.MULTIKEY]
    assert read_actor({**actor, "publicKey": f"{HOST}/u#k"}).keys == ()


@pytest.mark.parametrize(
    ("given", "username"), [("ada", "ada"), ("a@b", None), ("a/b", None), ("a b", None), ("", None)]
)
def test_usernames_make_no_other_handle(given: str, username: str | None) -> None:
    actor = {"type": "Person", "id": f"{HOST}/u", "inbox": f"{HOST}/i", "preferredUsername": given}
    assert read_actor(actor).username == username


def test_a_collection_may_embed_its_first_page() -> None:
    page = {"type": "CollectionPage", "items": [f"{HOST}/1", NOTE, 5], "next": f"{HOST}/c?page=2"}
    collection = read_collection({"type": "Collection", "id": f"{HOST}/c", "totalItems": 2, "first": page})
    assert collection.total_items == 2
    assert collection.first is not None
    assert collection.first.document is not None
    first = read_collection(collection.first.document, where=collection.first.where)
    assert [item.uri for item in first.items] == [f"{HOST}/1", f"{HOST}/1"]
    assert first.next == f"{HOST}/c?page=2"

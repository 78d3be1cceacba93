"""Whatever a server sends, reading gives a value or `Unreadable` and never anything else."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import foreign_activities
import foreign_actors
import foreign_posts
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.protocol.reading import (
    Unreadable,
    cited_activity,
    read_activity,
    read_activity_document,
    read_actor,
    read_collection,
    read_document,
    read_key,
    read_nodeinfo,
    read_nodeinfo_links,
    read_post,
    read_tombstone,
    read_webfinger,
)

# Texts that mean something somewhere, so that arbitrary documents get past the first check now and then.
_WORDS = st.sampled_from(
    [
        "https://masto.example/users/ada",
        "https://masto.example/1",
        "http://masto.example/1",
        "https://[::1/",
        "as:Public",
        "@ada",
        "#a",
        "2024-01-06T13:11:45Z",
        "9999-12-31T23:59:59-14:00",
        "PT1S",
        "text/html",
        "en",
        "-----BEGIN",
        "Link",
        "true",
        "",
    ]
)
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | _WORDS
)


def _members(document: Any) -> set[str]:
    if isinstance(document, dict):
        return set(document).union(*map(_members, document.values()))
    return set().union(*map(_members, document)) if isinstance(document, list) else set()


_NAMES = st.sampled_from(
    sorted(
        _members([*foreign_activities.ACTIVITIES, *foreign_posts.POSTS, *foreign_actors.ACTORS])
        | {
            "@value",
            "@language",
            "icon",
            "oneOf",
            "anyOf",
            "closed",
            "deleted",
            "formerType",
            "items",
            "subject",
            "links",
        }
    )
)
_TYPES = st.sampled_from(
    ["Create", "Follow", "Note", "Event", "Question", "Person", "Group", "Collection", "Tombstone"]
)
_JSON = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(_NAMES | st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=25,
)
_DOCUMENTS = st.builds(
    lambda members, kind, identity: {
        "type": kind,
        "id": identity,
        "actor": identity,
        "attributedTo": identity,
        **members,
    },
    st.dictionaries(_NAMES, _JSON, max_size=10),
    _TYPES | _JSON,
    _WORDS,
)


def _readers() -> list[Callable[[Any], object]]:
    return [
        read_activity_document,
        read_post,
        read_actor,
        read_tombstone,
        read_key,
        read_collection,
        _read_all_of_an_activity,
        lambda document: read_webfinger(orjson.dumps(document)),
        lambda document: read_nodeinfo(orjson.dumps(document)),
        lambda document: read_nodeinfo_links(orjson.dumps(document), server="https://masto.example/"),
    ]


def _read_all_of_an_activity(document: Any) -> None:
    activity = read_activity_document(document)
    for reference in activity.objects:
        cited_activity(reference)
        if reference.document is not None:
            read_post(
                reference.document, author=activity.actor, language=activity.language, where=reference.where
            )


def _survives(document: Any) -> None:
    for read in _readers():
        _check(_refusal(read, document))


def _refusal(read: Callable[[Any], object], given: Any) -> Unreadable | None:
    try:
        read(given)
    except Unreadable as refused:
        return refused
    return None


def _check(refusal: Unreadable | None) -> None:
    assert refusal is None or (refusal.where.startswith("$") and refusal.why)


@given(st.binary(max_size=200))
def test_arbitrary_bytes(body: bytes) -> None:
    for read in (read_activity, read_document, read_webfinger, read_nodeinfo):
        _check(_refusal(read, body))


@given(_DOCUMENTS)
@settings(max_examples=300, deadline=None)
def test_arbitrary_documents(document: dict[str, Any]) -> None:
    _survives(document)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_real_documents_with_a_few_values_replaced(data: st.DataObject) -> None:
    document = deepcopy(
        data.draw(
            st.sampled_from([*foreign_activities.ACTIVITIES, *foreign_posts.POSTS, *foreign_actors.ACTORS])
        )
    )
    for _ in range(data.draw(st.integers(1, 4))):
        _replace(document, data)
    _survives(document)


@given(st.sampled_from([*foreign_activities.ACTIVITIES, *foreign_actors.ACTORS]), st.data())
@settings(max_examples=150, deadline=None)
def test_real_bodies_with_a_few_bytes_changed(document: dict[str, Any], data: st.DataObject) -> None:
    body = bytearray(orjson.dumps(document))
    for _ in range(data.draw(st.integers(1, 5))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0x20, 0x7E))
    _check(_refusal(lambda changed: _survives(read_document(changed)), bytes(body)))


def _replace(container: Any, data: st.DataObject) -> None:
    """One value somewhere in the document becomes any other."""
    places = list(container) if isinstance(container, dict) else list(range(len(container)))
    if not places:
        return
    place = data.draw(st.sampled_from(places))
    if isinstance(container[place], dict | list) and data.draw(st.booleans()):
        _replace(container[place], data)
    else:
        container[place] = data.draw(_JSON)

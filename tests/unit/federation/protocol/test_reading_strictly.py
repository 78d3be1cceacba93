"""What is refused, and that the refusal says where."""

from typing import Any

import foreign_actors
import foreign_posts
import orjson
import pytest

from federation.protocol.origins import host_of, is_web_uri, origin_of, same_origin
from federation.protocol.reading import (
    Unreadable,
    read_activity,
    read_activity_document,
    read_actor,
    read_collection,
    read_document,
    read_key,
    read_nodeinfo,
    read_nodeinfo_links,
    read_post,
    read_webfinger,
)
from federation.protocol.reading.documents import DEEPEST, MOST_BYTES
from federation.protocol.vocabulary import ActivityKind
from kernel.errors import ErrorCode, FediflowError

ACTOR = "https://masto.example/users/ada"


def follow(**changed: Any) -> dict[str, Any]:
    document = {
        "type": "Follow",
        "id": f"{ACTOR}/follows/1",
        "actor": ACTOR,
        "object": "https://uni.example/actors/7",
    }
    return {name: value for name, value in {**document, **changed}.items() if value is not None}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "is no JSON"),
        (b"{", "is no JSON"),
        (b"<html>", "is no JSON"),
        (b'{"id": NaN}', "is no JSON"),
        (b'{"id": 1e400}', "is no JSON"),
        (b'{"id": "\\ud800"}', "is no JSON"),
        (b'{"\\udfff": 1}', "is no JSON"),
        (b'{"id": "\xff"}', "is no JSON"),
        (b'"text"', "is no JSON object"),
        (b"[]", "is no JSON object"),
        (b'[{"id": 1}, {"id": 2}]', "is no JSON object"),
        (b"[[{}]]", "is no JSON object"),
        (b"[" * 900 + b"]" * 900, "is nested deeper"),
        (b"[" * 5_000 + b"]" * 5_000, "is no JSON"),
        (b'{"a":' * 500 + b"1" + b"}" * 500, "is nested deeper"),
        (b" " * (MOST_BYTES + 1), "has 1048577 bytes"),
    ],
)
def test_bytes_that_are_no_document_are_refused(body: bytes, why: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_document(body)
    assert refused.value.why.startswith(why)
    assert refused.value.where == "$"


def test_the_deepest_document_is_read() -> None:
    read_document(b'{"a":' * DEEPEST + b"1" + b"}" * DEEPEST)
    with pytest.raises(Unreadable):
        read_document(b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1))


def test_a_refusal_names_the_place() -> None:
    body = orjson.dumps(follow(object={"id": "https://a.example/1", "tag": [{"name": "x"}, {"name": "\0"}]}))
    with pytest.raises(Unreadable) as refused:
        read_activity(body)
    assert refused.value.where == "$.object.tag[1].name"
    assert isinstance(refused.value, FediflowError)
    assert refused.value.code is ErrorCode.BAD_REQUEST
    assert refused.value.message == "$.object.tag[1].name: holds the character U+0000"


def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    assert read_document(b'{"a": "\\\\u0000"}') == {"a": "\\u0000"}


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"type": None}, "$.type"),
        ({"type": 5}, "$.type"),
        ({"type": []}, "$.type"),
        ({"id": None}, "$.id"),
        ({"id": ["https://masto.example/1"]}, "$.id"),
        ({"id": "http://masto.example/1"}, "$.id"),
        ({"id": "https://ada:secret@masto.example/1"}, "$.id"),
        ({"id": "https://masto.example\\@evil.example/1"}, "$.id"),
        ({"id": "https://masto.example/a b"}, "$.id"),
        ({"id": "https://masto.example/" + "a" * 2048}, "$.id"),
        ({"id": "urn:uuid:1"}, "$.id"),
        ({"actor": None}, "$.actor"),
        ({"actor": {}}, "$.actor"),
        ({"actor": "ada@masto.example"}, "$.actor"),
        ({"actor": "https://evil.example/users/ada"}, "$.actor"),
        ({"actor": "https://masto.example:8443/users/ada"}, "$.actor"),
        ({"object": None}, "$.object"),
        ({"object": []}, "$.object"),
        ({"object": "not a uri"}, "$.object"),
    ],
)
def test_an_activity_without_identity_is_refused(changed: dict[str, Any], where: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_activity_document(follow(**changed))
    assert refused.value.where == where
    assert "secret" not in refused.value.message


def test_http_is_read_only_where_it_is_allowed() -> None:
    local = {"id": "http://127.0.0.1:8000/1", "actor": "http://127.0.0.1:8000/a"}
    with pytest.raises(Unreadable):
        read_activity_document(follow(**local))
    assert read_activity_document(follow(**local), allow_http=True).actor == "http://127.0.0.1:8000/a"


def test_an_activity_of_an_unknown_kind_is_kept_with_its_name() -> None:
    activity = read_activity_document(follow(type="Travel", object=None))
    assert (activity.kind, activity.original_type, activity.object) == (ActivityKind.OTHER, "Travel", None)


def test_nobody_writes_posts_for_another_server() -> None:
    with pytest.raises(Unreadable) as refused:
        read_post(
            {**foreign_posts.MASTODON_QUESTION, "attributedTo": "https://evil.example/users/ada"},
            where="$.object",
        )
    assert refused.value.where == "$.object.attributedTo"
    with pytest.raises(Unreadable):
        read_post({"type": "Note", "id": "https://masto.example/1"}, author="https://evil.example/users/eve")


def test_an_author_of_the_posts_own_server_is_found_among_several() -> None:
    post = read_post(
        {**foreign_posts.MASTODON_QUESTION, "attributedTo": ["https://evil.example/users/eve", ACTOR]}
    )
    assert post.attributed_to == ACTOR


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"type": "Note"}, "$.type"),
        ({"inbox": None}, "$.inbox"),
        ({"inbox": "https://victim.example/inbox"}, "$.inbox"),
        ({"inbox": {"type": "OrderedCollection"}}, "$.inbox"),
        ({"id": None}, "$.id"),
    ],
)
def test_an_actor_that_cannot_be_written_to_is_refused(changed: dict[str, Any], where: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_actor({**foreign_actors.MASTODON_PERSON, **changed})
    assert refused.value.where == where


def test_what_an_actor_claims_of_another_server_is_left_out() -> None:
    actor = read_actor(
        {
            **foreign_actors.MASTODON_PERSON,
            "endpoints": {"sharedInbox": "https://victim.example/inbox"},
            "followers": "https://victim.example/users/eve/followers",
            "publicKey": [
                {"id": "https://victim.example/k", "owner": ACTOR, "publicKeyPem": foreign_actors.PEM},
                {
                    "id": f"{ACTOR}#k",
                    "owner": "https://masto.example/users/eve",
                    "publicKeyPem": foreign_actors.PEM,
                },
                {"id": f"{ACTOR}#k2", "owner": ACTOR, "publicKeyPem": "nothing"},
                {"id": f"{ACTOR}#k3", "owner": ACTOR, "publicKeyPem": foreign_actors.PEM},
            ],
        }
    )
    assert (actor.shared_inbox, actor.followers) == (None, None)
    assert [key.id for key in actor.keys] == [f"{ACTOR}#k3"]


def test_a_key_has_its_own_address_and_owner_of_one_origin() -> None:
    key = {"id": "https://masto.example/k", "owner": ACTOR, "publicKeyPem": foreign_actors.PEM}
    assert read_key(key).owner == ACTOR
    with pytest.raises(Unreadable):
        read_key({**key, "owner": "https://evil.example/users/eve"})


def test_only_collections_are_collections() -> None:
    assert read_collection({"type": "OrderedCollectionPage", "items": "https://a.example/1"}).is_page
    with pytest.raises(Unreadable):
        read_collection({"type": "Note"})


@pytest.mark.parametrize(
    "uri",
    [
        "https://masto.example:99999/",
        "https:///a",
        "https://",
        "https://a:b/",
        "https://a@b/",
        "https://[::1",
        "ftp://a.example/",
        "//a.example/",
        "https://a.example\n/",
        "https://a.example/\ud800",
    ],
)
def test_what_is_no_plain_web_address_has_no_origin(uri: str) -> None:
    assert origin_of(uri) is None
    assert not is_web_uri(uri, allow_http=True)
    assert not same_origin(uri, uri)


def test_origins_compare_scheme_host_and_port() -> None:
    assert same_origin("https://A.example/x", "https://a.example:443/y?z")
    assert same_origin("http://[::1]:80/x", "http://[::1]")
    assert not same_origin("http://a.example/", "https://a.example/")
    assert not same_origin("https://a.example:8443/", "https://a.example/")
    assert not same_origin("https://a.example/", "https://a.example.evil.example/")
    assert host_of("https://A.example:8443/x") == "a.example:8443"


def test_a_webfinger_answer_names_subject_and_actor() -> None:
    links = [{"rel": "self", "type": "application/activity+json", "href": ACTOR}]
    finger = read_webfinger(
        orjson.dumps({"subject": "acct:ada@masto.example", "links": links, "aliases": [ACTOR, 5]})
    )
    assert (finger.actor, finger.aliases) == (ACTOR, (ACTOR,))
    for broken in (
        {"links": links},
        {"subject": "acct:a@b", "links": []},
        {"subject": "acct:a@b", "links": "x"},
    ):
        with pytest.raises(Unreadable):
            read_webfinger(orjson.dumps(broken))


def test_the_newest_nodeinfo_of_the_own_server_is_taken() -> None:
    schema = "http://nodeinfo.diaspora.software/ns/schema/"
    links = [
        {"rel": f"{schema}2.0", "href": "https://masto.example/nodeinfo/2.0"},
        {"rel": f"{schema}2.1", "href": "https://masto.example/nodeinfo/2.1"},
        {"rel": f"{schema}2.2", "href": "https://evil.example/nodeinfo/2.2"},
    ]
    body = orjson.dumps({"links": links})
    assert read_nodeinfo_links(body, server="https://masto.example/") == "https://masto.example/nodeinfo/2.1"
    with pytest.raises(Unreadable):
        read_nodeinfo_links(body, server="https://other.example/")


def test_nodeinfo_with_controls_in_it_names_nothing() -> None:
    with pytest.raises(Unreadable):
        read_nodeinfo(orjson.dumps({"software": {"name": "x\x1b[31m", "version": "1"}}))
    assert read_nodeinfo(orjson.dumps({"software": {"name": "x", "version": "1\n2"}})).version == ""


def test_nodeinfo_names_software() -> None:
    info = {
        "software": {"name": "Mastodon", "version": "4.3"},
        "protocols": ["activitypub"],
        "usage": {"users": []},
    }
    software = read_nodeinfo(orjson.dumps(info))
    assert (software.name, software.version, software.protocols, software.users) == (
        "mastodon",
        "4.3",
        ("activitypub",),
        None,
    )
    with pytest.raises(Unreadable):
        read_nodeinfo(b'{"software": "x"}')

"""The 262 odd inputs of fediverse-pasture: each read as what would be stored, or refused with its reason."""

from collections import Counter

import orjson

from federation.content.receiving import received_html
from federation.protocol.reading import RemotePost, Unreadable, read_activity, read_post
from tests.pasture import AUTHOR, Pasture, pasture_inputs

REFUSED = {
    "$.object.id: has no id": 1,
    "$.object.type: has no type": 2,
    "$.object.type: a Place is no post": 1,
    "$.object.type: a Profile is no post": 1,
    "$.object.type: a Relationship is no post": 1,
    "$.object.type: a Tombstone is no post": 1,
}
KINDS = {"Note": 217, "Article": 32, "Audio": 1, "Document": 1, "Event": 1, "Image": 1, "Page": 1, "Video": 1}


def test_each_input_is_read_or_refused_with_a_reason() -> None:
    inputs = list(pasture_inputs())
    outcomes = [_outcome(one) for one in inputs]
    refused = Counter(outcome.message for outcome in outcomes if isinstance(outcome, Unreadable))
    kinds = Counter(outcome.kind.value for outcome in outcomes if isinstance(outcome, RemotePost))
    assert len(inputs) == 262
    assert refused == REFUSED
    assert kinds == KINDS


def test_each_that_is_read_is_public_and_its_authors() -> None:
    for one in pasture_inputs():
        post = _outcome(one)
        if isinstance(post, RemotePost):
            assert post.addressees.is_public, one
            assert post.attributed_to == AUTHOR, one
            assert post.content, one


def test_no_html_of_them_is_more_than_text_and_links() -> None:
    for one in pasture_inputs():
        post = _outcome(one)
        if isinstance(post, RemotePost):
            for text in post.content.values():
                html = received_html(text, post.content_type)
                assert not any(
                    f"<{tag}" in html for tag in ("script", "img", "audio", "video", "form", "meta")
                ), one


def test_a_picture_in_a_text_becomes_a_link() -> None:
    texts = [
        received_html(text)
        for one in pasture_inputs()
        if one.kind == "html_tags" and isinstance(post := _outcome(one), RemotePost)
        for text in post.content.values()
        if "<img" in text
    ]
    assert texts == [
        '<a href="http://pasture-one-actor/assets/nlnet.png" rel="nofollow noopener noreferrer ugc">NLNET Logo</a>'
    ]


def _outcome(one: Pasture) -> RemotePost | Unreadable:
    try:
        activity = read_activity(orjson.dumps(one.activity), allow_http=True)
        assert activity.object is not None
        assert activity.object.document is not None
        return read_post(
            activity.object.document,
            author=activity.actor,
            language=activity.language,
            where=activity.object.where,
            allow_http=True,
        )
    except Unreadable as refused:
        return refused

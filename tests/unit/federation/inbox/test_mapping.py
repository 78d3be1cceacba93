"""A foreign post as it is stored."""

import json
from datetime import UTC, datetime
from typing import Any

from federation.inbox.handlers.mapping import addressees_of, fields_of, hashtags_of, texts_of
from federation.protocol.reading import RemotePost, read_activity, read_post
from federation.protocol.vocabulary import Visibility

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ANN = "https://far.example/users/ann"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def post(**members: Any) -> RemotePost:
    """A note by Ann."""
    note = {"id": "https://far.example/notes/1", "type": "Note", "attributedTo": ANN, **members}
    return read_post(note)


def test_html_is_sanitised_in_every_language() -> None:
    bad = "<p onclick='x()'>Hallo<script>alert(1)</script></p>"
    texts = texts_of(post(contentMap={"de": bad, "en": bad}))
    assert (texts.language, texts.content) == ("de", "<p>Hallo</p>")
    assert texts.content_map == {"en": "<p>Hallo</p>"}


def test_titles_and_warnings_are_plain_text() -> None:
    texts = texts_of(post(content="x", name="<b>News</b>", summary="<p>loud</p>", sensitive=True))
    assert (texts.title, texts.content_warning, texts.is_sensitive) == ("News", "loud", True)


def test_what_says_no_language_has_none() -> None:
    assert texts_of(post(content="x")).language is None


def test_plain_text_is_no_html() -> None:
    assert texts_of(post(content="1 < 2", mediaType="text/plain")).content == "<p>1 &lt; 2</p>"


def test_answers_of_a_poll_are_shown_as_text() -> None:
    options = [{"type": "Note", "name": "<i>yes</i>"}, {"type": "Note", "name": "no"}]
    texts = texts_of(post(type="Question", content="<p>?</p>", oneOf=options))
    assert texts.content == "<p>?</p><ul><li>&lt;i&gt;yes&lt;/i&gt;</li><li>no</li></ul>"


def test_time_to_come_is_now() -> None:
    fields = fields_of(
        post(content="x", published="2999-01-01T00:00:00Z"), visibility=Visibility.PUBLIC, now=NOW
    )
    assert fields.published_at == NOW
    assert fields.edited_at is None


def test_hashtags_are_keyed() -> None:
    tags = [{"type": "Hashtag", "name": name} for name in ("#Café", "#café", "#not one", "#日本語")]
    assert hashtags_of(post(content="x", tag=tags)) == {"café": "Café", "日本語": "日本語"}


def test_post_without_addressees_is_for_whom_its_activity_is() -> None:
    create = {
        "id": "https://far.example/a/1",
        "type": "Create",
        "actor": ANN,
        "to": PUBLIC,
        "object": "https://far.example/notes/1",
    }
    activity = read_activity(json.dumps(create).encode())
    assert addressees_of(post(content="x"), activity.addressees).is_public
    assert not addressees_of(post(content="x", to=[ANN]), activity.addressees).is_public


def test_files_that_are_no_web_addresses_are_left_out() -> None:
    files = [
        {"type": "Document", "mediaType": "image/png", "url": "https://far.example/a.png", "name": "a"},
        {"type": "Document", "url": "javascript:alert(1)"},
    ]
    assert texts_of(post(content="x", attachment=files)).attachments == [
        {"mediaType": "image/png", "url": "https://far.example/a.png", "name": "a"}
    ]

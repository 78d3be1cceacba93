"""What letters say: sentences with names in them that stay text whatever they look like."""

from typing import Any

import pytest

from federation.notifications.letters.composing import Contents, Item, compose, item_of, sentence
from federation.notifications.letters.words import LANGUAGES
from federation.notifications.model import NotificationKind

K = NotificationKind
_EN = LANGUAGES["en"]


def _contents(*items: Item, total: int | None = None, is_digest: bool = False) -> Contents:
    url = "https://u.example/unsubscribe/x?a=1&b=2"
    return Contents("Ana", "U & Co", "Europe/Berlin", items, total or len(items), is_digest, url)


def _row(**given: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(
        ("display_name", "preferred_username", "host", "offering_title", "is_open", "post_visibility")
    )
    more = dict.fromkeys(("post_url", "content", "content_warning"))
    return {"kind": "reply", "details": {}, **nothing, **more, **given}


@pytest.mark.parametrize(
    ("kind", "details", "said"),
    [
        (K.REQUEST_DECIDED, {"state": "denied"}, "Your request for Logic was declined"),
        (K.REQUEST_DECIDED, {"state": "suspended"}, "Your request for Logic was decided"),
        (
            K.SEAT_OFFERED,
            {"until": "2026-07-01T10:00:00+00:00"},
            "A seat in Logic is offered to you, until 2026-07-01 12:00",
        ),
        (K.IMPORT_FINISHED, {"state": "refused", "errors": 3}, "An import was refused, errors: 3"),
        (K.LIKE, {}, "Somebody likes your post"),
    ],
)
def test_a_sentence_says_what_became_of_it(kind: K, details: dict[str, Any], said: str) -> None:
    assert sentence(Item(kind, details, offering="Logic"), _EN, "Europe/Berlin") == said


def test_a_conflict_of_identities_is_named_with_where_it_is_decided() -> None:
    details = {"about": "conflict_7", "claimed": "OIDC_SUBJECT"}
    said = sentence(Item(K.IDENTITY_CONFLICT, details), _EN, "UTC")
    assert "(OIDC_SUBJECT, conflict_7)" in said
    assert "resolveIdentityConflict" in said


def test_names_with_braces_and_tags_are_names() -> None:
    item = Item(
        K.REPLY, actor='{name} <img src=x onerror="1">', excerpt="</li><script>", url='https://x/"><b>'
    )
    found = compose(_contents(item), _EN)
    assert found.subject == '{name} <img src=x onerror="1"> replied to you'
    for tag in ("<img", "<script", "<b>"):
        assert tag not in found.html
    assert "{name}" in found.text


def test_names_that_turn_the_direction_of_text_do_not() -> None:
    assert "\u202e" not in sentence(Item(K.LIKE, actor="ana\u202eevil"), _EN, "UTC")


def test_subjects_say_how_many_and_digests_whose() -> None:
    items = [Item(K.LIKE, actor=f"A{nth}") for nth in range(3)]
    assert compose(_contents(*items), _EN).subject == "U & Co: 3 notifications"
    assert compose(_contents(*items, is_digest=True), _EN).subject == "Your day at U & Co"
    many = compose(_contents(*items, total=75), _EN)
    assert "Further notifications: 72" in many.text
    assert "Further notifications: 72" in many.html


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_composes_every_kind(language: str) -> None:
    items = [Item(kind, {"until": "2026-07-01T10:00:00+00:00"}) for kind in K]
    found = compose(_contents(*items), LANGUAGES[language])
    assert "{" not in found.text + found.html
    assert f'lang="{language}"' in found.html


def test_what_was_written_to_few_is_not_repeated() -> None:
    told = {"preferred_username": "bea", "host": "b.example", "display_name": " ", "content": "<p>Hi</p>"}
    open_ = item_of(_row(**told, post_visibility="public", post_url="https://b.example/1"), ["en"], None)
    assert (open_.actor, open_.excerpt, open_.url) == ("@bea@b.example", "Hi", "https://b.example/1")
    closed = item_of(_row(**told, post_visibility="followers", post_url="https://b.example/1"), ["en"], None)
    assert (closed.excerpt, closed.url) == (None, None)
    warned = _row(
        **told, post_visibility="public", content_warning="spoilers", post_url="https://b.example/1"
    )
    assert item_of(warned, ["en"], None).excerpt == "spoilers"


def test_offerings_are_linked_where_everybody_may_read_them() -> None:
    titles = {"de": "Logik", "en": "Logic"}
    given = {"kind": "promoted", "offering_title": titles}
    shown = item_of(_row(**given, is_open=True), ["fr", "en"], "https://u.example/offerings/1")
    assert (shown.offering, shown.url) == ("Logic", "https://u.example/offerings/1")
    assert item_of(_row(**given, is_open=False), ["de"], "https://u.example/offerings/1").url is None

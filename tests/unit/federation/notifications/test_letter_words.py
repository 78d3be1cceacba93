"""Every language says everything, with the same placeholders."""

from string import Formatter

import pytest

from federation.notifications.letters.words import LANGUAGES, Words, words_for
from federation.notifications.model import NotificationKind

_BY_STATE = (
    *(f"request_decided_{state}" for state in ("active", "waitlisted", "denied")),
    *(f"import_finished_{state}" for state in ("loaded", "refused", "failed")),
    "follow_request_group",
)


def test_six_languages_are_spoken() -> None:
    assert set(LANGUAGES) == {"ar", "de", "en", "es", "fr", "ja"}


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
def test_no_language_misses_a_sentence_or_a_placeholder(words: Words) -> None:
    english = LANGUAGES["en"]
    assert set(words) == set(english)
    for name, said in words.items():
        assert said.strip() == said, name
        assert said, name
        assert _placeholders(said) == _placeholders(english[name]), name


@pytest.mark.parametrize("kind", NotificationKind)
def test_every_kind_has_a_sentence_and_a_name(kind: NotificationKind) -> None:
    assert {kind.value, f"kind_{kind.value}", *_BY_STATE} <= set(LANGUAGES["en"])


def test_the_first_language_that_is_spoken_is_taken_else_english() -> None:
    assert words_for(["de-CH", "fr"]).language == "de"
    assert words_for(["cy", "ja"]).language == "ja"
    assert words_for(["cy"]).language == "en"
    assert words_for([]).language == "en"


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}

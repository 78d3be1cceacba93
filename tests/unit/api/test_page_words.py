"""Every language of the pages says everything, with the same placeholders, and counts as it is counted in it."""

from string import Formatter

import pytest

from api.federation_http.pages.words import LANGUAGES, Words, words_for

ENGLISH = LANGUAGES["en"]
PLURALS = {
    "ar": {"zero", "one", "two", "few", "many", "other"},
    "de": {"one", "other"},
    "en": {"one", "other"},
    "es": {"one", "other"},
    "fr": {"one", "other"},
    "ja": {"other"},
}


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
def test_no_language_misses_a_sentence_a_plural_or_a_placeholder(words: Words) -> None:
    assert set(words.sentences) == set(ENGLISH.sentences)
    for name, said in words.sentences.items():
        english = ENGLISH.sentences[name]
        if isinstance(said, str):
            assert isinstance(english, str)
            assert said.strip() == said != "", name
            assert _placeholders(said) == _placeholders(english), name
        else:
            assert set(said) == PLURALS[words.language], name
            assert _placeholders(said["other"]) == {"count"}, name


@pytest.mark.parametrize(
    ("language", "number", "said"),
    [
        ("en", 0, "0 replies"),
        ("en", 1, "1 reply"),
        ("de", 1, "1 Antwort"),
        ("fr", 0, "0 réponse"),
        ("fr", 2, "2 réponses"),
        ("ja", 1, "返信 1"),
        ("ar", 0, "لا ردود"),
        ("ar", 2, "ردان"),
        ("ar", 3, "3 ردود"),
        ("ar", 11, "11 ردًا"),
        ("ar", 100, "100 رد"),
        ("ar", 103, "103 ردود"),
    ],
)
def test_numbers_take_the_plural_of_their_language(language: str, number: int, said: str) -> None:
    assert LANGUAGES[language].counted("replies", number) == said


def test_the_first_language_that_is_spoken_is_taken_else_english() -> None:
    assert words_for(["ar-EG", "fr"]).language == "ar"
    assert words_for(["cy", "ja"]).language == "ja"
    assert words_for(["cy"]).language == "en"


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}

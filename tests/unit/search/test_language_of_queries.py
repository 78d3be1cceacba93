"""In which languages a query may be, and in which order what was found is shown."""

import pytest

from search.language.queries import MOST, query_languages
from search.language.readers import reader_order
from search.language.tags import reduced


def test_the_language_that_is_given_is_taken() -> None:
    assert query_languages("Tag", given="sv-FI", languages=["de", "en"]) == ("sv",)


def test_few_words_may_be_in_each_of_the_institutions_languages() -> None:
    assert query_languages("Kunst", given=None, languages=["de", "nl", "en"]) == ("de", "nl", "en", "und")


def test_what_the_asker_reads_is_likelier_where_little_is_known() -> None:
    assert query_languages("Kunst", given=None, languages=["de", "en"], read=["nl-BE", "en"]) == (
        "nl",
        "en",
        "de",
        "und",
    )


def test_a_sentence_is_in_its_language() -> None:
    text = "Where can I learn about the history of the Reformation?"
    assert query_languages(text, given=None, languages=["de", "fr", "en"]) == ("en", "und")
    text = "Wo lernt man etwas über die Geschichte der Reformation?"
    assert query_languages(text, given=None, languages=["en", "de", "fr"])[0] == "de"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("データ", ("ja", "und")),
        ("微積分", ("zh", "ja", "und")),
        ("微积分", ("zh", "und")),
        ("calculus", ("en", "und")),
        ("미적분", ("ko", "und")),
        ("алгебра", ("ru", "uk", "bg", "und")),  # nobody here writes so, but something may be declared
    ],
)
def test_the_script_leaves_out_languages(text: str, expected: tuple[str, ...]) -> None:
    assert query_languages(text, given=None, languages=["zh-Hant", "ja", "en"]) == expected


def test_numbers_are_in_every_language() -> None:
    assert query_languages("101", given=None, languages=["ja", "en"]) == ("ja", "en", "und")


def test_no_more_languages_are_asked_at_once_than_engines_bear() -> None:
    languages = ["de", "en", "fr", "it", "es", "pt", "nl"]
    assert len(query_languages("Kunst", given=None, languages=languages)) == MOST + 1


def test_a_language_the_detector_does_not_know_stays_possible() -> None:
    text = "Where can I learn about the history of the Reformation?"
    assert "qaa" in query_languages(text, given=None, languages=["qaa", "de", "en"])


@pytest.mark.parametrize("text", ["", "  ", "\0", "\ud800\ud800", "🙂" * 250, "é́́́"])
def test_any_text_has_languages(text: str) -> None:
    assert query_languages(text, given=None, languages=["de", "en"]) == ("de", "en", "und")


def test_a_reader_sees_the_dearest_language_first() -> None:
    assert reader_order(["de-CH", "de", "zh-Hant-HK"], institution=["en", "de"]) == ("de", "zh", "en")
    assert reader_order(["und"], institution=[]) == ()


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("zh-Hant-TW", "zh"),
        ("pt_BR", "pt"),
        ("cmn-Hans", "zh"),
        ("no", "no"),
        ("nn", "no"),
        ("ENG", "en"),
        ("", "und"),
    ],
)
def test_all_names_of_a_language_are_one(tag: str, language: str) -> None:
    assert reduced(tag) == language

"""Language tags, texts in several languages, and the one that is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.languages import choose_language, language_tag, language_text


@pytest.mark.parametrize(
    ("given_tag", "canonical"),
    [
        ("DE", "de"),
        ("en-us", "en-US"),
        ("ZH-HANT-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("sr-latn", "sr-Latn"),
        ("zh-cmn-hans-cn", "zh-cmn-Hans-CN"),
        ("DE-CH-1901", "de-CH-1901"),
        ("sl-rozaj-biske", "sl-rozaj-biske"),
        ("de-DE-u-CO-phonebk", "de-DE-u-co-phonebk"),
        ("en-a-bbb-x-AA-Latn", "en-a-bbb-x-aa-latn"),
    ],
)
def test_a_tag_is_written_as_bcp_47_writes_it(given_tag: str, canonical: str) -> None:
    assert language_tag(given_tag) == canonical
    assert language_tag(canonical) == canonical


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            "",
            "d",
            "german language",
            "de_DE",
            "de-",
            "-de",
            "de--DE",
            "123",
            "de-DE-DE",
            "de-u",
            "de-1901-1901",
        ),
        *("en-a-bbb-a-ccc", "i-klingon", "ſe", "de\n", "de-DE\0", "x" * 300, "de-x-abcdefghi", "١٢"),
    ],
)
def test_what_is_no_tag_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidInput):
        language_tag(wrong)


@given(st.text(alphabet="abDE019-xu", max_size=24))
def test_the_canonical_form_is_its_own_canonical_form(value: str) -> None:
    try:
        tag = language_tag(value)
    except InvalidInput:
        return
    assert language_tag(tag) == tag
    assert tag.lower() == value.lower()


def test_texts_keep_their_letters_and_get_canonical_tags() -> None:
    assert language_text({"AR": " مرحبا ", "ja-jp": "物理学 🎓"}) == {"ar": " مرحبا ", "ja-JP": "物理学 🎓"}


@pytest.mark.parametrize(
    "wrong",
    [{}, {"de": ""}, {"de": " \n"}, {"de": "a\0b"}, {"de-de": "a", "de-DE": "b"}, {"Deutsch!": "a"}],
)
def test_no_text_blank_text_and_two_texts_of_one_language_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        language_text(wrong)


def test_a_text_has_a_longest_length() -> None:
    assert language_text({"de": "abc"}, longest=3)
    with pytest.raises(InvalidInput, match="over 3 characters"):
        language_text({"de": "abcd"}, longest=3)


@pytest.mark.parametrize(
    ("available", "preferred", "chosen"),
    [
        (["de", "en"], ["en-GB", "de"], "en"),
        (["de", "en"], ["fr", "EN"], "en"),
        (["de", "en"], ["fr"], "de"),
        (["de", "en"], ["*"], "de"),
        (["de", "en"], [], "de"),
        (["en", "zh-Hant"], ["zh-Hant-CN-x-private1-private2"], "zh-Hant"),
        (["en", "zh-Hant-CN-x"], ["zh-Hant-CN-x-private1"], "en"),
        (["en", "de-CH"], ["de"], "en"),
        (["en", "zh-Hans", "zh"], ["zh-Hans-SG"], "zh-Hans"),
    ],
)
def test_the_language_shown_is_found_by_lookup(
    available: list[str], preferred: list[str], chosen: str
) -> None:
    assert choose_language(available, preferred) == chosen


@given(st.lists(st.text(max_size=8), min_size=1), st.lists(st.text(max_size=8)))
def test_whatever_is_preferred_an_available_language_comes_back(
    available: list[str], preferred: list[str]
) -> None:
    assert choose_language(available, preferred) in available


def test_of_no_language_none_can_be_chosen() -> None:
    with pytest.raises(InvalidInput):
        choose_language([], ["de"])

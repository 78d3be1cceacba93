"""Known items are always the same, enough, and mean one document each."""

import re
from collections import Counter

import pytest

from bench.rows import BenchFailed
from bench.search_catalogues import catalogues
from bench.search_known_items import KnownItem, known_items


@pytest.fixture(scope="module")
def items() -> list[KnownItem]:
    try:
        return known_items(15)
    except BenchFailed as error:
        pytest.skip(str(error))


def test_there_are_enough_of_every_kind(items: list[KnownItem]) -> None:
    kinds = Counter(item.kind for item in items)
    assert len(items) >= 200
    assert {"code", "title words", "misspelt", "transliterated", "prefix", "other language"} <= set(kinds)
    assert min(kinds.values()) >= 15


def test_they_are_the_same_every_time(items: list[KnownItem]) -> None:
    assert known_items(15) == items


def test_what_is_meant_is_in_the_catalogue(items: list[KnownItem]) -> None:
    for item in items:
        assert item.wanted in {one.reference for one in catalogues()[item.catalogue].documents}


def test_a_beginning_begins_one_title(items: list[KnownItem]) -> None:
    for item in items:
        if item.kind == "prefix":
            found = {
                one.reference
                for one in catalogues()[item.catalogue].documents
                for text in one.titles.values()
                if text.casefold().startswith(item.text.casefold())
            }
            assert found == {item.wanted}


def test_a_misspelt_title_has_a_word_that_no_title_has(items: list[KnownItem]) -> None:
    words = {
        name: {word for one in catalogue.documents for text in one.titles.values() for word in _words(text)}
        for name, catalogue in catalogues().items()
    }
    for item in items:
        if item.kind == "misspelt":
            assert not set(_words(item.text)) <= words[item.catalogue]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())

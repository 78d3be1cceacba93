"""The corpus of the search bench is the same every time, and as varied as a catalogue."""

import pytest

from bench.rows import BenchFailed
from bench.search_asking import asked
from bench.search_corpus import corpus, document
from search.model import Document, Facet, Prefix, Query


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    try:
        return list(corpus(400))
    except BenchFailed as error:
        pytest.skip(str(error))


def test_a_number_is_always_the_same_document(documents: list[Document]) -> None:
    assert [document(one.reference.id) for one in documents] == documents
    assert len({one.codes for one in documents}) == len(documents)


def test_documents_differ_in_languages_words_and_facets(documents: list[Document]) -> None:
    languages = {language for one in documents for language in one.titles}
    assert {"en", "zh", "ja", "ru", "th", "ar"} <= languages
    for facet in (Facet.LEVEL, Facet.COUNTRY, Facet.ORG_UNIT, Facet.SEATS):
        assert len({one.facets[facet] for one in documents}) > 2
    assert all(one.texts for one in documents)


def test_every_kind_is_asked_as_often_as_wanted(documents: list[Document]) -> None:
    for kind in asked(20, len(documents)):
        assert len(kind.queries) == 20
        for query in kind.queries:
            assert isinstance(query, Prefix) == (kind.name == "suggest")
            assert kind.name == "nearest" or query.text.strip()
            if isinstance(query, Query) and kind.name == "five facets":
                assert len(query.facets) == 5

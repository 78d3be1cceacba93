"""A server without analysis plugins finds by pairs of letters what others cut by dictionaries."""

import pytest

from search.model import Sort
from search.opensearch.engine import OpenSearchEngine
from search.opensearch.mapping import index_body
from tenants.model import Tenant
from tests.indices import call
from tests.integration.search.conformance.corpora import STEMS, UNSPACED
from tests.integration.search.conformance.shelves import Shelf, course


@pytest.fixture
async def shelf(
    engine: OpenSearchEngine, tenant: Tenant, opensearch_url: str, opensearch_prefix: str
) -> Shelf:
    """An institution in indexes as such a server has them."""
    for name in ("tenants", "published"):
        alias = f"{opensearch_prefix}-{name}"
        body = index_body(frozenset(), shards=1)
        call(opensearch_url, "PUT", f"/{alias}-plain", {**body, "aliases": {alias: {"is_write_index": True}}})
    await engine.prepare()
    return Shelf(engine, tenant)


async def test_words_are_found_in_every_language(shelf: Shelf) -> None:
    given = {**STEMS, **UNSPACED}
    numbered = dict(enumerate(sorted(given), start=1))
    await shelf.put(*(course(n, {language: given[language][0]}) for n, language in numbered.items()))
    for n, language in numbered.items():
        assert n in await shelf.found(given[language][1], language=language), language


async def test_accents_case_codes_and_beginnings_make_no_difference(shelf: Shelf) -> None:
    await shelf.put(course(1, {"fr": "Éducation comparée"}, codes=("EDU-1",)), course(2, "Law"))
    for typed in ("education", "ÉDUCATION", "edu-1", "EDU", "compar"):
        assert await shelf.found(typed, language="fr") == [1], typed
    assert [one.text for one in await shelf.suggested("édu")] == ["Éducation comparée"]


async def test_titles_are_sorted_without_collations(shelf: Shelf) -> None:
    await shelf.put(course(1, "botany"), course(2, "Algebra"), course(3, "Zoology"))
    assert await shelf.found(sort=Sort.TITLE, reader_languages=("en",)) == [2, 1, 3]

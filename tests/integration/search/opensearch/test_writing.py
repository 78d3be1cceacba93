"""What becomes of documents that the server cannot take, or not now."""

import pytest

from search.engine import SearchUnavailable
from search.model import Point, Put
from tests.indices import call
from tests.integration.search.conformance.shelves import Shelf, course, fill, ref


async def test_a_document_that_the_server_refuses_is_named_and_the_others_are_stored(shelf: Shelf) -> None:
    nowhere = course(2, "Roman law", point=Point(latitude=95.0, longitude=10.0))
    refused = await shelf.store(
        Put(course(1, "Roman law"), 1), Put(nowhere, 1), Put(course(3, "Roman law"), 1)
    )
    assert [one.reference for one in refused] == [ref(2)]
    assert "latitude" in refused[0].why or "point" in refused[0].why
    assert sorted(await shelf.found("roman")) == [1, 3]


async def test_text_that_is_not_unicode_is_refused_and_the_others_are_stored(shelf: Shelf) -> None:
    refused = await shelf.store(Put(course(1, "Roman \ud800 law"), 1), Put(course(2, "Roman law"), 1))
    assert [(one.reference, one.why) for one in refused] == [(ref(1), "its text is not Unicode")]
    assert await shelf.found("roman") == [2]


async def test_a_full_disk_is_unavailable_and_what_was_given_again_is_stored(
    shelf: Shelf, opensearch_url: str, opensearch_prefix: str
) -> None:
    await shelf.put(course(1, "Roman law"))
    settings = f"/{opensearch_prefix}-tenants/_settings"
    # what the server does itself where its disk is full
    call(opensearch_url, "PUT", settings, {"index.blocks.read_only_allow_delete": True})
    with pytest.raises(SearchUnavailable, match="takes nothing more"):
        await shelf.put(course(2, "Roman law"))
    assert await shelf.found("roman") == [1]
    call(opensearch_url, "PUT", settings, {"index.blocks.read_only_allow_delete": None})
    await shelf.put(course(2, "Roman law"))
    assert sorted(await shelf.found("roman")) == [1, 2]


async def test_a_lost_index_is_unavailable_and_not_made_by_writing_to_it(
    shelf: Shelf, opensearch_url: str, opensearch_prefix: str
) -> None:
    (index,) = call(opensearch_url, "GET", f"/_alias/{opensearch_prefix}-tenants")
    call(opensearch_url, "DELETE", f"/{index}")
    with pytest.raises(SearchUnavailable, match="no index"):
        await shelf.put(course(1, "Roman law"))
    with pytest.raises(SearchUnavailable, match="no index"):
        await shelf.found("roman")
    assert call(opensearch_url, "GET", f"/_cat/indices/{opensearch_prefix}-tenants*?format=json") == []
    await shelf.engine.prepare()
    await shelf.put(course(1, "Roman law"))
    assert await shelf.found("roman") == [1]


async def test_a_building_that_another_one_dropped_takes_nothing(shelf: Shelf) -> None:
    dropped = await shelf.engine.build()
    last = await shelf.engine.build()
    with pytest.raises(SearchUnavailable):
        await fill(dropped, shelf.collection, course(1, "Roman law"))
    with pytest.raises(SearchUnavailable):
        await dropped.finish()
    await fill(last, shelf.collection, course(2, "Roman law"))
    await last.finish()
    assert await shelf.found("roman") == [2]


async def test_what_was_forgotten_may_be_stored_again_with_the_version_it_had(shelf: Shelf) -> None:
    await shelf.put(course(1, "Roman law"), version=5)
    await shelf.engine.forget(shelf.collection)
    await shelf.put(course(1, "Roman law"), version=5)
    assert await shelf.found("roman") == [1]

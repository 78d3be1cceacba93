"""A server that is not there, or hangs, is said so within the deadline."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from kernel.errors import InvalidInput
from search.engine import SearchUnavailable
from search.opensearch.engine import OpenSearchEngine
from tenants.model import Tenant
from tests.integration.search.conformance.shelves import Shelf, course

_DEADLINE = 1.0
_SLACK = 60.0  # a loaded machine is slow to notice


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
async def away(deaf: int, tenant: Tenant) -> AsyncIterator[Shelf]:
    """A shelf in a server that does not answer."""
    url = f"http://someone:hidden-word@127.0.0.1:{deaf}"
    engine = OpenSearchEngine(url, timeout=_DEADLINE, write_timeout=_DEADLINE)
    yield Shelf(engine, tenant)
    await engine.aclose()


async def test_a_server_that_hangs_is_unavailable_within_the_deadline(away: Shelf) -> None:
    async with asyncio.timeout(6 * (_DEADLINE + _SLACK)):
        for asking in (
            lambda: away.ask("law"),
            lambda: away.suggested("law"),
            lambda: away.put(course(1, "Law")),
            away.listed,
            lambda: away.engine.forget(away.collection),
            away.engine.prepare,
        ):
            with pytest.raises(SearchUnavailable, match="no answer") as raised:
                await asking()
            assert "hidden-word" not in str(raised.value)


async def test_a_server_that_is_not_there_is_unavailable(tenant: Tenant) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens, and nobody else can
        engine = OpenSearchEngine(f"http://127.0.0.1:{taken.getsockname()[1]}", timeout=_SLACK)
        try:
            with pytest.raises(SearchUnavailable, match="cannot be reached"):
                await Shelf(engine, tenant).ask("law")
        finally:
            await engine.aclose()


@pytest.mark.parametrize("url", ["", "opensearch:9200", "ftp://host", "https://"])
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(InvalidInput, match="OpenSearch"):
        OpenSearchEngine(url)

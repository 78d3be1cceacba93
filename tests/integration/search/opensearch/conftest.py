"""An engine of each test alone, with institutions that stand in no directory."""

from collections.abc import AsyncIterator

import pytest

from search.opensearch.engine import OpenSearchEngine
from tenants.model import Tenant, TenantId
from tests.integration.search.conformance.shelves import Shelf
from tests.integration.search.engines import patient_opensearch


@pytest.fixture
async def engine(opensearch_url: str, opensearch_prefix: str) -> AsyncIterator[OpenSearchEngine]:
    """Connected, with nothing made yet."""
    made = patient_opensearch(opensearch_url, opensearch_prefix)
    yield made
    await made.aclose()


@pytest.fixture
def tenant() -> Tenant:
    """An institution."""
    return Tenant(TenantId(7), "alpha", {"en": "Alpha"}, "one", "eu", "UTC", ("en", "de"), (), False)


@pytest.fixture
async def shelf(engine: OpenSearchEngine, tenant: Tenant) -> Shelf:
    """Its documents: none."""
    await engine.prepare()
    return Shelf(engine, tenant)

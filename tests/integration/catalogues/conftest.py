"""Each catalogue in a tenant of its own, loaded once."""

import itertools
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.ids import FixedLease, IdFactory
from tenants.door import Door, set_tenant
from tenants.model import Tenant, TenantId
from tests.catalogues import Loaded, load_bilingual, load_japanese, load_universities
from tests.databases import Databases

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A loaded catalogue and its tenant."""

    tenant: Tenant
    engine: AsyncEngine
    loaded: Loaded

    async def query(self, query: Any) -> list[dict[str, Any]]:
        """What a query finds, as this tenant."""
        async with self.engine.begin() as connection:
            await connection.execute(text(set_tenant(self.tenant.id)))
            return [dict(row) for row in (await connection.execute(query)).mappings()]


@pytest.fixture(scope="session")
async def catalogue_engine(databases: Databases) -> AsyncIterator[AsyncEngine]:
    """The application's way into a shard."""
    engine = databases.engine(databases.shard)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
async def japanese(catalogue_engine: AsyncEngine) -> Catalogue:
    """The Japanese catalogue."""
    tenant, door = _institution(catalogue_engine, "ja", "en")
    return Catalogue(tenant, catalogue_engine, await load_japanese(door, tenant))


@pytest.fixture(scope="session")
async def bilingual(catalogue_engine: AsyncEngine) -> Catalogue:
    """The Chinese and English catalogue."""
    tenant, door = _institution(catalogue_engine, "zh-Hant", "en")
    return Catalogue(tenant, catalogue_engine, await load_bilingual(door, tenant))


@pytest.fixture(scope="session")
async def universities(catalogue_engine: AsyncEngine) -> Catalogue:
    """A thousand universities of the world."""
    tenant, door = _institution(catalogue_engine, "en")
    return Catalogue(tenant, catalogue_engine, await load_universities(door, tenant, most=1000))


def _institution(engine: AsyncEngine, *languages: str) -> tuple[Tenant, Door]:
    number = next(_numbers)
    slug = f"catalogue-{number}"
    tenant = Tenant(
        TenantId(7_500_000 + number),
        slug,
        {languages[0]: slug},
        "one",
        "eu",
        "UTC",
        languages,
        (),
        is_suspended=False,
    )
    new_id = IdFactory(FixedLease(900 + number), lambda: time.time_ns() // 1_000_000)
    return tenant, Door({"one": engine}, new_id=new_id)

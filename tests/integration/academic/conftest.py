"""Fixtures of the academic tests."""

import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.database.engines import create_engine
from kernel.database.roles import DatabaseRole
from kernel.ids import FixedLease, IdFactory
from tenants.model import Tenant, TenantId
from tests.databases import Databases
from tests.integration.academic.world import PATIENT, World

_tenants = itertools.count(1)


@pytest.fixture
async def world(databases: Databases) -> AsyncIterator[World]:
    """A university with a unit, a term and a course."""
    async with _world(databases) as made:
        yield made


@pytest.fixture
async def other_world(databases: Databases) -> AsyncIterator[World]:
    """Another university on the same shard."""
    async with _world(databases) as made:
        yield made


@asynccontextmanager
async def _world(databases: Databases) -> AsyncIterator[World]:
    def engine(role: DatabaseRole, pool_size: int) -> AsyncEngine:
        return create_engine(
            databases.shard, role, databases.passwords[role], pool_size=pool_size, timeouts=PATIENT
        )

    number = next(_tenants)
    slug = f"university-{number}"
    tenant = Tenant(
        TenantId(number),
        slug,
        {"en": slug},
        "one",
        "eu",
        "Europe/Berlin",
        ("en", "de"),
        (),
        is_suspended=False,
    )
    new_id = IdFactory(FixedLease(number), lambda: time.time_ns() // 1_000_000)
    app, worker = engine(DatabaseRole.APP, 32), engine(DatabaseRole.WORKER, 2)
    try:
        yield await World(tenant, new_id, app, worker).build()
    finally:
        await app.dispose()
        await worker.dispose()

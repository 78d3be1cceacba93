"""Fixtures that every test may use."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest

from fediflow.local.postgres import PostgresServer
from tests import servers, versions
from tests.databases import Databases, made_databases
from tests.indices import own_indices
from tests.servers import RunningPostgres, RunningRedis
from tests.world import World, made_world

# How long an example takes on a busy machine says nothing about it.
hypothesis.settings.register_profile(
    "patient", hypothesis.settings(), deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder shared by all pytest-xdist workers of this run."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def postgres18(run_dir: Path) -> RunningPostgres:
    """The embedded PostgreSQL."""
    return servers.shared_postgres(18, run_dir)


@pytest.fixture(scope="session")
def postgres15(run_dir: Path) -> RunningPostgres:
    """The system's PostgreSQL 15, where there is one."""
    return servers.shared_postgres(15, run_dir)


@pytest.fixture(scope="session")
def postgres(run_dir: Path) -> RunningPostgres:
    """The run's PostgreSQL: 18, or what FEDIFLOW_TEST_POSTGRES says."""
    return servers.shared_postgres(postgres_major(), run_dir)


@pytest.fixture(scope="session")
def redis_server(run_dir: Path) -> RunningRedis:
    """A Redis, where there is one."""
    return servers.shared_redis(run_dir)


@pytest.fixture(scope="session")
def opensearch_url(run_dir: Path) -> str:
    """The address of an OpenSearch, with user and password, where one can be had."""
    if postgres_major() != versions.PRODUCT:
        pytest.skip(versions.OPENSEARCH)
    return servers.shared_opensearch(run_dir).url


@pytest.fixture
def opensearch_prefix(opensearch_url: str) -> Iterator[str]:
    """What the names of this test's indices begin with; they are deleted after it."""
    with own_indices(opensearch_url) as prefix:
        yield prefix


@pytest.fixture(scope="session")
async def databases(postgres: RunningPostgres, run_dir: Path, worker_id: str) -> AsyncIterator[Databases]:
    """A migrated directory and two shards of this worker, with every role's password and no tenant."""
    async with made_databases(postgres, run_dir, worker_id) as made:
        yield made


@pytest.fixture(scope="session")
async def world(databases: Databases) -> AsyncIterator[World]:
    """Three institutions on two shards behind one gateway. A test that changes much makes what it changes itself."""
    async with made_world(databases) as made:
        yield made


@pytest.fixture
async def private_postgres() -> AsyncIterator[PostgresServer]:
    """A durable PostgreSQL for a test that kills it."""
    async with servers.private_postgres(postgres_major()) as server:
        yield server


def postgres_major() -> int:
    """The version this run is about."""
    return int(os.environ.get("FEDIFLOW_TEST_POSTGRES", str(versions.PRODUCT)))


def pytest_report_header() -> list[str]:
    """What this run leaves out."""
    return versions.left_out(postgres_major())


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves out what is the same on this version as on the product's."""
    return versions.is_left_out(collection_path, config.rootpath, postgres_major()) or None

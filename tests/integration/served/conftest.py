"""The large institution, made once for this folder."""

import fcntl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kernel.database.addresses import Address
from kernel.database.roles import DatabaseRole
from tests.databases import Databases, copied_database
from tests.integration.served.data import TENANT, fill
from tests.integration.served.measured import Measure

NAME = "served"


@pytest.fixture(scope="session")
async def large(databases: Databases, run_dir: Path) -> Address:
    """A shard with the large institution and others beside it, which all pytest-xdist workers of a run share."""
    made = run_dir / "served.made"
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            address = await copied_database(databases.administrator, "shard", NAME)
            async with databases.driver(address, None) as administrator:
                await fill(administrator)
            made.touch()
    return databases.shard.beside(NAME)  # it goes with the run's server


@pytest.fixture
async def measure(databases: Databases, large: Address) -> AsyncIterator[Measure]:
    """Explains statements as the application's role in the large institution."""
    async with (
        databases.driver(large, DatabaseRole.APP) as driver,
        databases.driver(large, None) as administrator,
    ):
        yield Measure(driver, administrator, TENANT)

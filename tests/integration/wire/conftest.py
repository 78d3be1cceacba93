"""Both supported PostgreSQL versions with a small table under row-level security."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kernel.database.addresses import Address
from kernel.database.engines import Timeouts
from kernel.database.roles import DatabaseRole
from kernel.database.wire.client import WireClient
from tests.databases import Databases, made_databases
from tests.servers import shared_postgres

TENANTS = range(1, 11)
ROWS = 20
# A busy machine must not look like a server that is away.
PATIENT = Timeouts(connect=60, pool=60)
_PROBE = f"""
    create table fediflow.wire_probe (tenant_id bigint, id bigint, title text, primary key (tenant_id, id));
    insert into fediflow.wire_probe
        select t, i, 'row ' || i || ' of ' || t
        from generate_series(1, {len(TENANTS)}) t, generate_series(1, {ROWS}) i;
    alter table fediflow.wire_probe enable row level security;
    create policy own on fediflow.wire_probe
        using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::bigint);
    grant select on fediflow.wire_probe to fediflow_app;
    analyze fediflow.wire_probe;
"""


@dataclass(frozen=True, slots=True)
class Shard:
    """A database with the probe."""

    databases: Databases

    @property
    def address(self) -> Address:
        return self.databases.shard

    @asynccontextmanager
    async def client(self, timeouts: Timeouts = PATIENT, **options: Any) -> AsyncIterator[WireClient]:
        """A client as the application."""
        password = self.databases.passwords[DatabaseRole.APP]
        client = await WireClient.open(self.address, DatabaseRole.APP, password, timeouts=timeouts, **options)
        try:
            yield client
        finally:
            await client.close()

    async def administer(self, sql: str, *values: Any) -> list[Any]:
        """Runs a statement as the administrator."""
        async with self.databases.driver(self.address, None) as administrator:
            return list(await administrator.fetch(sql, *values))


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing counts as slow because the machine is: all goes over the connection that the test looks at."""
    for module in ("lane", "pace"):
        monkeypatch.setattr(f"kernel.database.wire.{module}.SLOW", 30.0)


@pytest.fixture(scope="session", params=[18, 15])
async def shard(request: pytest.FixtureRequest, run_dir: Path, worker_id: str) -> AsyncIterator[Shard]:
    """A shard on each version."""
    async with made_databases(shared_postgres(request.param, run_dir), run_dir, worker_id) as made:
        async with made.driver(made.shard, None) as administrator:
            await administrator.execute(_PROBE)
        yield Shard(made)

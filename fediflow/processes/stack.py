"""The databases of an installation, opened as one role: the directory and the shards it knows.

A shard is served once it was reached, has a schema version this program knows, and does not let the role do too much.
The others are named with the reason and looked at again, so a shard that is added, mended or migrated needs no restart.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from fediflow.processes.reaching import reached, why_unreachable
from kernel.database.addresses import Address
from kernel.database.engines import DEFAULT_TIMEOUTS, Timeouts, create_engine
from kernel.database.guard import RoleTooPowerful, refuse_if_too_powerful
from kernel.database.roles import DatabaseRole
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.database.wire.client import WireClient
from kernel.errors import FediflowError, Unavailable
from kernel.ids import IdFactory
from kernel.leases import node_lease, wall_clock_ms
from kernel.settings import Settings
from migrations.fleet import Shard, list_shards
from migrations.schema import History
from migrations.versions import require_known_version
from tenants.directory import Directory
from tenants.door import Committed, Door, nothing_follows
from tenants.model import NotFound, Tenant
from tenants.tables import node_leases

LOOK_EVERY_SECONDS = 15.0
DRAIN_SECONDS = 5.0

_log = structlog.get_logger(__name__)


class Stack:
    """Engines as one role. `served` and `refused` are by the shard's name and change while `follow` runs."""

    def __init__(
        self,
        settings: Settings,
        role: DatabaseRole,
        *,
        pool_size: int,
        application: str,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        reads: bool = False,
    ) -> None:
        self.settings = settings
        self.served: dict[str, AsyncEngine] = {}
        # For queries, of the same shards; empty unless the process `reads`.
        self.readers: dict[str, WireClient] = {}
        self.refused: dict[str, str] = {}
        self.changed = asyncio.Event()
        self._role = role
        self._pool_size = pool_size
        self._application = application
        self._timeouts = timeouts
        self._reads = reads
        self._clients: dict[Address, WireClient] = {}
        self._engines: dict[tuple[Address, int], AsyncEngine] = {}
        self.directory = self._engine(settings.directory_url)

    def unpooled_directory(self) -> AsyncEngine:
        """The directory by connections that are nobody else's: for one that is kept for long."""
        return self._engine(self.settings.directory_url, pool_size=0)

    async def look(self) -> None:
        """Brings `served` and `refused` up to date.

        Raises when the directory cannot be used, and `RoleTooPowerful` wherever it is found: then nothing may run.
        """
        address = self.settings.directory_url
        async with reached(self.directory, "the directory", address) as connection:
            await refuse_if_too_powerful(connection)
            await require_known_version(connection, History.DIRECTORY, name=address.database)
            found = await list_shards(connection)
        before = dict(self.served)
        for gone in set(self.served) - {shard.name for shard in found}:
            self._serve_no_more(gone)
        self.refused = {
            name: reason for name, reason in self.refused.items() if name in {s.name for s in found}
        }
        await asyncio.gather(*(self._look_at(shard) for shard in found))
        if self.served != before:
            self.changed.set()

    async def follow(self) -> None:
        """Looks again and again until cancelled. A directory that is away changes nothing."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            try:
                await self.look()
            except Unavailable as error:
                _log.warning("shards not looked at", why=error.message)

    async def tenant(self, slug: str) -> Tenant:
        """The tenant of that slug; `NotFound` where there is none."""
        tenant = await Directory(self.directory).by_slug(slug)
        if tenant is None:
            raise NotFound(f"there is no tenant {slug!r}")
        return tenant

    def engine_of(self, tenant: Tenant) -> AsyncEngine:
        """The engine of a tenant's shard; `Unavailable` says why there is none."""
        engine = self.served.get(tenant.shard)
        if engine is None:
            raise Unavailable(self.refused.get(tenant.shard, f"the shard {tenant.shard} is not known"))
        return engine

    @asynccontextmanager
    async def door(self, committed: Committed = nothing_follows) -> AsyncIterator[Door]:
        """The way to tenants' rows, with ids of a node leased as long as it is open."""
        async with node_lease(self.directory, node_leases) as lease:
            yield Door(self.served, new_id=IdFactory(lease, wall_clock_ms), committed=committed)

    async def close(self) -> None:
        """Closes every connection, after the queries under way."""
        await asyncio.gather(*(client.close(drain=DRAIN_SECONDS) for client in self._clients.values()))
        for engine in self._engines.values():
            await engine.dispose()

    async def _look_at(self, shard: Shard) -> None:
        engine = self._engine(shard.address)
        try:
            async with engine.connect() as connection:
                await refuse_if_too_powerful(connection)
                await require_known_version(connection, History.SHARD, name=shard.name)
        except RoleTooPowerful:
            raise
        except FediflowError as error:
            self._refuse(shard, error.message)
        except DATABASE_TROUBLE as error:
            if self.served.get(shard.name) is not engine:  # one that was fine and is away now stays
                self._refuse(shard, f"the shard {shard.name} cannot be used: {why_unreachable(error)}")
        else:
            self.refused.pop(shard.name, None)
            self.served[shard.name] = engine
            if self._reads:
                self.readers[shard.name] = await self._client(shard.address)

    def _serve_no_more(self, name: str) -> None:
        self.served.pop(name, None)
        self.readers.pop(name, None)

    def _refuse(self, shard: Shard, reason: str) -> None:
        self._serve_no_more(shard.name)
        if self.refused.get(shard.name) != reason:
            _log.error(
                "shard not served", shard=shard.name, why=reason
            )  # a `reason` is masked: people give some
        self.refused[shard.name] = reason

    async def _client(self, address: Address) -> WireClient:
        if address not in self._clients:
            self._clients[address] = await WireClient.open(
                address,
                self._role,
                self.settings.password(self._role),
                tls=self.settings.tls,
                timeouts=self._timeouts,
                application=f"{self._application}-reader",
            )
        return self._clients[address]

    def _engine(self, address: Address, *, pool_size: int | None = None) -> AsyncEngine:
        size = self._pool_size if pool_size is None else pool_size
        if (address, size) not in self._engines:
            self._engines[address, size] = create_engine(
                address,
                self._role,
                self.settings.password(self._role),
                tls=self.settings.tls,
                pool_size=size,
                timeouts=self._timeouts,
                application=self._application,
            )
        return self._engines[address, size]


@asynccontextmanager
async def open_stack(
    settings: Settings,
    role: DatabaseRole,
    *,
    pool_size: int | None = None,
    application: str = "fediflow",
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
    reads: bool = False,
) -> AsyncIterator[Stack]:
    """A stack that was looked at once; `reads` where queries will be asked."""
    size = pool_size or settings.database_pool_size
    stack = Stack(settings, role, pool_size=size, application=application, timeouts=timeouts, reads=reads)
    try:
        await stack.look()
        yield stack
    finally:
        await stack.close()

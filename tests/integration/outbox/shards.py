"""A migrated shard of a test's own, the engines of its roles, and what the outbox tests do to it."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kernel.database.addresses import Address, Login, parse_login
from kernel.database.engines import create_engine
from kernel.database.provision import connect_as, provision_database, provision_roles
from kernel.database.roles import DatabaseRole, random_passwords
from kernel.outbox.append import append
from migrations.schema import History
from migrations.upgrade import upgrade_database
from tests.databases import Databases, copied_database, drop_database

TENANT = 7

# Stands for any tenant's object: it is locked, changed, and its new version told to the outbox.
_OBJECTS = """
    create table fediflow.test_objects (id bigint primary key, version bigint not null default 0);
    create table fediflow.test_effects (position bigint primary key, object_id bigint, version bigint);
    insert into fediflow.test_objects (id) select generate_series(1, 20);
    grant select, update on fediflow.test_objects to fediflow_app;
    grant select, insert on fediflow.test_effects to fediflow_worker;
"""


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard database: `app` and `worker` connect as those roles, `admin()` sees everything."""

    login: Login
    worker_password: str
    app: AsyncEngine
    worker: AsyncEngine

    @asynccontextmanager
    async def admin(self) -> "AsyncIterator[asyncpg.Connection[Any]]":
        connection = await connect_as(self.login)
        try:
            yield connection
        finally:
            await connection.close()

    async def rows(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        async with self.admin() as connection:
            return [tuple(row) for row in await connection.fetch(query, *arguments)]

    async def value(self, query: str, *arguments: object) -> Any:
        return (await self.rows(query, *arguments))[0][0]

    async def positions(self) -> list[tuple[int, int, int | None]]:
        """(position, object, version) of every row, in order of position, those without one last."""
        return await self.rows(
            "select position, object_id, (payload->>'version')::bigint from fediflow.outbox order by position"
        )

    async def all_numbered(self) -> bool:
        return bool(await self.value("select count(*) from fediflow.outbox where position is null") == 0)

    @asynccontextmanager
    async def change(self, tenant: int = TENANT) -> AsyncIterator[AsyncConnection]:
        """A tenant's transaction of the application."""
        async with self.app.connect() as connection, connection.begin():
            await connection.execute(text(f"SET LOCAL app.tenant_id = '{tenant}'"))
            yield connection

    async def tell(self, count: int = 1, *, object_id: int = 1, tenant: int = TENANT) -> None:
        """So many committed events, in one transaction."""
        async with self.change(tenant) as connection:
            for _ in range(count):
                await tell(connection, object_id=object_id, tenant=tenant)


@asynccontextmanager
async def copied_shard(databases: Databases) -> AsyncIterator[Shard]:
    """A shard in the run's server, gone afterwards."""
    name = f"outbox_{secrets.token_hex(6)}"
    address = await copied_database(databases.administrator, "shard", name)
    try:
        async with _opened(databases.administrator, address, databases.passwords) as shard:
            yield shard
    finally:
        await drop_database(databases.administrator, name)


@asynccontextmanager
async def new_shard(admin_url: str) -> AsyncIterator[Shard]:
    """A shard in a server of the test's own."""
    administrator, passwords = parse_login(admin_url), random_passwords()
    await provision_roles(administrator, passwords)
    address = await provision_database(administrator, "shard")
    await upgrade_database(History.SHARD, address, passwords[DatabaseRole.OWNER])
    async with _opened(administrator, address, passwords) as shard:
        yield shard


async def tell(
    connection: AsyncConnection, *, object_id: int = 1, tenant: int = TENANT, **payload: int
) -> None:
    await append(
        connection,
        tenant_id=tenant,
        event="object.changed",
        object_type="object",
        object_id=object_id,
        payload=payload,
    )


async def change_object(connection: AsyncConnection, object_id: int) -> int:
    """Locks the object, gives it its next version and tells it; returns the version."""
    await connection.execute(
        text("select from fediflow.test_objects where id = :id for update"), {"id": object_id}
    )
    change = text("update fediflow.test_objects set version = version + 1 where id = :id returning version")
    version = int((await connection.execute(change, {"id": object_id})).scalar_one())
    await tell(connection, object_id=object_id, version=version)
    return version


async def until(condition: Callable[[], Awaitable[bool]], *, within: float = 180.0) -> None:
    """Returns when it holds; fails when it does not in time."""
    deadline = time.monotonic() + within
    while not await condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def _opened(
    administrator: Login, address: Address, passwords: Mapping[DatabaseRole, str]
) -> AsyncIterator[Shard]:
    app, worker = (
        create_engine(address, role, passwords[role], pool_size=0)
        for role in (DatabaseRole.APP, DatabaseRole.WORKER)
    )
    login = Login(address, administrator.user, administrator.password)
    shard = Shard(login, passwords[DatabaseRole.WORKER], app, worker)
    async with shard.admin() as connection:
        await connection.execute(_OBJECTS)
    yield shard
    await app.dispose()
    await worker.dispose()

"""Databases for the tests: a directory and two shards, made by the real provisioning and the real migrations.

They are made once per run as templates; every pytest-xdist worker copies them under names of its own.
"""

import asyncio
import fcntl
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kernel.crypto.key_encryption import new_key_encryption_key
from kernel.database.addresses import Address, Login, parse_login
from kernel.database.engines import Timeouts, create_engine
from kernel.database.provision import connect_as, provision_database, provision_roles
from kernel.database.roles import DatabaseRole, Passwords, random_passwords
from migrations.fleet import register_shard
from migrations.schema import History
from migrations.upgrade import upgrade_database
from tests.servers import RunningPostgres

# The same for all processes of a run's tests: what one has stored encrypted another reads.
KEY_ENCRYPTION_KEY = new_key_encryption_key()
# A busy machine is nobody's fault: what the product's own patience is, the tests of engines say.
PATIENT = Timeouts(connect=60.0, pool=60.0)
_HISTORIES = {"directory": History.DIRECTORY, "shard": History.SHARD}


@dataclass(frozen=True, slots=True)
class Databases:
    """A directory and two shards of the run's server, with the administrator's and every role's way in."""

    administrator: Login
    passwords: Passwords
    directory: Address
    shards: dict[str, Address]
    version: int

    @property
    def shard(self) -> Address:
        """One of the shards, for tests that need only one."""
        return self.shards["one"]

    def engine(
        self, address: Address, role: DatabaseRole = DatabaseRole.APP, *, pool_size: int = 5
    ) -> AsyncEngine:
        """An engine as the product makes it, with more patience for connections; dispose of it."""
        return create_engine(address, role, self.passwords[role], pool_size=pool_size, timeouts=PATIENT)

    @asynccontextmanager
    async def connect(
        self, address: Address, role: DatabaseRole = DatabaseRole.APP
    ) -> AsyncIterator[AsyncConnection]:
        """A connection of a role, with an engine of its own."""
        engine = self.engine(address, role, pool_size=0)
        try:
            async with engine.connect() as connection:
                yield connection
        finally:
            await engine.dispose()

    @asynccontextmanager
    async def driver(
        self, address: Address, role: DatabaseRole | None = DatabaseRole.APP
    ) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """The driver's own connection as a role; None is the administrator."""
        login = (
            Login(address, role.value, self.passwords[role])
            if role is not None
            else Login(address, self.administrator.user, self.administrator.password)
        )
        connection = await connect_as(login)
        try:
            yield connection
        finally:
            await connection.close()


@asynccontextmanager
async def made_databases(server: RunningPostgres, run_dir: Path, worker: str) -> AsyncIterator[Databases]:
    """The worker's directory and shards, with no tenant in them."""
    administrator = parse_login(server.admin_url)
    passwords = await _templates(administrator, run_dir / f"databases-{server.version}.json")
    suffix = f"{worker}_{secrets.token_hex(3)}"
    names = {"directory": f"directory_{suffix}", "one": f"shard_one_{suffix}", "two": f"shard_two_{suffix}"}
    at = {
        name: await copied_database(administrator, "directory" if name == "directory" else "shard", database)
        for name, database in names.items()
    }
    made = Databases(
        administrator, passwords, at["directory"], {name: at[name] for name in ("one", "two")}, server.version
    )
    async with made.connect(made.directory, DatabaseRole.WORKER) as connection:
        for name, address in made.shards.items():
            await register_shard(connection, name=name, address=address)
        await connection.commit()
    try:
        yield made
    finally:
        for database in names.values():
            await drop_database(administrator, database)


async def copied_database(administrator: Login, kind: str, database: str) -> Address:
    """A copy of the template 'directory' or 'shard'; drop it."""
    connection = await connect_as(administrator)
    try:
        await _left(connection, f"template_{kind}")  # those who made it
        await connection.execute(f"create database {database} template template_{kind}")
    finally:
        await connection.close()
    # Rights on the database itself are not part of a copy.
    return await provision_database(administrator, database)


async def drop_database(administrator: Login, database: str) -> None:
    """Drops it, whoever is connected."""
    connection = await connect_as(administrator)
    try:
        await _left(connection, database, end=True)
        await connection.execute(f"drop database if exists {database} with (force)")
    finally:
        await connection.close()


async def _left(
    connection: "asyncpg.Connection[asyncpg.Record]", database: str, *, end: bool = False
) -> None:
    """Waits until those who are there have gone: PostgreSQL itself waits for five seconds, too few on a busy machine."""
    ended = "pg_terminate_backend(pid)" if end else "true"
    there = await connection.fetch(
        f"select pid, {ended} from pg_stat_activity where datname = $1 and backend_type = 'client backend'",
        database,
    )
    still = "select count(*) from pg_stat_activity where datname = $1 and pid = any($2)"
    async with asyncio.timeout(60):
        while await connection.fetchval(still, database, [one["pid"] for one in there]):  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # the pace of polling: nothing tells


@contextmanager
def holding_roles(run_dir: Path, *, alone: bool) -> Iterator[None]:
    """Roles are the server's, and so all workers': who makes them is alone, or whoever changes one meanwhile is refused."""
    with (run_dir / "roles.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


async def _templates(administrator: Login, facts: Path) -> Passwords:
    """Makes roles and templates once per run and server."""
    with facts.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = _remembered(facts)
        if known is not None:
            return known
        passwords = random_passwords()
        await provision_roles(administrator, passwords)
        for kind, history in _HISTORIES.items():
            address = await provision_database(administrator, f"template_{kind}")
            await upgrade_database(history, address, passwords[DatabaseRole.OWNER])
        _remember(facts, passwords)
        return passwords


def _remember(facts: Path, passwords: Passwords) -> None:
    facts.touch(0o600)
    facts.write_text(json.dumps(passwords))


def _remembered(facts: Path) -> Passwords | None:
    if not facts.exists():
        return None
    return {DatabaseRole(role): password for role, password in json.loads(facts.read_text()).items()}

"""Brings one database to the newest version: migrations, then policies and grants, as the owner.

The checksum of what was applied last stands in the schema's comment, so a run with nothing to do takes no lock on any
table. An advisory lock makes a second run wait for the first.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kernel.database.addresses import NO_TLS, Address, Tls
from kernel.database.engines import Timeouts, create_engine
from kernel.database.roles import DatabaseRole
from kernel.tables import SCHEMA
from migrations import idempotent
from migrations.schema import History
from migrations.versions import require_version_of

_LOCK_TIMEOUT = "5s"  # of policies and grants; a migration's file says its own
_LOCK = 0x0FED_0002
_RETRY = 0.2  # seconds until a second run looks whether the first has ended
_MARK = "FediFlow; policies and grants "
# A migration may take long, a wait for another run too; only locks on tables are waited for shortly.
_PATIENT = Timeouts(statement=0, lock=600, idle_in_transaction=0)


_ALEMBIC = asyncio.Lock()  # it keeps what it works on in a module of its own


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What a database is at after an upgrade, and whether anything had to be done."""

    version: str
    checksum: str
    changed: bool


async def upgrade_database(
    history: History, address: Address, owner_password: str, *, tls: Tls = NO_TLS, again: bool = False
) -> Upgraded:
    """Upgrades one database; `again` applies policies and grants even when they are those applied last."""
    engine = owner_engine(address, owner_password, tls=tls)
    try:
        return await upgrade(engine, history, again=again)
    finally:
        await engine.dispose()


def owner_engine(address: Address, owner_password: str, *, tls: Tls = NO_TLS) -> AsyncEngine:
    """Connections for migrations, opened when asked for and closed after."""
    return create_engine(
        address,
        DatabaseRole.OWNER,
        owner_password,
        tls=tls,
        pool_size=0,
        timeouts=_PATIENT,
        application="fediflow-migrate",
    )


async def upgrade(engine: AsyncEngine, history: History, *, again: bool = False) -> Upgraded:
    """Upgrades the database behind an owner's engine."""
    async with engine.connect() as connection:
        # Ends with the connection, however this ends. Who waits inside a statement is waited for by an index that is built
        # concurrently, so a second run asks again and again.
        while not (
            await connection.execute(text(f"select pg_catalog.pg_try_advisory_lock({_LOCK})"))
        ).scalar():
            await connection.commit()
            await asyncio.sleep(_RETRY)
        await connection.commit()
        before = await connection.run_sync(_version)
        require_version_of(history, before, name=str(engine.url.database))
        if before != head(history):
            async with _ALEMBIC:
                await connection.run_sync(_run_alembic, history)
        applied = await _apply_idempotent(connection, history, again=again or before != head(history))
    return Upgraded(head(history), checksum(history), before != head(history) or applied)


def head(history: History) -> str:
    """The newest version of a history."""
    revision = ScriptDirectory.from_config(_config(history)).get_current_head()
    assert revision is not None
    return revision


def checksum(history: History) -> str:
    """What identifies the policies and grants of this code."""
    return hashlib.sha256(idempotent.render(history).encode()).hexdigest()[:16]


def _config(history: History) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / history).replace("%", "%%"))
    return config


def _version(connection: Connection) -> str | None:
    table = f"{SCHEMA}.alembic_version"
    there = connection.execute(
        text("select pg_catalog.to_regclass(:name) is not null"), {"name": table}
    ).scalar()
    version = connection.execute(text(f"select version_num from {table}")).scalar() if there else None
    connection.commit()
    return version


def _run_alembic(connection: Connection, history: History) -> None:
    config = _config(history)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def _apply_idempotent(connection: AsyncConnection, history: History, *, again: bool) -> bool:
    """Applies policies and grants in one transaction: a reader sees the old rules or the new ones, never none."""
    mark = _MARK + checksum(history)
    found = await connection.execute(
        text("select pg_catalog.obj_description(:schema ::regnamespace, 'pg_namespace')"), {"schema": SCHEMA}
    )
    if found.scalar() == mark and not again:
        await connection.rollback()
        return False
    await connection.execute(text(f"set local lock_timeout = '{_LOCK_TIMEOUT}'"))
    raw = await connection.get_raw_connection()
    driver: asyncpg.Connection[Any] = raw.driver_connection
    await driver.execute(idempotent.render(history))
    await connection.execute(text(f"comment on schema {SCHEMA} is '{mark}'"))
    await connection.commit()
    return True

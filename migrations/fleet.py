"""Migrates the directory and then every shard it knows, one after the other; what fails is named and the rest goes on.

The outcome stands in `shard_versions`, and each database knows its own version, so the next run continues where this one
ended.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import asyncpg
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kernel.database.addresses import NO_TLS, Address, Tls
from kernel.errors import FediflowError
from migrations.schema import History
from migrations.upgrade import Upgraded, owner_engine, upgrade, upgrade_database
from tenants.tables import shard_versions, shards


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one database; `error` is None when it is at `version`."""

    name: str
    address: Address
    seconds: float
    version: str | None = None
    changed: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard as the directory knows it."""

    id: int
    name: str
    address: Address


Progress = Callable[[Outcome, int, int], None]
"""Called after each database with its outcome, how many are done, and how many there are."""


def _silent(_outcome: Outcome, _done: int, _of: int) -> None:
    return None


async def migrate_fleet(
    directory: Address,
    owner_password: str,
    *,
    tls: Tls = NO_TLS,
    again: bool = False,
    progress: Progress = _silent,
) -> list[Outcome]:
    """Migrates everything. Raises only when the directory itself cannot be migrated; look at each outcome's `error`."""
    engine = owner_engine(directory, owner_password, tls=tls)
    try:
        begun = monotonic()
        upgraded = await upgrade(engine, History.DIRECTORY, again=again)
        outcomes = [_success("directory", directory, begun, upgraded)]
        async with engine.connect() as connection:
            found = await list_shards(connection)
        progress(outcomes[0], 1, len(found) + 1)
        for shard in found:
            outcomes.append(await _migrate_shard(engine, shard, owner_password, tls=tls, again=again))
            progress(outcomes[-1], len(outcomes), len(found) + 1)
        return outcomes
    finally:
        await engine.dispose()


async def list_shards(directory: AsyncConnection) -> list[Shard]:
    """The shards that the directory knows, by name."""
    rows = await directory.execute(select(shards).order_by(shards.c.name))
    return [
        Shard(row["id"], row["name"], Address(row["host"], row["port"], row["database"]))
        for row in rows.mappings()
    ]


async def register_shard(directory: AsyncConnection, *, name: str, address: Address) -> Shard:
    """Tells the directory of a shard, or where it is now; runs as the worker, in the caller's transaction."""
    where = {"host": address.host, "port": address.port, "database": address.database}
    statement = (
        insert(shards)
        .values(name=name, **where)
        .on_conflict_do_update(index_elements=["name"], set_=where)
        .returning(shards.c.id)
    )
    shard_id: int = (await directory.execute(statement)).scalar_one()
    return Shard(shard_id, name, address)


async def _migrate_shard(
    directory: AsyncEngine, shard: Shard, owner_password: str, *, tls: Tls, again: bool
) -> Outcome:
    begun = monotonic()
    try:
        upgraded = await upgrade_database(History.SHARD, shard.address, owner_password, tls=tls, again=again)
    except (OSError, TimeoutError, SQLAlchemyError, asyncpg.PostgresError, FediflowError) as error:
        await _forget(directory, shard)
        return Outcome(shard.name, shard.address, monotonic() - begun, error=_reason(error))
    await _remember(directory, shard, upgraded)
    return _success(shard.name, shard.address, begun, upgraded)


def _success(name: str, address: Address, begun: float, upgraded: Upgraded) -> Outcome:
    return Outcome(name, address, monotonic() - begun, version=upgraded.version, changed=upgraded.changed)


async def _remember(directory: AsyncEngine, shard: Shard, upgraded: Upgraded) -> None:
    values = {
        "version": upgraded.version,
        "idempotent_checksum": upgraded.checksum,
        "migrated_at": func.now(),
    }
    statement = insert(shard_versions).values(shard_id=shard.id, **values)
    async with directory.begin() as connection:
        await connection.execute(statement.on_conflict_do_update(index_elements=["shard_id"], set_=values))


async def _forget(directory: AsyncEngine, shard: Shard) -> None:
    """Its version is not known until a run succeeds."""
    async with directory.begin() as connection:
        await connection.execute(delete(shard_versions).where(shard_versions.c.shard_id == shard.id))


def _reason(error: BaseException) -> str:
    """The first line: what follows can hold rows."""
    return f"{type(error).__name__}: {error}".splitlines()[0]

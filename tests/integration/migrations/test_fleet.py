"""`migrate` goes over the directory and all shards, names what fails, and goes on where it ended."""

import asyncio

import pytest
from sqlalchemy import select, text

from kernel.database.provision import provision_database
from kernel.database.roles import DatabaseRole
from migrations.fleet import Outcome, list_shards, migrate_fleet, register_shard
from migrations.schema import History
from migrations.upgrade import head, upgrade_database
from migrations.versions import UnknownVersion, current_version, require_known_version
from tenants.lint import lint_database
from tenants.tables import shard_versions, shards
from tests.databases import Databases, drop_database


async def test_a_shard_that_fails_is_named_and_the_next_run_continues(own_databases: Databases) -> None:
    late = f"late_{own_databases.shard.database}"
    await _register(own_databases, "late", late)
    outcomes = {outcome.name: outcome for outcome in await _migrate(own_databases)}
    assert list(outcomes) == ["directory", "late", "one", "two"]
    assert "does not exist" in str(outcomes["late"].error)
    assert outcomes["one"].version == outcomes["two"].version == head(History.SHARD)
    assert await _versions(own_databases) == {"one": head(History.SHARD), "two": head(History.SHARD)}
    try:
        await provision_database(own_databases.administrator, late)
        again = {outcome.name: outcome for outcome in await _migrate(own_databases)}
        assert {name: (outcome.changed, outcome.error) for name, outcome in again.items()} == {
            "directory": (False, None),
            "late": (True, None),
            "one": (False, None),
            "two": (False, None),
        }
        assert set(await _versions(own_databases)) == {"late", "one", "two"}
    finally:
        await drop_database(own_databases.administrator, late)


async def test_progress_is_told_after_each_database(own_databases: Databases) -> None:
    told: list[tuple[str, int, int]] = []

    def progress(outcome: Outcome, done: int, of: int) -> None:
        told.append((outcome.name, done, of))

    owner = own_databases.passwords[DatabaseRole.OWNER]
    await migrate_fleet(own_databases.directory, owner, progress=progress)
    assert told == [("directory", 1, 3), ("one", 2, 3), ("two", 3, 3)]


async def test_a_shard_registered_again_moves(own_databases: Databases) -> None:
    await _register(own_databases, "one", "elsewhere")
    async with own_databases.connect(own_databases.directory) as connection:
        found = {shard.name: shard.address.database for shard in await list_shards(connection)}
    assert found == {"one": "elsewhere", "two": own_databases.shards["two"].database}


async def test_two_runs_at_once_are_one_after_the_other(own_databases: Databases) -> None:
    name = f"fresh_{own_databases.shard.database}"
    address = await provision_database(own_databases.administrator, name)
    owner = own_databases.passwords[DatabaseRole.OWNER]
    try:
        runs = [upgrade_database(History.SHARD, address, owner) for _ in range(3)]
        assert sorted(upgraded.changed for upgraded in await asyncio.gather(*runs)) == [False, False, True]
        async with own_databases.connect(address) as connection:
            assert await lint_database(connection) == []
    finally:
        await drop_database(own_databases.administrator, name)


async def test_policies_meddled_with_are_put_right_on_demand(own_databases: Databases) -> None:
    async with own_databases.driver(own_databases.shard, DatabaseRole.OWNER) as owner:
        await owner.execute("drop policy tenant_floor on fediflow.users")
        await owner.execute("grant select on fediflow.outbox to fediflow_app")
        await owner.execute('create policy "Let all in" on fediflow.users using (true)')
        await owner.execute("create policy extra on fediflow.alembic_version using (true)")
    assert [one.changed for one in await _migrate(own_databases)] == [False, False, False]
    assert [one.changed for one in await _migrate(own_databases, again=True)] == [True, True, True]
    async with own_databases.connect(own_databases.shard) as connection:
        assert await lint_database(connection) == []


async def test_a_metrics_database_has_a_history_too(own_databases: Databases) -> None:
    name = f"metrics_{own_databases.shard.database}"
    address = await provision_database(own_databases.administrator, name)
    try:
        owner = own_databases.passwords[DatabaseRole.OWNER]
        upgraded = await upgrade_database(History.METRICS, address, owner)
        assert upgraded.version == head(History.METRICS)
        assert not (await upgrade_database(History.METRICS, address, owner)).changed
    finally:
        await drop_database(own_databases.administrator, name)


async def test_the_application_knows_the_version_it_serves(own_databases: Databases) -> None:
    async with own_databases.connect(own_databases.shard) as connection:
        assert await require_known_version(connection, History.SHARD, name="one") == head(History.SHARD)


async def test_an_unknown_version_is_refused(own_databases: Databases) -> None:
    async with own_databases.driver(own_databases.shard, DatabaseRole.OWNER) as owner:
        await owner.execute("update fediflow.alembic_version set version_num = '9999'")
    async with own_databases.connect(own_databases.shard) as connection:
        with pytest.raises(
            UnknownVersion, match=r"one has version 9999.* run the release that it belongs to"
        ):
            await require_known_version(connection, History.SHARD, name="one")
    outcomes = {outcome.name: outcome.error for outcome in await _migrate(own_databases)}
    assert "has version 9999: no migration here knows it" in str(outcomes["one"])
    assert outcomes["two"] is None


async def test_a_database_that_was_never_migrated_is_refused(own_databases: Databases) -> None:
    name = f"empty_{own_databases.shard.database}"
    address = await provision_database(own_databases.administrator, name)
    try:
        async with own_databases.connect(address, DatabaseRole.WORKER) as connection:
            assert await current_version(connection) is None
            with pytest.raises(UnknownVersion, match="never migrated"):
                await require_known_version(connection, History.SHARD, name="empty")
            assert (await connection.execute(text("select 1"))).scalar() == 1
    finally:
        await drop_database(own_databases.administrator, name)


async def _migrate(databases: Databases, *, again: bool = False) -> list[Outcome]:
    return await migrate_fleet(databases.directory, databases.passwords[DatabaseRole.OWNER], again=again)


async def _register(databases: Databases, name: str, database: str) -> None:
    async with databases.connect(databases.directory, DatabaseRole.WORKER) as connection:
        await register_shard(connection, name=name, address=databases.directory.beside(database))
        await connection.commit()


async def _versions(databases: Databases) -> dict[str, str]:
    query = select(shards.c.name, shard_versions.c.version).join(
        shards, shards.c.id == shard_versions.c.shard_id
    )
    async with databases.connect(databases.directory) as connection:
        return {row.name: row.version for row in await connection.execute(query)}

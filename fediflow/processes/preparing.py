"""From a running, perhaps empty PostgreSQL to migrated databases that the directory knows."""

from collections.abc import Callable, Sequence

from fediflow.processes.machine import DIRECTORY, Machine
from kernel.database.addresses import parse_login
from kernel.database.engines import create_engine
from kernel.database.provision import provision_database, provision_roles
from kernel.database.roles import DatabaseRole
from kernel.errors import ErrorCode, FediflowError
from kernel.settings import Settings
from migrations.fleet import migrate_fleet, register_shard
from migrations.schema import History
from migrations.upgrade import upgrade_database


class UnableToPrepare(FediflowError):
    """A database of this machine could not be brought to this program's schema."""

    code = ErrorCode.UNAVAILABLE


async def prepare(
    machine: Machine, settings: Settings, shards: Sequence[str], tell: Callable[[str], None]
) -> None:
    """Roles, databases, schemas; everything that is there already stays. Can be interrupted and run again."""
    tell("preparing databases")
    administrator = parse_login(machine.postgres.admin_url)
    await provision_roles(administrator, machine.passwords)
    for database in (DIRECTORY, *map(shard_database, shards)):
        await provision_database(administrator, database)
    owner = settings.password(DatabaseRole.OWNER)
    await upgrade_database(History.DIRECTORY, settings.directory_url, owner)
    await _register(machine, settings, shards)
    tell("migrating")
    for outcome in await migrate_fleet(settings.directory_url, owner):
        if outcome.error:
            raise UnableToPrepare(f"the database {outcome.name} could not be migrated: {outcome.error}")


async def _register(machine: Machine, settings: Settings, shards: Sequence[str]) -> None:
    """Also at every later start: the folder may have been moved."""
    worker = settings.password(DatabaseRole.WORKER)
    engine = create_engine(settings.directory_url, DatabaseRole.WORKER, worker, pool_size=0)
    async with engine.begin() as connection:
        for name in shards:
            await register_shard(connection, name=name, address=machine.address(shard_database(name)))
    await engine.dispose()


def shard_database(shard: str) -> str:
    """How a shard's database is called here."""
    return f"fediflow_{shard}"

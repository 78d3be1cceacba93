"""An index that was filled before there were blocks is filled anew; another engine's is not."""

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

import migrations
from kernel.database.provision import provision_database
from kernel.database.roles import DatabaseRole
from migrations.schema import History
from migrations.upgrade import owner_engine, upgrade
from tests.databases import Databases, drop_database

_AS_POLICIES_LEAVE_IT = """
alter table fediflow.search_fillings enable row level security, force row level security
"""
_IS_FORCED = "select relforcerowsecurity from pg_class where oid = 'fediflow.search_fillings'::regclass"


def _to_the_one_before(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", f"{migrations.__path__[0]}/shard")
    config.attributes["connection"] = connection
    command.upgrade(config, "0008")


@pytest.mark.parametrize(("filled", "left"), [("postgresql", ""), ("opensearch", "opensearch")])
async def test_the_index_in_the_database_is_noted_as_not_filled(
    databases: Databases, filled: str, left: str
) -> None:
    name = f"filled_{databases.shard.database}"
    address = await provision_database(databases.administrator, name)
    engine = owner_engine(address, databases.passwords[DatabaseRole.OWNER])
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_to_the_one_before)
            await connection.execute(
                text("insert into fediflow.search_fillings (engine) values (:engine)"), {"engine": filled}
            )
            await connection.execute(text(_AS_POLICIES_LEAVE_IT))
            await connection.commit()
        await upgrade(engine, History.SHARD)
        async with databases.driver(address, None) as administrator:
            noted = await administrator.fetch("select engine from fediflow.search_fillings")
            assert [row["engine"] for row in noted] == [left]
            assert await administrator.fetchval(_IS_FORCED)
    finally:
        await engine.dispose()
        await drop_database(databases.administrator, name)

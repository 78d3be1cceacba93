"""Who may connect as what: powerful roles are refused, and nothing of a tenant stays on a pooled connection."""

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel.database.guard import RoleTooPowerful, refuse_if_too_powerful
from kernel.database.roles import DatabaseRole
from kernel.outbox.append import append
from tenants.door import set_tenant
from tenants.model import TenantId
from tests.databases import Databases
from tests.isolation.conftest import administrator_engine, run_script
from tests.isolation.world import USERS, World

_APP = "set local session authorization fediflow_app"


@pytest.mark.parametrize("role", [DatabaseRole.APP, DatabaseRole.WORKER, DatabaseRole.ANALYST])
async def test_the_roles_of_processes_are_accepted(arena: Databases, role: DatabaseRole) -> None:
    for address in (arena.directory, arena.shard):
        async with arena.connect(address, role) as connection:
            await refuse_if_too_powerful(connection)


@pytest.mark.parametrize(
    ("role", "reason"),
    [(DatabaseRole.OWNER, "owns tables"), (DatabaseRole.MOVER, "bypasses row-level security")],
)
async def test_a_powerful_role_is_refused(arena: Databases, role: DatabaseRole, reason: str) -> None:
    async with arena.connect(arena.shard, role) as connection:
        with pytest.raises(RoleTooPowerful, match=reason):
            await refuse_if_too_powerful(connection)


async def test_a_superuser_is_refused(arena: Databases) -> None:
    async with administrator_engine(arena, arena.shard) as engine, engine.connect() as connection:
        with pytest.raises(RoleTooPowerful, match="it is a superuser"):
            await refuse_if_too_powerful(connection)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("alter role fediflow_app superuser", "superuser"),
        ("alter role fediflow_app bypassrls", "bypasses"),
        ("alter role fediflow_app createrole", "may create roles"),
        ("grant fediflow_mover to fediflow_app", "member of another role"),
        ("alter table fediflow.users owner to fediflow_app", "owns tables"),
        ("grant create on schema fediflow to fediflow_app", "may create objects"),
        ("grant create on database {database} to fediflow_app", "may create schemas"),
        ("grant temporary on database {database} to public", "temporary tables"),
        ("grant execute on function set_config to fediflow_app", "set_config"),
    ],
)
async def test_the_application_with_one_power_more_is_refused(
    arena: Databases, sql: str, reason: str
) -> None:
    async with administrator_engine(arena, arena.shard) as engine, engine.connect() as connection:
        await run_script(connection, f"{sql.format(database=arena.shard.database)}; {_APP}")
        with pytest.raises(RoleTooPowerful, match=reason):
            await refuse_if_too_powerful(connection)
        await connection.rollback()


async def test_the_next_borrower_of_a_connection_has_no_tenant(arena: Databases, world: World) -> None:
    await world.lay_out({1: 2})
    count = text(f"select count(*) from {USERS.name}")
    engine = arena.engine(arena.shard, pool_size=1)
    try:
        backends = set()
        for ending in ("commit", "rollback", "failure"):
            async with engine.connect() as connection:
                await connection.execute(text(set_tenant(TenantId(1))))
                assert (await connection.execute(count)).scalar() == 2
                backends.add((await connection.execute(text("select pg_backend_pid()"))).scalar())
                if ending == "commit":
                    await connection.commit()
                elif ending == "failure":
                    with pytest.raises(DBAPIError):
                        await connection.execute(text("select 1 / 0"))
            async with engine.connect() as connection:
                assert (await connection.execute(count)).scalar() == 0
                assert (
                    await connection.execute(text("select current_setting('app.tenant_id', true)"))
                ).scalar() in (
                    None,
                    "",
                )
        assert len(backends) == 1
    finally:
        await engine.dispose()


async def test_the_owner_is_told_instead_of_changing_nothing(arena: Databases) -> None:
    async with arena.driver(arena.shard, DatabaseRole.OWNER) as owner:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await owner.execute(f"update {USERS.name} set display_name = 'x'")


async def test_the_mover_reads_all_and_writes_nothing(arena: Databases, world: World) -> None:
    await world.lay_out({1: 2, 2: 1})
    async with arena.driver(arena.shard, DatabaseRole.MOVER) as mover:
        assert await mover.fetchval(f"select count(*) from {USERS.name}") == 3
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await mover.execute(f"delete from {USERS.name}")


async def test_the_worker_empties_queues_and_sees_one_tenant_at_a_time(
    arena: Databases, world: World
) -> None:
    await world.lay_out({1: 2, 2: 1})
    for tenant in (1, 2):
        async with arena.connect(arena.shard) as application:
            await application.execute(text(set_tenant(TenantId(tenant))))
            await append(application, tenant_id=tenant, event="x", object_type="user", object_id=1)
            await application.commit()
    async with arena.driver(arena.shard, DatabaseRole.WORKER) as worker:
        rows = await worker.fetch("delete from fediflow.outbox returning tenant_id")
        assert sorted(row["tenant_id"] for row in rows) == [1, 2]
        assert await worker.fetchval(f"select count(*) from {USERS.name}") == 0
        async with worker.transaction():
            await worker.execute(set_tenant(TenantId(2)))
            assert await worker.fetchval(f"select count(*) from {USERS.name}") == 1


async def test_copying_in_is_refused_and_copying_out_shows_own_rows(arena: Databases, world: World) -> None:
    await world.lay_out({1: 1, 2: 2})
    lines: list[bytes] = []

    async def keep(part: bytes) -> None:
        lines.append(part)

    async with arena.driver(arena.shard) as application, application.transaction():
        await application.execute(set_tenant(TenantId(1)))
        await application.copy_from_query(f"select tenant_id from {USERS.name}", output=keep)
        assert b"".join(lines).split() == [b"1"]
        with pytest.raises(asyncpg.FeatureNotSupportedError, match="row-level security"):
            await application.copy_records_to_table(
                "user_external_ids",
                schema_name="fediflow",
                records=[(2, "x", "y", 1)],
                columns=["tenant_id", "type", "value", "user_id"],
            )


async def test_switching_row_security_off_is_an_error_and_not_more_rows(arena: Databases) -> None:
    async with arena.driver(arena.shard) as application:
        await application.execute("set row_security = off")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await application.fetch(f"select * from {USERS.name}")


async def test_the_directory_lets_the_application_read_and_not_move_a_tenant(arena: Databases) -> None:
    async with arena.driver(arena.directory) as application:
        assert await application.fetchval("select count(*) from fediflow.shards") == 2
        for sql in (
            "update fediflow.tenants set shard_id = 1",
            "delete from fediflow.tenants",
            "update fediflow.shards set host = 'x'",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await application.execute(sql)

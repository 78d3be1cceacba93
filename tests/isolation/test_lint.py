"""The catalogue lint is silent about our arena and finds every violation planted in one."""

import pytest
from sqlalchemy import BigInteger, Column, MetaData, Table, text

from kernel.database.roles import DatabaseRole
from kernel.tables import SCHEMA, DataClass, TableClass
from tenants.lint import RULES, DatabaseKind, lint_database
from tenants.lint.catalogue import Catalogue, read_catalogue
from tenants.lint.rows import no_class
from tests.databases import Databases
from tests.isolation.conftest import administrator_engine, run_script

_PARTITION = """
    create table fediflow.whole (tenant_id bigint) partition by range (tenant_id);
    create table fediflow.piece partition of fediflow.whole default;
    grant select on fediflow.piece to fediflow_app
"""
_NULLABLE = """
    alter table fediflow.users drop constraint users_pkey cascade;
    alter table fediflow.users alter column tenant_id drop not null
"""
_SHORT_KEY = """
    create unique index on fediflow.users (id);
    alter table fediflow.user_emails add constraint short foreign key (user_id) references fediflow.users (id)
"""
_SET_NULL = """
    alter table fediflow.role_assignments add constraint bare
    foreign key (tenant_id, granted_by_id) references fediflow.users (tenant_id, id) on delete set null
"""
_EXCLUSION = "alter table fediflow.users add constraint apart exclude using btree (handle with =)"
_STRAY = "create table public.stray (id int); grant select on public.stray to fediflow_app"
_DEFINER = "create function fediflow.f() returns int language sql security definer as 'select 1'"

# rule, object, how it is broken
VIOLATIONS = [
    ("no-class", "fediflow.stray", "create table fediflow.stray (id int)"),
    ("no-class", "fediflow.users.stray", "alter table fediflow.users add column stray text"),
    ("no-class", "fediflow.users.biography", "alter table fediflow.users drop column biography"),
    ("no-class", "fediflow.credentials", "drop table fediflow.credentials"),
    ("no-class", "public.stray", _STRAY),
    ("row-security-off", "fediflow.users", "alter table fediflow.users disable row level security"),
    ("row-security-off", "fediflow.outbox", "alter table fediflow.outbox disable row level security"),
    ("row-security-off", "fediflow.piece", _PARTITION),
    ("row-security-not-forced", "fediflow.users", "alter table fediflow.users no force row level security"),
    ("policies-differ", "fediflow.users.tenant_floor", "drop policy tenant_floor on fediflow.users"),
    ("policies-differ", "fediflow.users.extra", "create policy extra on fediflow.users using (true)"),
    ("policies-differ", "fediflow.users.tenant_rows", "alter policy tenant_rows on fediflow.users to public"),
    ("policies-differ", "fediflow.outbox.queue_append", "drop policy queue_append on fediflow.outbox"),
    ("tenant-id-wrong", "fediflow.users", _NULLABLE),
    (
        "unique-without-tenant",
        "fediflow.users.broken",
        "create unique index broken on fediflow.users (handle)",
    ),
    (
        "unique-without-tenant",
        "fediflow.users.late",
        "create unique index late on fediflow.users (id, tenant_id)",
    ),
    ("unique-without-tenant", "fediflow.users.apart", _EXCLUSION),
    ("foreign-key-without-tenant", "fediflow.user_emails.short", _SHORT_KEY),
    ("bare-set-null", "fediflow.role_assignments.bare", _SET_NULL),
    ("role-missing", "fediflow_analyst", "alter role fediflow_analyst rename to somebody_else"),
    ("too-powerful", "fediflow_app", "alter role fediflow_app superuser"),
    ("too-powerful", "fediflow_worker", "alter role fediflow_worker bypassrls"),
    ("too-powerful", "fediflow_app", "grant fediflow_owner to fediflow_app"),
    ("too-powerful", "fediflow_app", "grant create on schema fediflow to fediflow_app"),
    ("too-powerful", "fediflow_app", "grant create on schema public to public"),
    ("too-powerful", "fediflow_app", "grant temporary on database {database} to fediflow_app"),
    ("too-powerful", "fediflow_worker", "grant create on database {database} to fediflow_worker"),
    ("set-config-executable", "fediflow_app", "grant execute on function set_config to public"),
    ("set-config-executable", "fediflow_worker", "grant execute on function set_config to fediflow_worker"),
    ("owned-by-held-role", "fediflow.users", "alter table fediflow.users owner to fediflow_app"),
    ("may-truncate", "fediflow.users", "grant truncate on fediflow.users to fediflow_worker"),
    ("grants-differ", "fediflow.users", "grant references on fediflow.users to fediflow_app"),
    ("grants-differ", "fediflow.users", "revoke select on fediflow.users from fediflow_app"),
    ("grants-differ", "fediflow.users", "grant select on fediflow.users to public"),
    ("grants-differ", "fediflow.outbox", "grant select on fediflow.outbox to fediflow_app"),
    (
        "grants-differ",
        "fediflow.outbox.position",
        "grant insert (position) on fediflow.outbox to fediflow_app",
    ),
    ("grants-differ", "fediflow.alembic_version", "grant update on fediflow.alembic_version to fediflow_app"),
    ("view-as-owner", "fediflow.v", "create view fediflow.v as select * from fediflow.users"),
    (
        "materialised-view-readable",
        "fediflow.m",
        "create materialized view fediflow.m as select 1 as x; grant select on fediflow.m to fediflow_app",
    ),
    ("definer-without-search-path", "fediflow.f()", _DEFINER),
]


@pytest.mark.parametrize("kind", ["shard", "directory"])
@pytest.mark.parametrize("role", [DatabaseRole.APP, DatabaseRole.OWNER])
async def test_a_migrated_database_is_clean(arena: Databases, kind: DatabaseKind, role: DatabaseRole) -> None:
    address = arena.shard if kind == "shard" else arena.directory
    async with arena.connect(address, role) as connection:
        assert await lint_database(connection, kind=kind) == []


@pytest.mark.parametrize(
    ("rule", "where", "sql"), VIOLATIONS, ids=[f"{r}:{o}:{n}" for n, (r, o, _) in enumerate(VIOLATIONS)]
)
async def test_a_planted_violation_is_found(arena: Databases, rule: str, where: str, sql: str) -> None:
    async with administrator_engine(arena, arena.shard) as engine, engine.connect() as connection:
        await run_script(connection, sql.format(database=arena.shard.database))
        found = await lint_database(connection)
        await connection.rollback()
    assert (rule, where) in {(finding.rule, finding.object) for finding in found}


def test_every_rule_has_a_planted_violation() -> None:
    assert {rule for rule, _, _ in VIOLATIONS} == {rule.__name__.replace("_", "-") for rule in RULES}


async def test_the_application_changing_a_tenants_shard_is_found(arena: Databases) -> None:
    async with administrator_engine(arena, arena.directory) as engine, engine.connect() as connection:
        await connection.execute(text("grant update on fediflow.tenants to fediflow_app"))
        found = await lint_database(connection, kind="directory")
        await connection.rollback()
    assert [(finding.rule, finding.object) for finding in found] == [("grants-differ", "fediflow.tenants")]


def test_a_table_or_column_that_declares_no_class_is_found() -> None:
    described = MetaData(schema=SCHEMA)
    Table("unsaid", described, Column("id", BigInteger, info={"class": DataClass.PUBLIC}))
    Table(
        "half_said",
        described,
        Column("id", BigInteger),
        Column("name", BigInteger, info={"class": DataClass.PERSONAL}),
        info={"class": TableClass.TENANT},
    )
    empty = Catalogue((), (), (), (), (), (), (), ())
    sentences = " ".join(finding.sentence for finding in no_class(empty, described))
    assert "the table unsaid has no class" in sentences


async def test_columns_without_class_or_reason_are_found(arena: Databases) -> None:
    described = MetaData(schema=SCHEMA)
    users = Table(
        "users",
        described,
        Column("id", BigInteger),
        Column("handle", BigInteger, info={"class": DataClass.PERSONAL}),
        info={"class": TableClass.TENANT},
    )
    async with arena.connect(arena.shard) as connection:
        catalogue = await read_catalogue(connection)
    found = {finding.object: finding.sentence for finding in no_class(catalogue, described)}
    assert "has no class" in found[f"{users}.id"]
    assert "does not say why" in found[f"{users}.handle"]

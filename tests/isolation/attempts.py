"""What somebody with raw SQL as the application might try, and what must become of each try.

An attempt acts for one tenant (or none) and aims at another. How a refusal is worded is stated exactly, so that an attempt
which is merely wrong SQL fails the test instead of passing it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg

from tests.isolation.world import EMAILS, NEW_NUMBER, NUMBERS, SAMPLES, USERS, Sample

_DENIED = ("42501",)
_TAKEN = ("23505",)
_NO_PARENT = ("23503",)
_UNSUPPORTED = ("0A000", "22000")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One statement: refused in one of these ways, always or perhaps; otherwise it shows the acting tenant's rows only."""

    name: str
    sql: str
    refused: tuple[str, ...] = ()
    always: bool = False
    no_rows: bool = False


@dataclass(frozen=True, slots=True)
class Leak:
    """An attempt that went further than it may."""

    attempt: str
    acting: int | None
    what: str


def attempts(acting: int | None, other: int, own_rows: int) -> Iterator[Attempt]:
    """All attempts at the other's rows, for a tenant with so many rows of its own in each table."""
    for sample in SAMPLES:
        yield from _reading(sample, other)
        yield from _changing(sample, other)
        yield from _adding(sample, other)
    yield from _asking_keys(acting, own_rows)
    yield from _queueing(acting, other)
    yield from _escaping(other)


async def readable(connection: "asyncpg.Connection[Any]") -> list[Attempt]:
    """One select of every table and view that the connection's role may read and that tells tenants apart."""
    rows = await connection.fetch(
        """
        select a.attrelid::regclass::text as name
        from pg_catalog.pg_attribute a
        join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'v', 'm', 'f')
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname = 'fediflow'
        where a.attname = 'tenant_id' and pg_catalog.has_column_privilege(c.oid, a.attnum, 'select')
        """
    )
    return [Attempt(f"select {row['name']}", f"select tenant_id from {row['name']}") for row in rows]


async def carry_out(
    connection: "asyncpg.Connection[Any]", attempt: Attempt, acting: int | None, *, keep: bool = False
) -> Leak | None:
    """Makes the attempt inside the running transaction, whose tenant is set; `keep` keeps what it changed."""
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        rows = await connection.fetch(attempt.sql)
    except asyncpg.PostgresError as error:
        await savepoint.rollback()
        if error.sqlstate in attempt.refused:
            return None
        return Leak(attempt.name, acting, f"ended with {error.sqlstate}: {error}")
    await (savepoint.commit() if keep else savepoint.rollback())
    return _verdict(attempt, rows, acting)


def _verdict(attempt: Attempt, rows: list[asyncpg.Record], acting: int | None) -> Leak | None:
    if attempt.always:
        return Leak(attempt.name, acting, "was not refused")
    if attempt.no_rows:
        return Leak(attempt.name, acting, f"returned {len(rows)} rows") if rows else None
    strangers = sorted({row["tenant_id"] for row in rows} - {acting})
    return Leak(attempt.name, acting, f"showed rows of {strangers}") if strangers else None


def _reading(sample: Sample, other: int) -> Iterator[Attempt]:
    table, rows = sample.name, f"select tenant_id from {sample.name}"
    yield Attempt(f"select {table}", rows)
    yield Attempt(f"select the other's {table}", f"{rows} where tenant_id = {other} or true")
    yield Attempt(f"lock {table}", f"{rows} for update")
    yield Attempt(
        f"join {table}",
        f"select b.tenant_id from {table} a full join {table} b on a.tenant_id < b.tenant_id where b.tenant_id is not null",
    )
    # Were it evaluated before the policy, the error would tell.
    yield Attempt(
        f"divide by the other's {table}", f"{rows} where 1 / (tenant_id - {other})::int is not null"
    )
    # The planner's statistics hold values of all tenants.
    yield Attempt(
        f"statistics of {table}", f"select 1 from pg_stats where tablename = '{sample.table}'", no_rows=True
    )


def _changing(sample: Sample, other: int) -> Iterator[Attempt]:
    table, own = sample.name, f"{sample.harmless} = {sample.harmless}"
    aimed = f"where tenant_id = {other} returning tenant_id"
    yield Attempt(f"update {table}", f"update {table} set {own} returning tenant_id")
    yield Attempt(f"update the other's {table}", f"update {table} set {own} {aimed}")
    yield Attempt(f"delete {table}", f"delete from {table} returning tenant_id")
    yield Attempt(f"delete the other's {table}", f"delete from {table} {aimed}")
    yield Attempt(
        f"move {table}",
        f"update {table} set tenant_id = {other} returning 1",
        _DENIED + _NO_PARENT,
        no_rows=True,
    )
    merge = f"merge into {table} t using (values ({other}::bigint)) s (id) on t.tenant_id = s.id when matched then"
    yield Attempt(f"merge {table}", f"{merge} delete")


def _adding(sample: Sample, other: int) -> Iterator[Attempt]:
    table = sample.name
    yield Attempt(
        f"insert for the other into {table}", sample.insert(other, NEW_NUMBER), _DENIED, always=True
    )
    yield Attempt(
        f"upsert the other's {table}",
        f"{sample.insert(other, NUMBERS[0])} on conflict ({', '.join(sample.key)}) "
        f"do update set {sample.harmless} = excluded.{sample.harmless}",
        _DENIED,
        always=True,
    )


def _asking_keys(acting: int | None, own_rows: int) -> Iterator[Attempt]:
    """Keys answer as if the other tenants did not exist: what only they have is neither taken nor there."""
    last = NUMBERS[-1]
    has_last = own_rows >= len(NUMBERS)
    handle = USERS.insert(acting or 0, NEW_NUMBER, handle=f"'anna{last}'")
    email = EMAILS.insert(acting or 0, NEW_NUMBER, user_id=str(last), is_primary="false")
    if acting is None:
        yield Attempt("insert without a tenant", handle, _DENIED, always=True)
        return
    yield Attempt("take a handle", handle, _TAKEN if has_last else (), always=has_last)
    yield Attempt("refer to a user", email, () if has_last else _NO_PARENT, always=not has_last)


def _queueing(acting: int | None, other: int) -> Iterator[Attempt]:
    def insert(tenant: int, columns: str = "", values: str = "") -> str:
        return (
            f"insert into fediflow.outbox (tenant_id, event, object_type, object_id{columns}) "
            f"values ({tenant}, 'x', 'user', 1{values})"
        )

    yield Attempt("queue for the other", insert(other), _DENIED, always=True)
    yield Attempt("read the queue", "select * from fediflow.outbox", _DENIED, always=True)
    yield Attempt("change the queue", "update fediflow.outbox set event = 'y'", _DENIED, always=True)
    yield Attempt("empty the queue", "delete from fediflow.outbox", _DENIED, always=True)
    yield Attempt("set the clock", "update fediflow.outbox_clock set position = 0", _DENIED, always=True)
    if acting is not None:
        yield Attempt("queue", insert(acting), no_rows=True)
        yield Attempt("queue with a position", insert(acting, ", position", ", 7"), _DENIED, always=True)


def _escaping(other: int) -> Iterator[Attempt]:
    denied = {
        "call set_config": f"select set_config('app.tenant_id', '{other}', true)",
        "become the owner": "set local role fediflow_owner",
        "become the mover": "set local role fediflow_mover",
        "become a superuser": "set local session authorization postgres",
        "truncate": f"truncate {USERS.name} cascade",
        "make a temporary table": "create temporary table loot (id int)",
        "make a table": "create table fediflow.loot (id int)",
        "make a table elsewhere": "create table public.loot (id int)",
        "make a schema": "create schema loot",
        "make a function": "create function fediflow.loot() returns int language sql as 'select 1'",
        "make a view": f"create view fediflow.loot as select * from {USERS.name}",
        "switch row security off": f"alter table {USERS.name} disable row level security",
        "make a policy": f"create policy loot on {USERS.name} using (true)",
        "drop a policy": f"drop policy tenant_floor on {USERS.name}",
        "make a trigger": f"create trigger loot before update on {USERS.name} execute function suppress_redundant_updates_trigger()",
        "switch triggers off": "set local session_replication_role = replica",
        "read the server's files": "select pg_read_file('PG_VERSION')",
        "read passwords": "select rolpassword from pg_authid",
        "copy from a program": "copy fediflow.users from program 'true'",
        "change the role": "alter role fediflow_app bypassrls",
    }
    yield from (Attempt(name, sql, _DENIED, always=True) for name, sql in denied.items())
    settings = f"update pg_settings set setting = '{other}' where name = "
    yield Attempt("update the tenant in pg_settings", f"{settings} 'app.tenant_id'", _DENIED, no_rows=True)
    yield Attempt("update pg_settings", f"{settings} 'work_mem'", _DENIED, always=True)
    for statement in (f"set app.tenant_id = {other}", f"set local app.tenant_id = {other}"):
        quoted = statement.replace("'", "''")
        yield Attempt(
            f"{statement} inside a query",
            f"select query_to_xml('{quoted}', true, true, '')",
            _UNSUPPORTED,
            always=True,
        )

"""Renders row-level security: the only place where a policy or a grant on a tenant's rows is written.

`render(metadata)` is SQL that can be run again and again, policies before grants. The catalogue lint compares the database
with the same `Policy` and `Grant` values, so anything more or less than what is rendered here is found.
"""

from dataclasses import dataclass

from sqlalchemy import Column, MetaData, Sequence, Table

from kernel.database.roles import DatabaseRole
from kernel.tables import SCHEMA, TableClass
from tenants.registry import table_class

TENANT_SETTING = "app.tenant_id"
# The sub-select makes it a constant of the plan; an empty setting (one reset on a pooled connection) is no tenant.
CANONICAL = f"tenant_id = (select nullif(current_setting('{TENANT_SETTING}', true), '')::bigint)"
# As the catalogue prints it back, the same in 15 and 18; a test compares.
CANONICAL_PRINTED = "(tenant_id = ( SELECT (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::bigint AS \"nullif\"))"

_APP, _WORKER, _MOVER = DatabaseRole.APP, DatabaseRole.WORKER, DatabaseRole.MOVER
_BOTH = (_APP, _WORKER)
_OTHERS = ", ".join(role for role in DatabaseRole if role is not DatabaseRole.OWNER)
# Also those that are not written here; all is one transaction, so nobody sees the tables without.
_DROP_ALL = f"""do $$
declare found record;
begin
  for found in
    select p.polname, c.oid::regclass as relation
    from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
    where c.relnamespace = '{SCHEMA}'::regnamespace and pg_catalog.pg_has_role(c.relowner, 'usage')
  loop
    execute pg_catalog.format('drop policy %I on %s', found.polname, found.relation);
  end loop;
end $$;"""
_READ = ("select",)
_ROWS = ("select", "insert", "update", "delete")
_APPENDED = ("select", "insert")  # a history: what happened stays as it was written


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy of a table; `using` and `check` are None where the command has none."""

    name: str
    permissive: bool
    command: str
    roles: tuple[DatabaseRole, ...]
    using: str | None
    check: str | None

    def sql(self, table: str) -> str:
        """The statement that creates it."""
        kind = "permissive" if self.permissive else "restrictive"
        text = f"create policy {self.name} on {table} as {kind} for {self.command} to {', '.join(self.roles)}"
        if self.using is not None:
            text += f"\n  using ({self.using})"
        if self.check is not None:
            text += f"\n  with check ({self.check})"
        return text + ";"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a role may do with a table, or with some of its columns."""

    role: DatabaseRole
    privileges: tuple[str, ...]
    columns: tuple[str, ...] = ()

    def sql(self, table: str) -> str:
        """The statement that gives it."""
        columns = f" ({', '.join(self.columns)})" if self.columns else ""
        return f"grant {', '.join(self.privileges)}{columns} on table {table} to {self.role};"


# The migrations' own table, which is in no metadata, and every table of reference data.
VERSION_TABLE = "alembic_version"
READABLE = (Grant(_APP, _READ), Grant(_WORKER, _READ), Grant(_MOVER, _READ))


def policies_of(table: Table) -> tuple[Policy, ...]:
    """The policies a table has, and no others.

    The restrictive floor holds whatever permissive policy somebody may add; alone it would show nothing.
    """
    kind = table_class(table)
    if kind is TableClass.TENANT:
        return (
            Policy("tenant_floor", False, "all", _BOTH, CANONICAL, CANONICAL),
            Policy("tenant_rows", True, "all", _BOTH, CANONICAL, CANONICAL),
        )
    if kind is not TableClass.QUEUE:
        return ()
    work = Policy("queue_work", True, "all", (_WORKER,), "true", "true")
    own = "true" if "tenant_id" not in table.c else CANONICAL
    read = (Policy("queue_read", True, "select", (_APP,), own, None),) if table.info["readable"] else ()
    if "tenant_id" not in table.c:  # bookkeeping of the worker
        return (*read, work)
    return (
        Policy("tenant_floor", False, "all", (_APP,), CANONICAL, CANONICAL),
        Policy("queue_append", True, "insert", (_APP,), None, CANONICAL),
        *read,
        work,
    )


def grants_of(table: Table) -> tuple[Grant, ...]:
    """What each role may do with a table, and nothing else."""
    kind = table_class(table)
    if kind is TableClass.DIRECTORY:
        app, worker = table.info["app"], table.info["worker"]
        given = ((_APP, app), (_WORKER, worker), (_MOVER, _READ))
        return tuple(Grant(role, privileges) for role, privileges in given if privileges)
    if kind is TableClass.REFERENCE:
        return READABLE
    if kind is TableClass.TENANT:
        app = _APPENDED if table.info["append_only"] else _ROWS
        return (Grant(_APP, app), Grant(_WORKER, _ROWS), Grant(_MOVER, _READ))
    readable = table.info["readable"]
    read = (Grant(_APP, _READ, readable),) if readable else ()
    work = (*read, Grant(_WORKER, _ROWS), Grant(_MOVER, _READ))
    if "tenant_id" not in table.c:
        return work
    # A queue's row is appended complete: what is nullable is what the worker fills in later, and what the server stamps
    # (the sequence, the time) is nobody's to write: a sequence value taken in advance would stop other tenants' inserts.
    columns = tuple(column.name for column in table.c if not column.nullable and not _is_stamped(column))
    return (Grant(_APP, ("insert",), columns), *work)


def _is_stamped(column: Column[object]) -> bool:
    default = column.server_default
    written = str(getattr(default, "arg", ""))
    return written == "now()" or "next" in written


def render(metadata: MetaData) -> str:
    """Everything the roles may and may not do in a database of these tables."""
    tables = metadata.sorted_tables
    parts = [_base(), _DROP_ALL, *(_rules(table) for table in tables)]
    parts += [_grants(_name(table), grants_of(table)) for table in tables]
    parts += [_sequence_grants(sequence) for sequence in metadata._sequences.values()]
    return "\n".join(parts) + "\n"


def _base() -> str:
    """New functions are nobody's until granted; the migrations' bookkeeping is readable, to check the version."""
    return "\n".join(
        (
            f"revoke all on schema {SCHEMA} from public, {_OTHERS};",
            f"grant usage on schema {SCHEMA} to {_APP}, {_WORKER}, {_MOVER};",
            "alter default privileges revoke execute on functions from public;",
            _grants(f"{SCHEMA}.{VERSION_TABLE}", READABLE),
        )
    )


def _rules(table: Table) -> str:
    """Row-level security of one table, forced on its owner too."""
    name, policies = _name(table), policies_of(table)
    if not policies:
        return f"-- {name}: no row-level security, class {table_class(table)}"
    rules = f"alter table {name} enable row level security, force row level security;"
    return "\n".join((rules, *(policy.sql(name) for policy in policies)))


def _sequence_grants(sequence: Sequence) -> str:
    name = f"{SCHEMA}.{sequence.name}"
    return (
        f"revoke all on sequence {name} from public;\n"
        f"grant usage on sequence {name} to {_APP}, {_WORKER};\n"
        f"grant select on sequence {name} to {_MOVER};"  # a dump without it would start the sequence anew
    )


def _grants(name: str, wanted: tuple[Grant, ...]) -> str:
    """Takes everything away first, so that a grant that is no longer written here ends."""
    lines = [f"revoke all on table {name} from public, {_OTHERS};"]
    return "\n".join((*lines, *(grant.sql(name) for grant in wanted)))


def _name(table: Table) -> str:
    return f"{SCHEMA}.{table.name}"

"""A process that could do more than its role should refuses to start: the policies would not hold it."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.database.roles import DatabaseRole
from kernel.errors import ErrorCode, FediflowError
from kernel.tables import SCHEMA


class RoleTooPowerful(FediflowError):
    """The database role of this process is not held by row-level security."""

    code = ErrorCode.FORBIDDEN


# One row: what is true of the role that is connected. Membership counts however it is inherited or granted.
_POWERS = text(
    """
    select current_user as role,
           current_database() as database,
           session_user <> current_user as switched,
           r.rolsuper as superuser,
           r.rolbypassrls as bypasses,
           r.rolcreaterole or r.rolcreatedb or r.rolreplication as administers,
           exists (select from pg_catalog.pg_auth_members m where m.member = r.oid) as member,
           exists (select from pg_catalog.pg_class c
                   join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                   where n.nspname = :schema and c.relowner = r.oid) as owner,
           exists (select from pg_catalog.pg_namespace n
                   where (n.nspname = :schema or n.nspname = 'public' or n.nspowner = r.oid)
                     and pg_catalog.has_schema_privilege(n.oid, 'create')) as creates,
           pg_catalog.has_database_privilege(current_database(), 'create') as creates_schemas,
           pg_catalog.has_database_privilege(current_database(), 'temporary') as temporary,
           pg_catalog.has_function_privilege(
               'pg_catalog.set_config(text, text, boolean)', 'execute') as set_config
    from pg_catalog.pg_roles r
    where r.rolname = current_user
    """
)
_REASONS = {
    "switched": "it has become another role than it signed in as",
    "superuser": "it is a superuser",
    "bypasses": "it bypasses row-level security",
    "administers": "it may create roles or databases, or replicate",
    "member": "it is a member of another role",
    "owner": "it owns tables",
    "creates": "it may create objects",
    "creates_schemas": "it may create schemas",
    "temporary": "it may create temporary tables",
    "set_config": "it may call set_config, so one injected SELECT could change the tenant",
}


async def refuse_if_too_powerful(connection: AsyncConnection) -> None:
    """Raises `RoleTooPowerful` with every reason. The worker alone may make temporary tables (imports stage there)."""
    powers: dict[str, Any] = dict((await connection.execute(_POWERS, {"schema": SCHEMA})).mappings().one())
    if powers["role"] == DatabaseRole.WORKER:
        powers["temporary"] = False
    reasons = [reason for power, reason in _REASONS.items() if powers[power]]
    if reasons:
        raise RoleTooPowerful(
            f"this process may not run as the database role {powers['role']!r} of {powers['database']!r}: "
            + "; ".join(reasons),
            role=powers["role"],
        )

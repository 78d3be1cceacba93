"""What an administrator does once to a server: the roles, and a database that only they may enter.

Everything here can be done again. Tables, policies and grants on tables are the migrations' work.
"""

import re
from typing import Any

import asyncpg

from kernel.database.addresses import NO_TLS, Address, InvalidAddress, Login, Tls
from kernel.database.roles import DatabaseRole, Passwords, create_roles
from kernel.tables import SCHEMA

CONNECT_TIMEOUT = 10.0
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.ASCII)
_EVERY_ROLE = ", ".join(DatabaseRole)


async def provision_roles(administrator: Login, passwords: Passwords, *, tls: Tls = NO_TLS) -> None:
    """Creates or mends the roles of the administrator's server."""
    connection = await connect_as(administrator, tls=tls)
    try:
        await create_roles(connection, passwords)
    finally:
        await connection.close()


async def provision_database(administrator: Login, database: str, *, tls: Tls = NO_TLS) -> Address:
    """Creates the database where it is missing and closes it to everybody but the roles."""
    _require_name(database)
    connection = await connect_as(administrator, tls=tls)
    try:
        exists = await connection.fetchval(
            "select true from pg_catalog.pg_database where datname = $1", database
        )
        if not exists:
            await connection.execute(
                f"create database {database} template template0 encoding 'UTF8' locale 'C.UTF-8'"
            )
    finally:
        await connection.close()
    inside = Login(administrator.address.beside(database), administrator.user, administrator.password)
    connection = await connect_as(inside, tls=tls)
    try:
        await connection.execute(_closing(database))
    finally:
        await connection.close()
    return inside.address


async def connect_as(login: Login, *, tls: Tls = NO_TLS) -> "asyncpg.Connection[Any]":
    """A single connection, for an administrator's work."""
    return await asyncpg.connect(
        host=login.address.host,
        port=login.address.port,
        database=login.address.database,
        user=login.user,
        password=login.password,
        ssl=tls.context() or False,
        timeout=CONNECT_TIMEOUT,
    )


def _closing(database: str) -> str:
    """`set_config` is revoked because one injected SELECT of it would change the tenant; pg_dump needs it."""
    set_config = "function pg_catalog.set_config(text, text, boolean)"
    return f"""
        revoke all on database {database} from public;
        revoke all on database {database} from {_EVERY_ROLE};
        grant connect on database {database} to {_EVERY_ROLE};
        grant temporary on database {database} to {DatabaseRole.WORKER};
        revoke all on schema public from public;
        create schema if not exists {SCHEMA};
        alter schema {SCHEMA} owner to {DatabaseRole.OWNER};
        grant usage on schema {SCHEMA} to {DatabaseRole.APP}, {DatabaseRole.WORKER}, {DatabaseRole.MOVER};
        revoke execute on {set_config} from public;
        grant execute on {set_config} to {DatabaseRole.OWNER}, {DatabaseRole.MOVER};
    """


def _require_name(database: str) -> None:
    if not _NAME.fullmatch(database):
        raise InvalidAddress(
            f"a database is named by lower-case letters, digits and underscores, not {database!r}"
        )

"""Which versions of a database this code can serve, and how it refuses one that it does not know."""

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import ErrorCode, FediflowError
from kernel.tables import SCHEMA
from migrations.schema import History

# The schema arrives before the code that needs it: a version stays here as long as this code works with it.
KNOWN_VERSIONS = {
    History.DIRECTORY: frozenset({"0001"}),
    History.SHARD: frozenset({"0001"}),
    History.METRICS: frozenset({"0001"}),
}


class UnknownVersion(FediflowError):
    """A database has a schema that this code was not written for."""

    code = ErrorCode.UNAVAILABLE


async def current_version(connection: AsyncConnection) -> str | None:
    """The version of a database, None where it was never migrated. Any of the product's roles may ask."""
    try:
        found = await connection.execute(text(f"select version_num from {SCHEMA}.alembic_version"))
    except ProgrammingError as error:
        await connection.rollback()
        if getattr(error.orig, "sqlstate", "") in ("42P01", "3F000"):  # no such table or schema
            return None
        raise
    version: str | None = found.scalar()
    return version


async def require_known_version(connection: AsyncConnection, history: History, *, name: str) -> str:
    """The version of the database called `name`; raises `UnknownVersion` when this code cannot serve it."""
    version = await current_version(connection)
    if version is None:
        raise UnknownVersion(f"the {history} database {name} was never migrated; run 'fediflow migrate'")
    if version not in KNOWN_VERSIONS[history]:
        known = ", ".join(sorted(KNOWN_VERSIONS[history]))
        raise UnknownVersion(
            f"the {history} database {name} has version {version}, this program serves {known}: "
            "migrate it, or run the program that belongs to it",
            version=version,
        )
    return version

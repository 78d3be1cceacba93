"""Which versions of a database this code can serve, and how it refuses one that it does not know."""

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import ErrorCode, FediflowError
from kernel.tables import SCHEMA
from migrations.schema import History

# Versions before the newest that this code still works with, so that it can run before a database is migrated.
_STILL_SERVED: dict[History, frozenset[str]] = {}


def versions_in(folder: Path) -> frozenset[str]:
    """The versions of a history's folder: what its files are named before the first underscore."""
    return frozenset(path.stem.partition("_")[0] for path in folder.glob("[0-9]*.py"))


def newest(versions: frozenset[str]) -> str:
    """The one that the others lead to: versions are numbers of the same length."""
    return max(versions)


VERSIONS = {history: versions_in(Path(__file__).parent / history / "versions") for history in History}
"""Every version that there is a migration to."""

KNOWN_VERSIONS = {
    history: _STILL_SERVED.get(history, frozenset()) | {newest(versions)}
    for history, versions in VERSIONS.items()
}
"""The versions that this code serves: the newest by itself, others as long as they are named above."""


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
            + _remedy(history, version),
            version=version,
        )
    return version


def require_version_of(history: History, version: str | None, *, name: str) -> None:
    """Raises `UnknownVersion` where a database has a version that no migration here leads to."""
    if version is not None and version not in VERSIONS[history]:
        raise UnknownVersion(
            f"the {history} database {name} has version {version}: {_remedy(history, version)}",
            version=version,
        )


def _remedy(history: History, version: str) -> str:
    if version in VERSIONS[history]:
        return "run 'fediflow migrate'"
    return "no migration here knows it, so run the release that it belongs to"

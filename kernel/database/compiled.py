"""Statements compiled once and run on the driver's own connection: what SQLAlchemy adds to each costs more than they do."""

from typing import Any, TypeAlias

import asyncpg
from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql import asyncpg as driver

# A row as the driver gives it: values by the names of columns.
Row: TypeAlias = "asyncpg.Record[Any]"


class Compiled:
    """A statement whose `bindparam`s are given by name each time it runs. JSON goes in as text, and comes out read."""

    def __init__(self, statement: Executable) -> None:
        compiled = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]  # every statement can be
        self._sql = str(compiled)
        self._constants = dict(compiled.params)
        self._order = tuple(compiled.positiontup or ())

    async def rows(self, connection: "asyncpg.Connection[Any]", **values: Any) -> list[Row]:
        """The rows it finds."""
        given = self._constants | values
        found: list[Row] = await connection.fetch(self._sql, *(given[name] for name in self._order))
        return found

    async def row(self, connection: "asyncpg.Connection[Any]", **values: Any) -> "Row | None":
        """The one row there can be, or None."""
        found = await self.rows(connection, **values)
        assert len(found) <= 1
        return found[0] if found else None


_DIALECT = driver.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's dialects are untyped

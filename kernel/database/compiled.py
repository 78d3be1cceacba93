"""Selects compiled once and run on the driver's own connection: the queries of reads that are not plans."""

from typing import Any

import asyncpg
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql import asyncpg as driver


class Compiled:
    """A select whose `bindparam`s are given by name each time it runs."""

    def __init__(self, query: Select[Any]) -> None:
        compiled = query.compile(dialect=_DIALECT)
        self._sql = str(compiled)
        self._constants = dict(compiled.params)
        self._order = tuple(compiled.positiontup or ())

    async def rows(self, connection: "asyncpg.Connection[Any]", **values: Any) -> list["asyncpg.Record[Any]"]:
        """The rows it finds."""
        given = self._constants | values
        found: list[asyncpg.Record[Any]] = await connection.fetch(
            self._sql, *(given[name] for name in self._order)
        )
        return found

    async def row(self, connection: "asyncpg.Connection[Any]", **values: Any) -> "asyncpg.Record[Any] | None":
        """The one row there can be, or None."""
        found = await self.rows(connection, **values)
        assert len(found) <= 1
        return found[0] if found else None


_DIALECT = driver.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's dialects are untyped

"""The class of every table and column, and what must not be shown because of it.

`Registry()` is made once the `tables` modules are loaded; `mask` hides personal, sensitive and secret values in whatever
is about to be logged, by the names of their keys.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, MetaData, Table

from kernel.tables import DIRECTORY, SHARD, DataClass, TableClass

HIDDEN = "***"
# Names that are no columns, in requests, headers and settings.
_ALWAYS_HIDDEN = frozenset(
    {
        "access_token",
        "authorization",
        "cookie",
        "email",
        "emails",
        "password",
        "refresh_token",
        "secret",
        "set_cookie",
        "token",
        "variables",
    }
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class NoClass(LookupError):
    """A table or column is not in the registry or does not say what class of data it holds."""


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """A column with its class, why it is kept and how long."""

    table: str
    column: str
    kind: DataClass
    purpose: str
    retention: str


class Registry:
    """The classes of all tables of these schemas, as they are described when it is made."""

    def __init__(self, *schemas: MetaData) -> None:
        self._tables = {
            table.name: table for schema in schemas or (SHARD, DIRECTORY) for table in _in(schema)
        }
        personal = {use.column for use in self.columns() if use.kind is not DataClass.PUBLIC}
        # An id names a person only to who may look it up, and without ids a log says nothing.
        self._hidden = _ALWAYS_HIDDEN | {name for name in personal if not name.endswith("_id")}

    def table_class(self, table: str) -> TableClass:
        """Who may touch the table's rows."""
        return table_class(self._table(table))

    def column_class(self, table: str, column: str) -> DataClass:
        """How the column's values are treated."""
        found = self._table(table).c.get(column)
        if found is None:
            raise NoClass(f"{table} has no column {column}")
        return column_use(found).kind

    def columns(self) -> Iterator[ColumnUse]:
        """Every column of every table."""
        return (column_use(column) for table in self._tables.values() for column in table.c)

    def hides(self, name: str) -> bool:
        """Whether values under this name are hidden; `givenName`, `given-name` and `given_name` are one name."""
        return _HUMP.sub("_", name).replace("-", "_").lower() in self._hidden

    def mask(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """A copy with hidden values replaced, at any depth."""
        return {
            name: HIDDEN if self.hides(str(name)) and value is not None else self._masked(value)
            for name, value in values.items()
        }

    def _masked(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return self.mask(value)
        if isinstance(value, (list, tuple)):
            return [self._masked(one) for one in value]
        return value

    def _table(self, name: str) -> Table:
        table = self._tables.get(name)
        if table is None:
            raise NoClass(f"there is no table {name}")
        return table


def table_class(table: Table) -> TableClass:
    """The class a table declares; `NoClass` where it declares none."""
    kind = table.info.get("class")
    if not isinstance(kind, TableClass):
        raise NoClass(f"the table {table.name} has no class")
    return kind


def column_use(column: Column[Any]) -> ColumnUse:
    """What a column declares; anything but public data says why it is kept and how long."""
    kind = column.info.get("class")
    purpose, retention = column.info.get("purpose", ""), column.info.get("retention", "")
    where = f"the column {column.table.name}.{column.name}"
    if not isinstance(kind, DataClass):
        raise NoClass(f"{where} has no class")
    if kind is not DataClass.PUBLIC and not (purpose and retention):
        raise NoClass(f"{where} is {kind} and does not say why it is kept and how long")
    return ColumnUse(column.table.name, column.name, kind, purpose, retention)


def _in(schema: MetaData) -> Iterable[Table]:
    return schema.sorted_tables

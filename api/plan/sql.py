"""From SQLAlchemy Core to the text that PostgreSQL prepares: named parameters become `$n`, constants stay literals."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Text, bindparam, literal_column
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.dialects.postgresql.base import PGCompiler
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.sql.functions import FunctionElement

from api.plan.plan import Binder, Statement
from api.plan.shareable import shared_key
from kernel.entities import TENANT, VIEWER


class Parameters:
    """The named parameters of one statement: their PostgreSQL types and what binds them."""

    def __init__(self) -> None:
        self._types: dict[str, str] = {TENANT.key: "bigint", VIEWER.key: "bigint"}
        self._binders: dict[str, Binder] = {
            TENANT.key: lambda inputs: inputs.principal.tenant.id,
            VIEWER.key: lambda inputs: inputs.principal.viewer_id,
        }
        self._aliases = 0

    def new(self, pg_type: str, binder: Binder) -> BindParameter[Any]:
        """A parameter; what it is bound to is decided per request."""
        key = f"parameter_{len(self._binders)}"
        self._types[key], self._binders[key] = pg_type, binder
        return bindparam(key)

    def shared(self, key: str, pg_type: str, binder: Binder) -> BindParameter[Any]:
        """A parameter that several places of the statement share."""
        self._types[key], self._binders[key] = pg_type, binder
        return bindparam(key)

    def alias(self) -> str:
        """A table alias that no other place of the statement and no column uses."""
        self._aliases += 1
        return f"ff_{self._aliases}"

    def row_of(self, table: FromClause) -> FromClause:
        """The table under such an alias."""
        return _aliased(table, self.alias())

    def statement(self, query: Select[Any]) -> Statement:
        """The query as text and binders."""
        compiler = _Compiler(_DIALECT, None)
        compiler.types, compiler.order = self._types, []
        sql = compiler.process(query)
        _check_aliases(sql, self._aliases)
        binders = tuple(self._binders[key] for key in compiler.order)
        return Statement(sql, binders, shared_key(sql, compiler.order))


@lru_cache(maxsize=1_000)
def _aliased(table: FromClause, name: str) -> FromClause:
    """An alias is a value: plans of one shape of document name their tables alike, and making one copies every column."""
    return table.alias(name)


class _Compiler(PGCompiler):
    types: dict[str, str]
    order: list[str]

    def visit_bindparam(self, bindparam: Any, *args: Any, **kwargs: Any) -> str:
        pg_type = self.types.get(bindparam.key)
        if pg_type is None:  # a constant of ours, such as the limit of a list
            return str(self.render_literal_bindparam(bindparam))  # type: ignore[no-untyped-call]
        if bindparam.key not in self.order:
            self.order.append(bindparam.key)
        return f"${self.order.index(bindparam.key) + 1}::{pg_type}"


_DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's dialects are untyped


def _check_aliases(sql: str, count: int) -> None:
    """Every alias stands in one FROM: SQLAlchemy would silently copy an outer table where a correlation is missing."""
    for number in range(1, count + 1):
        found = len(re.findall(rf" AS ff_{number}\b", sql))
        if found > 1:
            raise AssertionError(f"alias ff_{number} stands in {found} FROM clauses")


class Concat(FunctionElement[str]):
    """Texts one after another, written flat so that a wide selection does not nest deeply."""

    type = Text()
    name = "concat_texts"
    inherit_cache = False


@compiles(Concat)
def _concat(element: Concat, compiler: Any, **kwargs: Any) -> str:
    return "(" + " || ".join(compiler.process(part, **kwargs) for part in element.clauses) + ")"


def quoted(text: str) -> ColumnElement[str]:
    """A text of ours as an SQL literal. Never give it a client's text: names are checked against the Name grammar."""
    return literal_column("'" + text.replace("'", "''") + "'", Text())


def json_object(members: Sequence[tuple[str, str | ColumnElement[Any]]]) -> ColumnElement[str]:
    """The text of a JSON object: response keys, checked against the Name grammar, and the texts of their values."""
    parts: list[str | ColumnElement[Any]] = ["{"]
    for index, (key, text) in enumerate(members):
        parts += [f'{"," if index else ""}"{key}":', text]
    return concat([*parts, "}"])


def concat(parts: Iterable[str | ColumnElement[Any]]) -> ColumnElement[str]:
    """Joins our own texts (str) and expressions; neighbouring texts are merged."""
    merged: list[str | ColumnElement[Any]] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif not isinstance(part, str) or part:
            merged.append(part)
    elements = [quoted(part) if isinstance(part, str) else part for part in merged]
    return elements[0] if len(elements) == 1 else Concat(*elements)

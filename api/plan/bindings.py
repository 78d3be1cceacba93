"""What a Strawberry field can say is behind it, where the entity and the field's name do not already say it.

A type named like an entity is bound to it; a field named like a column, relation or fact of the entity is bound to that.
Everything else is one of these values in the field's `metadata["bind"]`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, FromClause

from api.plan.plan import Inputs


@dataclass(frozen=True, slots=True)
class Column:
    """A column of another name."""

    name: str


@dataclass(frozen=True, slots=True)
class Embedded:
    """An object made of columns of the same row; null when all of the columns `present` are."""

    present: tuple[str, ...]
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Records:
    """A list of objects out of a JSON column: the object's python field names to keys; `hundredths` become decimals."""

    column: str
    keys: Mapping[str, str]
    hundredths: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of the texts that a JSON column has by language; empty where it has none."""

    column: str


class Lookup(Enum):
    """How a root field finds its row or rows."""

    NODE = "node"
    NODES = "nodes"
    VIEWER = "viewer"
    BY_KEY = "by_key"
    CONNECTION = "connection"
    TERM_AT = "term_at"
    ONLY = "only"  # the institution has one row at most


@dataclass(frozen=True, slots=True)
class Root:
    """A root field answered by a statement."""

    lookup: Lookup
    entity: str = ""
    default_order: str | None = None
    # Of a connection: the column that names the viewer, where it lists only their own rows.
    of_viewer: str | None = None
    # Of a connection: filters of the entity that always hold, and those that an argument is (argument -> filter). An
    # argument that is a Boolean says whether its filter, which has no members, holds.
    where: tuple[str, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)
    # Of ONLY: the JSON texts of its fields that are no facts, while there is no row.
    otherwise: Mapping[str, str] = field(default_factory=dict)


# A row of the entity, what was bound by name, and the permission set.
Match = Callable[[FromClause, Mapping[str, ColumnElement[Any]], Any], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Found:
    """A root field that finds one row by what Python makes of its arguments.

    `read` gets the arguments by name and the request, and gives the texts that `match` compares with, by the names of
    `members`. With `needs_keys` the tenant's column keys are in `inputs.sources["column_keys"]` (None: it has none yet).
    """

    entity: str
    members: tuple[str, ...]
    read: Callable[[Mapping[str, Any], Inputs], Mapping[str, str]]
    match: Match
    needs_keys: bool = False


@dataclass(frozen=True, slots=True)
class Computed:
    """A root field of the viewer's own that one expression over `TENANT` and `VIEWER` answers.

    It gives a scalar or, with `keys` (python field names to keys), a JSON array of objects as they are shown.
    """

    expression: Callable[[], ColumnElement[Any]]
    scope: str
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Value:
    """A root field that Python knows: `read` gives a mapping or dataclass that the selection is taken from."""

    read: Callable[[Inputs], Any]
    types: Mapping[str, Any] = field(default_factory=dict)


class Wanted(Enum):
    """What a search engine is asked for."""

    HITS = "hits"
    SUGGESTIONS = "suggestions"


@dataclass(frozen=True, slots=True)
class Searched:
    """A root field that a search engine answers with references; what they lead to is read by the plan's statement."""

    wanted: Wanted

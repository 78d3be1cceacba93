"""What a Strawberry field can say is behind it, where the entity and the field's name do not already say it.

A type named like an entity is bound to it; a field named like a column, relation or fact of the entity is bound to that.
Everything else is one of these values in the field's `metadata["bind"]`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

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


class Lookup(Enum):
    """How a root field finds its row or rows."""

    NODE = "node"
    NODES = "nodes"
    VIEWER = "viewer"
    BY_KEY = "by_key"
    CONNECTION = "connection"
    TERM_AT = "term_at"


@dataclass(frozen=True, slots=True)
class Root:
    """A root field answered by a statement."""

    lookup: Lookup
    entity: str = ""
    default_order: str | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A root field that Python knows: `read` gives a mapping or dataclass that the selection is taken from."""

    read: Callable[[Inputs], Any]
    types: Mapping[str, Any] = field(default_factory=dict)

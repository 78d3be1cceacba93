"""How a table is seen from outside: its relations, facts, orders, filters, and who may see which row.

An entity is a value made of SQLAlchemy objects. The plan compiler, the packages' queries, exports and search read the
same entity, so a visibility rule is written once. `visible_to` knows the permissions (when a plan is compiled) but never
a person or a tenant: those are the shared parameters `TENANT` and `VIEWER`, since plans are cached.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Table, bindparam, func, select
from sqlalchemy.sql.elements import BindParameter

TENANT: BindParameter[int] = bindparam("tenant_id", type_=BigInteger)
VIEWER: BindParameter[int] = bindparam("viewer_id", type_=BigInteger)

# The permission set; the kernel only hands it through.
Visibility = Callable[[Any, FromClause], ColumnElement[bool]]
Expression = Callable[[FromClause], ColumnElement[Any]]
# The row, the argument's members by name (a plain argument is the member "value"), and the permission set: a filter finds
# nothing by a value that the viewer may not read.
Predicate = Callable[[FromClause, Mapping[str, ColumnElement[Any]], Any], ColumnElement[bool]]


class Kind(Enum):
    """What a filter's argument or a fact is; one formatter per kind turns it into JSON, one coercion checks it."""

    TEXT = "text"
    LANGUAGE = "language"  # a BCP 47 tag, compared in its canonical form
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    MOMENT = "moment"
    ENUM = "enum"
    TEXTS = "texts"  # language-tagged
    ID = "id"


class Cardinality(Enum):
    """How many rows a relation leads to, and how they are offered."""

    ONE = "one"
    LIST = "list"  # few by nature: a plain, bounded list
    MANY = "many"  # a connection


@dataclass(frozen=True, slots=True)
class Relation:
    """A way from a row of one entity to rows of another: `on` pairs local columns with columns of the target."""

    name: str
    target: str
    on: tuple[tuple[str, str], ...]
    cardinality: Cardinality
    # Only meaningful for ONE: the target row always exists and is visible to whoever sees this row.
    always: bool = False
    order: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A declared aggregate: computed without the viewer's predicate, under row-level security, for a visible owner."""

    name: str
    kind: Kind
    expression: Expression


@dataclass(frozen=True, slots=True)
class Order:
    """An order by not-null columns of one direction; the row's id is the last of them."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """A predicate that an index serves. `members` says what the argument is made of; a plain one is "value"."""

    name: str
    predicate: Predicate
    members: Mapping[str, Kind]
    entity: str | None = None  # for an id: of which entity


@dataclass(frozen=True, slots=True)
class Entity:
    """A table as the outside sees it. `prefix` starts its global ids; None: it has no id of its own outside."""

    name: str
    table: Table
    visible_to: Visibility
    prefix: str | None = None
    key: tuple[str, ...] = ("id",)
    relations: tuple[Relation, ...] = ()
    facts: tuple[Fact, ...] = ()
    orders: tuple[Order, ...] = ()
    filters: tuple[Filter, ...] = ()
    # Which scope a token needs to read it; None: whatever its owner needs.
    scope: str | None = None
    # Columns that not everybody reads who sees the row: null for the others.
    restricted: Mapping[str, Visibility] = field(default_factory=dict)

    def relation(self, name: str) -> Relation | None:
        """The relation of that name."""
        return next((relation for relation in self.relations if relation.name == name), None)

    def fact(self, name: str) -> Fact | None:
        """The fact of that name."""
        return next((fact for fact in self.facts if fact.name == name), None)

    def order(self, name: str) -> Order | None:
        """The order of that name."""
        return next((order for order in self.orders if order.name == name), None)

    def filter(self, name: str) -> Filter | None:
        """The filter of that name."""
        return next((one for one in self.filters if one.name == name), None)


class Entities:
    """The entities of the product by name; relations are checked when it is made, so a typo fails at start."""

    def __init__(self, *entities: Entity) -> None:
        self._by_name = {entity.name: entity for entity in entities}
        self._by_prefix = {entity.prefix: entity for entity in entities if entity.prefix}
        for entity in entities:
            for relation in entity.relations:
                target = self._by_name.get(relation.target)
                if target is None:
                    raise LookupError(
                        f"{entity.name}.{relation.name} leads to {relation.target}: no such entity"
                    )
                for local, remote in relation.on:
                    _require(entity.table, local, f"{entity.name}.{relation.name}")
                    _require(target.table, remote, f"{entity.name}.{relation.name}")

    def __getitem__(self, name: str) -> Entity:
        return self._by_name[name]

    def __iter__(self) -> Iterator[Entity]:
        return iter(self._by_name.values())

    def by_prefix(self, prefix: str) -> Entity | None:
        """The entity whose global ids start so."""
        return self._by_prefix.get(prefix)


def equals(
    column: str, kind: Kind = Kind.TEXT, *, name: str | None = None, entity: str | None = None
) -> Filter:
    """The filter "this column equals"; named as the column where no name is given."""
    return Filter(
        name or column, lambda row, given, access: row.c[column] == given["value"], {"value": kind}, entity
    )


def updated_since() -> Filter:
    """The filter "changed at or after this moment"."""
    return Filter(
        "updated_since",
        lambda row, given, access: row.c["updated_at"] >= given["value"],
        {"value": Kind.MOMENT},
    )


def has_external_id(table: Table, owner: str, visible_to: Visibility | None = None) -> Filter:
    """The filter "another system knows it by this id"; `table` holds the ids of `owner`, `visible_to` says who reads them."""

    def predicate(
        row: FromClause, given: Mapping[str, ColumnElement[Any]], access: Any
    ) -> ColumnElement[bool]:
        ids = table.alias()
        found = select(ids.c[f"{owner}_id"]).where(
            ids.c["tenant_id"] == TENANT, ids.c["type"] == given["type"], ids.c["value"] == given["value"]
        )
        if visible_to is not None:
            found = found.where(visible_to(access, ids))
        return row.c["id"] == found.scalar_subquery()

    return Filter("external_id", predicate, {"type": Kind.TEXT, "value": Kind.TEXT})


def has_attribute(
    values: Table, definitions: Table, owner: str, *, visible_to: Visibility, readable: Visibility
) -> Filter:
    """The filter "the tenant's own field has this value", for fields that are declared filterable.

    A field that is not declared, not filterable or not `readable` is refused, and nobody learns which of the three.
    """

    def predicate(
        row: FromClause, given: Mapping[str, ColumnElement[Any]], access: Any
    ) -> ColumnElement[bool]:
        value, definition = values.alias(), definitions.alias()
        declared = select(definition.c["id"]).where(
            definition.c["tenant_id"] == TENANT,
            definition.c["owner"] == owner,
            definition.c["name"] == given["name"],
            definition.c["is_filterable"],
            readable(access, definition),
        )
        # inside a select of its own, so that it is found out once and the index still serves the comparison
        found = select(func.coalesce(declared.scalar_subquery(), func.fediflow.refuse_attribute()))
        return row.c["id"].in_(
            select(value.c[f"{owner}_id"]).where(
                value.c["tenant_id"] == TENANT,
                value.c["definition_id"] == found.scalar_subquery(),
                value.c["value"] == given["value"],
                visible_to(access, value),
            )
        )

    return Filter("attribute", predicate, {"name": Kind.TEXT, "value": Kind.TEXT})


def to_one(name: str, target: str, column: str, *, always: bool = False) -> Relation:
    """The row that `column` points to."""
    return Relation(name, target, ((column, "id"),), Cardinality.ONE, always)


def to_many(name: str, target: str, column: str, *, order: str | None = None) -> Relation:
    """The connection of rows whose `column` points here."""
    return Relation(name, target, (("id", column),), Cardinality.MANY, order=order)


def to_list(name: str, target: str, column: str) -> Relation:
    """The few rows whose `column` points here."""
    return Relation(name, target, (("id", column),), Cardinality.LIST)


def _require(table: Table, name: str, where: str) -> None:
    if name not in table.c:
        raise LookupError(f"{where}: {table.name} has no column {name}")

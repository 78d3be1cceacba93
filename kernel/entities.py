"""How a table is seen from outside: its relations, facts, orders, filters, and who may see which row.

An entity is a value made of SQLAlchemy objects. The plan compiler, the packages' queries, exports and search read the
same entity, so a visibility rule is written once. `visible_to` knows the permissions (when a plan is compiled) but never
a person or a tenant: those are the shared parameters `TENANT` and `VIEWER`, since plans are cached.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Table,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.sql.elements import BindParameter

TENANT: BindParameter[int] = bindparam("tenant_id", type_=BigInteger)
VIEWER: BindParameter[int] = bindparam("viewer_id", type_=BigInteger)

# The permission set; the kernel only hands it through.
Visibility = Callable[[Any, FromClause], ColumnElement[bool]]
Expression = Callable[[FromClause], ColumnElement[Any]]
# The row, the argument's members by name (a plain argument is the member "value"), and the permission set: a filter finds
# nothing by a value that the viewer may not read.
Predicate = Callable[[FromClause, Mapping[str, ColumnElement[Any]], Any], ColumnElement[bool]]

# As a predicate, but a select of one column, named as the row's that has its values, each once and in an index's order.
Source = Callable[[Mapping[str, ColumnElement[Any]], Any], Select[Any]]

# The permission set, the row that a list is of, and a row of the list: a range of what the list is ordered by.
Within = Callable[[Any, FromClause, FromClause], ColumnElement[bool]]


class Kind(Enum):
    """What a filter's argument or a fact is; one formatter per kind turns it into JSON, one coercion checks it."""

    TEXT = "text"
    LANGUAGE = "language"  # a BCP 47 tag, compared in its canonical form
    INTEGER = "integer"
    FLOAT = "float"  # of a fact
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


class Reach(Enum):
    """How the rows that a filter lets through are found, which decides what their list may be ordered by.

    EQUAL and FROM need an index that begins with the filters' columns and goes on with those of the order; whether there
    is one is read off the table (`api.plan.serving`).
    """

    FEW = "few"  # few rows have any one value: they are found first, then filtered and sorted
    EQUAL = "equal"  # `column` has the value
    FROM = "from"  # `column` is in a range: the list stands in that column's order
    BESIDE = "beside"  # nearly all rows have it: looked at row by row, whatever finds them
    LISTED = "listed"  # `source` lists a column of theirs (`id`, or what they belong to): the list stands in that order


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
    few: bool = False  # of MANY: they are so few that any filter and order may be asked of them
    # Of ONE: who sees this row sees the target too, because this row's own rule asks the target's: it is not asked twice.
    vouched: bool = False
    where: tuple[str, ...] = ()  # of MANY: filters of the target, without members, that always hold
    within: "Within | None" = (
        None  # of MANY: which of the target's rows are looked at, found out once for the list
    )


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
    reach: Reach = Reach.FEW
    column: str | None = None  # of EQUAL and FROM
    source: Source | None = None  # of LISTED
    # The members out of a plain argument that is read first: a handle, a hashtag. Raises `InvalidInput`.
    read: Callable[[str], Mapping[str, str]] | None = None
    # For an id of one of several entities: the filter that it is for each, by the entity's name.
    by_entity: "Mapping[str, Filter]" = field(default_factory=dict)
    # Of one that a field always has: it does not hold where the list is asked for by one of these.
    unless: tuple[str, ...] = ()


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
    # An institution has so few of them that any filter and order may be asked.
    few: bool = False
    # Whether a list without `orderBy` begins with its last row.
    newest_first: bool = False
    # Which of the rows that the viewer sees stand in lists; the others are found by their id alone.
    listed: Visibility | None = None
    # For a viewer who sees few of many: which rows to look at in the whole list, found from the viewer's own.
    narrowed: Callable[[Any], Callable[[FromClause], ColumnElement[bool]] | None] | None = None
    # Whether this viewer may go through the whole list; else only what a filter of FEW finds.
    browsable: Callable[[Any], bool] | None = None

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
    column: str,
    kind: Kind = Kind.TEXT,
    *,
    name: str | None = None,
    entity: str | None = None,
    few: bool = False,
) -> Filter:
    """The filter "this column equals"; named as the column where no name is given. `few` rows have any one value."""
    return Filter(
        name or column,
        lambda row, given, access: row.c[column] == given["value"],
        {"value": kind},
        entity,
        Reach.FEW if few else Reach.EQUAL,
        column,
    )


def updated_since() -> Filter:
    """The filter "changed at or after this moment"."""
    return Filter(
        "updated_since",
        lambda row, given, access: row.c["updated_at"] >= given["value"],
        {"value": Kind.MOMENT},
        reach=Reach.FROM,
        column="updated_at",
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

    def found(
        given: Mapping[str, ColumnElement[Any]], access: Any, value: FromClause
    ) -> Sequence[ColumnElement[bool]]:
        definition = definitions.alias()
        declared = select(definition.c["id"]).where(
            definition.c["tenant_id"] == TENANT,
            definition.c["owner"] == owner,
            definition.c["name"] == given["name"],
            definition.c["is_filterable"],
            readable(access, definition),
        )
        # inside a select of its own, so that it is found out once and the index still serves the comparison
        asked = select(func.coalesce(declared.scalar_subquery(), func.fediflow.refuse_attribute()))
        of_field = [
            value.c["tenant_id"] == TENANT,
            value.c["definition_id"] == asked.scalar_subquery(),
            value.c["value"] == given["value"],
        ]
        # A readable field is read of every owner, except that of a person which only they read themselves.
        return of_field if owner != "user" else [*of_field, visible_to(access, value)]

    def predicate(
        row: FromClause, given: Mapping[str, ColumnElement[Any]], access: Any
    ) -> ColumnElement[bool]:
        value = values.alias()
        return has(value, value.c[f"{owner}_id"] == row.c["id"], *found(given, access, value))

    def source(given: Mapping[str, ColumnElement[Any]], access: Any) -> Select[Any]:
        value = values.alias()
        return select(value.c[f"{owner}_id"].label("id")).where(*found(given, access, value))

    members = {"name": Kind.TEXT, "value": Kind.TEXT}
    return Filter("attribute", predicate, members, reach=Reach.LISTED, source=source)


def has(other: FromClause, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a row of `other` fulfils the conditions, looked up for each row by itself.

    As a value and not as `exists`, which the planner may turn into a join that begins at the other table.
    """
    one: ColumnElement[int] = literal_column("1")
    found = select(one).select_from(other).where(*conditions).limit(one).correlate_except(other)
    return found.scalar_subquery() == one


def to_one(name: str, target: str, column: str, *, always: bool = False) -> Relation:
    """The row that `column` points to."""
    return Relation(name, target, ((column, "id"),), Cardinality.ONE, always)


def to_many(
    name: str,
    target: str,
    column: str,
    *,
    order: str | None = None,
    few: bool = False,
    where: tuple[str, ...] = (),
    within: Within | None = None,
) -> Relation:
    """The connection of rows whose `column` points here, where the target's filters `where` let them through."""
    on = (("id", column),)
    return Relation(name, target, on, Cardinality.MANY, order=order, few=few, where=where, within=within)


def to_list(name: str, target: str, column: str) -> Relation:
    """The few rows whose `column` points here."""
    return Relation(name, target, (("id", column),), Cardinality.LIST)


def _require(table: Table, name: str, where: str) -> None:
    if name not in table.c:
        raise LookupError(f"{where}: {table.name} has no column {name}")

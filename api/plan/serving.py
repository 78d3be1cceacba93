"""Which index serves a list: what it is filtered by and how it is ordered decide it, when the plan is compiled.

A list is served where an index begins with the columns it is restricted by and goes on with those of its order, so that a
page far in costs what the first costs; where what restricts it leaves few rows, which are found first and then sorted; or
where a second table lists what the list is ordered by first. Of several filters one must be served, the others are looked at row by row. What is
not served is refused.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from sqlalchemy import Select, Table, UniqueConstraint, literal_column

from kernel.entities import Entity, Filter, Order, Reach, Relation
from kernel.errors import InvalidInput
from tenants.model import Access


@dataclass(frozen=True, slots=True)
class Given:
    """Something that restricts a list: a filter with its argument bound, or the object that the list is of."""

    name: str
    reach: Reach
    column: str | None  # of LISTED: the one that the source lists

    @property
    def is_few(self) -> bool:
        """Whether it leaves few rows."""
        return self.reach is Reach.FEW


OWN = Given("viewer", Reach.FEW, None)
"""That the viewer sees only rows of their own."""


@dataclass(frozen=True, slots=True)
class Served:
    """How a list is read: in `order`; `first` is what finds its rows before all else, None: an index does.

    `among` are the columns of that index between its first and those of the order: what the list is restricted by besides.
    """

    order: Order
    first: Given | None = None
    among: tuple[str, ...] = ()


def given_filter(filter_: Filter, source: Select[Any] | None = None) -> Given:
    """A filter as what restricts a list; `source` is its select with the arguments bound."""
    if filter_.source is not None and source is None:
        source = filter_.source({name: literal_column("null") for name in filter_.members}, Access())
    column = filter_.column if source is None else source.selected_columns.keys()[0]
    return Given(filter_.name, filter_.reach, column)


def given_parent(relation: Relation) -> Given:
    """The object that a list is of."""
    ((_, column),) = relation.on
    return Given(relation.name, Reach.FEW if relation.few else Reach.EQUAL, column)


def served(
    entity: Entity, access: Access, parent: Given | None, filters: Sequence[Given], orders: Sequence[Order]
) -> Served:
    """How the list is read in the first of the orders that is served; raises `InvalidInput` where none is."""
    for order in orders:
        found = _served(entity, access, parent, filters, order)
        if found is not None:
            return found
    raise _refused(entity, access, parent, filters, orders)


def orders_served(
    entity: Entity, access: Access, parent: Given | None, filters: Sequence[Given]
) -> list[Order]:
    """Every order that the list is served in."""
    return [one for one in entity.orders if _served(entity, access, parent, filters, one)]


def _served(
    entity: Entity, access: Access, parent: Given | None, filters: Sequence[Given], order: Order
) -> Served | None:
    filters = [one for one in filters if one.reach is not Reach.BESIDE]
    given = [*([parent] if parent else ()), *filters]
    if entity.few:
        return Served(order)
    few = next((one for one in (*filters, *given) if one.is_few), None)
    if few is None and entity.browsable is not None and not entity.browsable(access):
        return None
    index = index_of(entity, given, order) if few is None or few is parent else None
    if index is not None:
        return Served(order, among=_among(entity, index, given, order))
    if few is not None:
        return Served(order, few)
    return next((one for one in _by_some(entity, parent, filters, order)), None)


def _by_some(
    entity: Entity, parent: Given | None, filters: Sequence[Given], order: Order
) -> Iterator[Served]:
    """By some of the filters, the more the better; in an object's list always together with the object."""
    above = [parent] if parent else []
    for count in range(len(filters) - 1, 0, -1):
        for some in combinations(filters, count):
            index = index_of(entity, [*above, *some], order)
            if index is not None:
                yield Served(order, among=_among(entity, index, some, order))
    first_column = (*order.columns, *entity.key)[0]
    listed = [one for one in filters if one.reach is Reach.LISTED and one.column == first_column]
    if listed and parent is None:
        yield Served(order, listed[0])


def index_of(entity: Entity, given: Sequence[Given], order: Order) -> tuple[str, ...] | None:
    """The columns that an index has before those of the order and the row's key: all that are given to be equal.

    None where no index is so.
    """
    if any(one.column is None or one.reach not in (Reach.EQUAL, Reach.FROM, Reach.FEW) for one in given):
        return None
    equal = {str(one.column) for one in given if one.reach is not Reach.FROM}
    ordered = [name for name in (*order.columns, *entity.key) if name not in equal]
    if any(one.reach is Reach.FROM and one.column != ordered[0] for one in given):
        return None
    found = (columns for columns in _indexes(entity.table, equal) if list(columns[len(equal) :]) == ordered)
    return min((one[: len(equal)] for one in found if set(one[: len(equal)]) == equal), default=None)


def _among(entity: Entity, index: tuple[str, ...], given: Sequence[Given], order: Order) -> tuple[str, ...]:
    """What stands behind the first column, where only the order follows it."""
    is_ranged = any(one.reach is Reach.FROM for one in given)
    is_ordered = not {*order.columns, *entity.key}.isdisjoint(index[1:])
    return () if is_ranged or is_ordered else index[1:]


def _indexes(table: Table, equal: Collection[str]) -> Iterator[tuple[str, ...]]:
    """The columns of each index behind `tenant_id`; of those without the rows where a column is null, if it is `equal`."""
    yield tuple(table.primary_key.columns.keys())[1:]
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield tuple(constraint.columns.keys())[1:]
    for index in table.indexes:
        where = index.dialect_options["postgresql"]["where"]
        if where is None or str(where) in [f"{name} is not null" for name in equal]:
            yield tuple(index.columns.keys())[1:]


def _refused(
    entity: Entity, access: Access, parent: Given | None, filters: Sequence[Given], orders: Sequence[Order]
) -> InvalidInput:
    by = " and ".join(camel(one.name) for one in filters)
    asked = f"the filter {by}" if by else "no filter"
    narrowing = ", ".join(camel(one.name) for one in entity.filters if one.reach is Reach.FEW)
    if entity.browsable is not None and not entity.browsable(access):
        return InvalidInput(
            f"the whole list is for those who may read all of it: give a filter of {narrowing}",
            argument="filter",
        )
    others = [one.name for one in orders_served(entity, access, parent, filters)]
    if others:
        return InvalidInput(
            f"no index serves {asked} ordered by {orders[0].name}: order by {', '.join(others)},"
            f" or add a filter of {narrowing}",
            argument="orderBy",
        )
    return InvalidInput(
        f"no index serves {asked} ordered by {orders[0].name}: add a filter of {narrowing}", argument="filter"
    )


def camel(name: str) -> str:
    """A Python name as GraphQL writes it."""
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)

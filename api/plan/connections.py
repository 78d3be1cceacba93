"""The list that a connection pages over: what restricts it, and its rows in the way that an index serves them."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from sqlalchemy import (
    BinaryExpression,
    ColumnElement,
    FromClause,
    Select,
    literal_column,
    select,
    true,
    tuple_,
)

from api.plan.serving import OWN, Given, Served
from api.plan.sql import Parameters
from kernel.entities import TENANT, Entities, Entity, Order
from tenants.model import Access

Condition = Callable[[FromClause], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Restriction:
    """What a list is restricted by: the condition on its rows, and for some a select of the ids that fulfil it."""

    given: Given
    condition: Condition
    source: Select[Any] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a list: one of them, a select over them without columns, and the columns they are ordered by.

    The first of these columns have the same `values` in all of the list's rows, and the select leaves that to its reader:
    `equal` says it where nothing is ordered. Where something is, two bounds say it. Of an equal column PostgreSQL would know
    that it orders nothing, and an index without it would serve as well: by the figures of a generic plan, which takes the
    list for one row, at the same cost, though it reads all that the column leaves out.
    """

    row: FromClause
    query: Select[Any]
    ordered: tuple[ColumnElement[Any], ...]
    values: tuple[ColumnElement[Any], ...]
    is_listed: bool  # the first of those ordered by is of another table

    @property
    def equal(self) -> Sequence[ColumnElement[bool]]:
        """That the rows have the values."""
        return [column == value for column, value in zip(self.ordered, self.values, strict=False)]

    def bound(self, *, lower: bool) -> Sequence[ColumnElement[bool]]:
        """That the rows come not before the values, or not after them."""
        if not self.values:
            return []
        columns, values = tuple_(*self.ordered[: len(self.values)]), tuple_(*self.values)
        return [columns >= values if lower else columns <= values]


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection of a plan: the list it pages over and the parameters of its statement."""

    entity: Entity
    access: Access
    parameters: Parameters
    entities: Entities
    parent: Restriction | None
    path: str
    # Filters that always hold, and those that an argument of the field is (argument -> filter).
    where: tuple[str, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)

    def own(self) -> Restriction | None:
        """What a viewer who sees few of many sees at all, where it is not another object's list."""
        narrowed = self.entity.narrowed(self.access) if self.entity.narrowed is not None else None
        return Restriction(OWN, narrowed) if narrowed is not None and self.parent is None else None

    def rows(self, served: Served, filters: tuple[Restriction, ...]) -> Found:
        """The visible, matching rows, in the way that they are served."""
        given = [one for one in (self.own(), self.parent, *filters) if one is not None]
        first = next((one for one in given if one.given is served.first), None)
        row: FromClause = self.parameters.row_of(self.entity.table)
        where = [row.c["tenant_id"] == TENANT]
        start, inner = row, [row]
        leading: list[ColumnElement[Any]] = []
        if first is not None and first.source is not None:
            listed = first.source.subquery(self.parameters.alias())
            leading = list(listed.c)
            of_listed = row.c[str(leading[0].key)] == leading[0]
            row = self._found(row, of_listed).lateral(self.parameters.alias())
            start, inner, where = listed.join(row, true()), [row, listed], []
        elif first is not None:
            row = start = self._found(row, first.condition(row)).subquery(self.parameters.alias())
            where, inner = [], [row]
        values = _values(row, given, served.among)
        among = served.among if values else ()
        where += [one.condition(row) for one in given if one is not first and one.given.column not in among]
        where.append(self.entity.visible_to(self.access, row))
        if self.entity.listed is not None:
            where.append(self.entity.listed(self.access, row))
        columns = order_columns(self.entity, served.order)[len(leading) :]
        ordered = (*leading, *(row.c[name] for name in (*among, *columns)))
        query = select().select_from(start).where(*where).correlate_except(*inner)
        return Found(row, query, ordered, values, bool(leading))

    def _found(self, row: FromClause, condition: ColumnElement[bool]) -> Select[Any]:
        """The rows of the condition, found by it alone: OFFSET keeps the planner from other ways."""
        found = select(*row.c).where(row.c["tenant_id"] == TENANT, condition).correlate_except(row)
        return found.offset(literal_column("0"))


def order_columns(entity: Entity, order: Order) -> tuple[str, ...]:
    """What an order compares: its columns, then the row's key."""
    return (*(name for name in order.columns if name not in entity.key), *entity.key)


def _values(
    row: FromClause, given: Sequence[Restriction], columns: Sequence[str]
) -> tuple[ColumnElement[Any], ...]:
    """What each of the columns is equal to; nothing where not every one has just one restriction, which says so."""
    said = [[one.condition(row) for one in given if one.given.column == name] for name in columns]
    values = [
        conditions[0].right
        for name, conditions in zip(columns, said, strict=True)
        if len(conditions) == 1 and _is_equality(row.c[name], conditions[0])
    ]
    return tuple(values) if len(values) == len(columns) else ()


def _is_equality(
    column: ColumnElement[Any], condition: ColumnElement[bool]
) -> TypeGuard[BinaryExpression[bool]]:
    return (
        isinstance(condition, BinaryExpression)
        and condition.operator is operator.eq
        and condition.left is column
    )

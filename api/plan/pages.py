"""Connections: one page of an ordered, filtered, visible list, its cursors and its counts, as one scalar sub-query."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from graphql import GraphQLObjectType
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Text,
    and_,
    cast,
    false,
    func,
    literal_column,
    select,
    true,
    tuple_,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from api.plan.arguments import Argument, arguments
from api.plan.coercion import CursorCodec, page_size
from api.plan.connections import Connection, Found, Restriction, order_columns
from api.plan.encoders import list_item
from api.plan.filters import fixed_filters, given_filters
from api.plan.plan import Binder
from api.plan.selection import Selected
from api.plan.serving import Served, served
from api.plan.sql import concat, json_object, quoted
from kernel.entities import Entity, Order
from kernel.errors import InvalidInput

COUNT_CAP = 10_000
DEFAULT_LIST = 8  # of a plain list that says how many it has
_ONE: ColumnElement[int] = literal_column("1")
_PG_TYPES = {int: "bigint", date: "date", datetime: "timestamptz", str: "text"}

# The text of one row: its selected fields, the row, and the response keys that lead to it.
RowWriter = Callable[[list[Selected], FromClause, tuple[str, ...]], ColumnElement[str]]


def connection_text(
    connection: Connection,
    selected: Selected,
    fields: list[Selected],
    write_row: RowWriter,
    variables: Mapping[str, Any],
    default_order: str | None,
    inner_fields: Callable[[GraphQLObjectType, Selected], list[Selected]],
) -> ColumnElement[str]:
    """The connection's JSON text."""
    args = arguments(selected)
    filters = (
        *fixed_filters(connection, args, variables),
        *given_filters(connection, args.get("filter"), variables),
    )
    page = _page(connection, args, variables, filters, default_order)
    reader = _Reader(connection, page, filters, write_row, inner_fields, variables)
    return reader.connection(fields)


def connection_size(connection: Connection, selected: Selected, variables: Mapping[str, Any]) -> Binder:
    """How many rows its page has."""
    return _size(arguments(selected), variables, connection.path)


def sized_by(
    args: Mapping[str, Argument], variables: Mapping[str, Any], path: str
) -> tuple[Argument, Binder]:
    """The argument that says how many rows a page has, and what binds it."""
    first, last = args["first"], args.get("last")
    size = first
    if last is not None and last.value(variables) is not None:
        if first.value(variables) is not None:
            raise InvalidInput(f"{path}: give `first` or `last`, not both", argument="last")
        size = last
    return size, size.binder(lambda value: page_size(value, name=f"{path}({size.name}:)"))


def listed_by(args: Mapping[str, Argument], path: str) -> tuple[Argument, Binder]:
    """The argument that says how many a plain list has at most, and what binds it."""
    size = args["first"]
    name = f"{path}({size.name}:)"
    return size, size.binder(lambda value: page_size(DEFAULT_LIST if value is None else value, name=name))


@dataclass(frozen=True, slots=True)
class _Page:
    """What a connection's arguments say."""

    size: Binder
    backward: bool
    served: Served
    descending: bool
    after: Argument | None
    before: Argument | None

    @property
    def order(self) -> Order:
        """The order that was asked for, or the first that is served."""
        return self.served.order


class _Reader:
    """Writes the parts of one connection that its selection asks for."""

    def __init__(
        self,
        connection: Connection,
        page: _Page,
        filters: tuple[Restriction, ...],
        write_row: RowWriter,
        inner_fields: Callable[[GraphQLObjectType, Selected], list[Selected]],
        variables: Mapping[str, Any],
    ) -> None:
        self._connection = connection
        self._page = page
        self._filters = filters
        self._write_row = write_row
        self._inner_fields = inner_fields
        self._variables = variables
        self._parameters = connection.parameters
        self._size = self._parameters.new("bigint", page.size)
        self._columns = order_columns(connection.entity, page.order)
        types = [connection.entity.table.c[name].type.python_type for name in self._columns]
        self._codec = CursorCodec(page.order.name, types)
        self._types = types

    def connection(self, fields: list[Selected]) -> ColumnElement[str]:
        rows = self._paged()
        body = json_object([(field.key, self._part(field, rows)) for field in fields])
        if not any(field.name in ("edges", "nodes", "pageInfo") for field in fields):
            return body
        # HAVING makes it one row also where nothing selected is an aggregate, such as `pageInfo { hasPreviousPage }`.
        one_row = select(body).select_from(rows).having(true()).correlate_except(rows)
        return one_row.scalar_subquery()

    def _part(self, field: Selected, rows: FromClause) -> str | ColumnElement[Any]:
        if field.name == "__typename":
            return f'"{self._connection.entity.name}Connection"'
        if field.name == "nodes":
            type_ = list_item(field.definition.type)
            assert isinstance(type_, GraphQLObjectType)
            return self._list(self._write_row(self._inner_fields(type_, field), rows, (field.key,)), rows)
        if field.name == "edges":
            return self._list(self._edge(field, rows), rows)
        if field.name == "pageInfo":
            return self._page_info(field, rows)
        return self._count(field)

    def _edge(self, field: Selected, rows: FromClause) -> ColumnElement[str]:
        edge_type = list_item(field.definition.type)
        assert isinstance(edge_type, GraphQLObjectType)
        parts: list[tuple[str, str | ColumnElement[Any]]] = []
        for inner in self._inner_fields(edge_type, field):
            if inner.name == "node":
                node_type = list_item(inner.definition.type)
                assert isinstance(node_type, GraphQLObjectType)
                node = self._write_row(self._inner_fields(node_type, inner), rows, (field.key, inner.key))
                parts.append((inner.key, node))
            elif inner.name == "cursor":
                parts.append((inner.key, concat(['"', self._cursor(rows), '"'])))
            else:
                parts.append((inner.key, f'"{edge_type.name}"'))
        return json_object(parts)

    def _list(self, item: ColumnElement[str], rows: FromClause) -> ColumnElement[str]:
        ordered = aggregate_order_by(quoted(","), self._reading_order(rows))
        joined = func.string_agg(item, ordered).filter(rows.c["ff_n"] <= self._size)
        return concat(["[", func.coalesce(joined, quoted("")), "]"])

    def _reading_order(self, rows: FromClause) -> ColumnElement[Any]:
        number: ColumnElement[Any] = rows.c["ff_n"]
        return number.desc() if self._page.backward else number

    def _page_info(self, field: Selected, rows: FromClause) -> ColumnElement[str]:
        type_ = list_item(field.definition.type)
        assert isinstance(type_, GraphQLObjectType)
        inner_fields = self._inner_fields(type_, field)
        return json_object([(inner.key, self._page_info_part(inner.name, rows)) for inner in inner_fields])

    def _page_info_part(self, name: str, rows: FromClause) -> str | ColumnElement[Any]:
        backward = self._page.backward
        if name in ("startCursor", "endCursor"):
            first = (name == "startCursor") is not backward
            number: ColumnElement[Any] = rows.c["ff_n"]
            in_page = func.array_agg(
                aggregate_order_by(self._cursor(rows), number if first else number.desc())
            ).filter(rows.c["ff_n"] <= self._size)
            return func.coalesce(concat(['"', _first(in_page), '"']), quoted("null"))
        if name == "hasNextPage":
            return self._beyond(self._page.before) if backward else self._has_more(rows)
        if name == "hasPreviousPage":
            return self._has_more(rows) if backward else self._beyond(self._page.after)
        return '"PageInfo"'

    def _has_more(self, rows: FromClause) -> ColumnElement[Any]:
        more = func.count() > self._size
        return _as_text(more)

    def _beyond(self, cursor: Argument | None) -> str | ColumnElement[Any]:
        """Whether a row stands on the other side of the cursor that the page starts from."""
        if cursor is None:
            return "false"
        found = self._connection.rows(self._page.served, self._filters)
        other = cursor is self._page.after
        compared = self._compare(found, cursor, greater=not other, inclusive=True)
        # the nearest one, from the cursor on: `exists` would forget the order, and the index with it
        up = other is self._page.descending
        order = [column.asc() if up else column.desc() for column in found.ordered]
        edge = found.bound(lower=other is not self._page.descending)
        nearest = found.query.add_columns(true()).where(compared, *edge).order_by(*order).limit(_ONE)
        return _as_text(func.coalesce(nearest.scalar_subquery(), false()))

    def _count(self, field: Selected) -> ColumnElement[Any]:
        found = self._connection.rows(self._page.served, self._filters)
        exact = field.name == "totalCount" and arguments(field)["exact"].value(self._variables)
        query = found.query.where(*found.equal).add_columns(_ONE)
        if not exact:
            query = query.limit(literal_column(str(COUNT_CAP + 1)))
        counted = query.subquery(self._parameters.alias())
        number = func.count()
        value: ColumnElement[Any] = number
        if field.name == "totalCountIsCapped":
            value = number > literal_column(str(COUNT_CAP))
        elif not exact:
            value = func.least(number, literal_column(str(COUNT_CAP)))
        counts = select(_as_text(value)).select_from(counted).correlate_except(counted)
        return counts.scalar_subquery()

    def _paged(self) -> FromClause:
        page = self._page
        found = self._connection.rows(page.served, self._filters)
        row, query = found.row, found.query
        forward = not page.backward
        for cursor, greater in ((page.after, True), (page.before, False)):
            if cursor is not None:
                query = query.where(self._compare(found, cursor, greater=greater, inclusive=False))
            else:
                query = query.where(*found.bound(lower=greater is not page.descending))
        up = forward is not page.descending
        order = [column.asc() if up else column.desc() for column in found.ordered]
        numbered = func.row_number().over(order_by=order).label("ff_n")
        query = query.add_columns(*row.c, numbered).order_by(*order)
        return query.limit(self._size + _ONE).subquery(self._parameters.alias())

    def _compare(
        self, found: Found, cursor: Argument, *, greater: bool, inclusive: bool
    ) -> ColumnElement[bool]:
        bound = [
            self._parameters.new(_PG_TYPES[type_], cursor.binder(_at(self._codec, position)))
            for position, type_ in enumerate(self._types)
        ]
        left = tuple_(*found.ordered)
        right = tuple_(*found.values, *bound)
        first, least = found.ordered[0], bound[0]
        if greater is not self._page.descending:
            compared = left >= right if inclusive else left > right
            # a comparison of columns of two tables tells neither table where to begin
            return and_(compared, first >= least) if found.is_listed else compared
        compared = left <= right if inclusive else left < right
        return and_(compared, first <= least) if found.is_listed else compared

    def _cursor(self, rows: FromClause) -> ColumnElement[str]:
        values = [
            _cursor_text(rows.c[name], type_) for name, type_ in zip(self._columns, self._types, strict=True)
        ]
        body = _as_text(func.json_build_array(quoted(self._page.order.name), *values))
        encoded = func.encode(func.convert_to(body, quoted("UTF8")), quoted("base64"))
        return func.replace(encoded, func.chr(literal_column("10")), quoted(""))


def _at(codec: CursorCodec, position: int) -> Callable[[str], Any]:
    return lambda cursor: codec.value(cursor, position)


def _cursor_text(column: ColumnElement[Any], type_: type) -> ColumnElement[Any]:
    if type_ is datetime:
        utc = func.timezone(quoted("UTC"), column)
        return func.to_char(utc, quoted('YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'))
    return _as_text(column)


def _as_text(value: Any) -> ColumnElement[str]:
    return cast(value, Text)


def _first(array: ColumnElement[Any]) -> ColumnElement[Any]:
    return type_coerce(array, ARRAY(Text))[1]


def _page(
    connection: Connection,
    args: Mapping[str, Argument],
    variables: Mapping[str, Any],
    filters: tuple[Restriction, ...],
    default_order: str | None,
) -> _Page:
    after, before = args["after"], args["before"]
    backward = args["last"].value(variables) is not None
    entity, parent = connection.entity, connection.parent
    orders, descending = _orders(entity, args.get("orderBy"), variables, default_order)
    return _Page(
        size=_size(args, variables, connection.path),
        backward=backward,
        served=served(
            entity,
            connection.access,
            parent.given if parent is not None else None,
            [one.given for one in (*filters, connection.own()) if one is not None],
            orders,
        ),
        descending=descending,
        after=after if after.value(variables) is not None else None,
        before=before if before.value(variables) is not None else None,
    )


def _size(args: Mapping[str, Argument], variables: Mapping[str, Any], path: str) -> Binder:
    return sized_by(args, variables, path)[1]


def _orders(
    entity: Entity, argument: Argument | None, variables: Mapping[str, Any], default: str | None
) -> tuple[list[Order], bool]:
    """The order that is asked for; else all, the list's own first, of which the first that is served counts."""
    given = argument.value(variables) if argument is not None else None
    if given is None:
        own = entity.order(default) if default else entity.orders[0]
        assert own is not None, f"{entity.name} has no order {default}"
        return [own, *(order for order in entity.orders if order is not own)], entity.newest_first
    order = entity.order(_enum(given["field"]))
    assert order is not None, f"{entity.name} does not declare the order {given['field']}"
    return [order], _enum(given["direction"]) == "DESC"


def _enum(value: Any) -> str:
    return str(getattr(value, "value", value))

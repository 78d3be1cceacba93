"""Connections: one page of an ordered, filtered, visible list, its cursors and its counts, as one scalar sub-query."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from graphql import GraphQLObjectType
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
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
from api.plan.coercion import CursorCodec, member_of, page_size, row_id, text
from api.plan.encoders import list_item
from api.plan.plan import Binder
from api.plan.selection import Selected
from api.plan.serving import OWN, Given, Served, given_filter, served
from api.plan.sql import Parameters, concat, json_object, quoted
from kernel.entities import TENANT, Entities, Entity, Filter, Kind, Order
from kernel.errors import InvalidInput
from kernel.ids import parse_global_id
from tenants.model import Access

COUNT_CAP = 10_000
_ONE: ColumnElement[int] = literal_column("1")
_PG_TYPES = {int: "bigint", date: "date", datetime: "timestamptz", str: "text"}
_KIND_TYPES = {
    Kind.TEXT: "text",
    Kind.ENUM: "text",
    Kind.LANGUAGE: "text",
    Kind.INTEGER: "integer",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.MOMENT: "timestamptz",
    Kind.ID: "bigint",
}

# The text of one row: its selected fields, the row, and the response keys that lead to it.
RowWriter = Callable[[list[Selected], FromClause, tuple[str, ...]], ColumnElement[str]]
Condition = Callable[[FromClause], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Restriction:
    """What a list is restricted by: the condition on its rows, and for some a select of the ids that fulfil it."""

    given: Given
    condition: Condition
    source: Select[Any] | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """The rows of a list: one of them, a select over them without columns, and the columns they are ordered by."""

    row: FromClause
    query: Select[Any]
    ordered: tuple[ColumnElement[Any], ...]
    is_listed: bool  # the first of those is of another table


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

    def text(
        self,
        selected: Selected,
        fields: list[Selected],
        write_row: RowWriter,
        variables: Mapping[str, Any],
        default_order: str | None,
        inner_fields: Callable[[GraphQLObjectType, Selected], list[Selected]],
    ) -> ColumnElement[str]:
        """The connection's JSON text."""
        args = arguments(selected)
        filters = (*_fixed(self, args, variables), *_filters(self, args.get("filter"), variables))
        page = _page(self, args, variables, filters, default_order)
        reader = _Reader(self, page, filters, write_row, inner_fields, variables)
        return reader.connection(fields)

    def size(self, selected: Selected, variables: Mapping[str, Any]) -> Binder:
        """How many rows its page has."""
        return _size(arguments(selected), variables, self.path)

    def own(self) -> Restriction | None:
        """What a viewer who sees few of many sees at all, where it is not another object's list."""
        narrowed = self.entity.narrowed(self.access) if self.entity.narrowed is not None else None
        return Restriction(OWN, narrowed) if narrowed is not None and self.parent is None else None

    def rows(self, page: _Page, filters: tuple[Restriction, ...]) -> _Found:
        """The visible, matching rows, in the way that the page is served."""
        given = [one for one in (self.own(), self.parent, *filters) if one is not None]
        first = next((one for one in given if one.given is page.served.first), None)
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
        where += [one.condition(row) for one in given if one is not first]
        where.append(self.entity.visible_to(self.access, row))
        if self.entity.listed is not None:
            where.append(self.entity.listed(self.access, row))
        columns = _order_columns(self.entity, page.order)[len(leading) :]
        ordered = (*leading, *(row.c[name] for name in columns))
        query = select().select_from(start).where(*where).correlate_except(*inner)
        return _Found(row, query, ordered, bool(leading))

    def _found(self, row: FromClause, condition: ColumnElement[bool]) -> Select[Any]:
        """The rows of the condition, found by it alone: OFFSET keeps the planner from other ways."""
        found = select(*row.c).where(row.c["tenant_id"] == TENANT, condition).correlate_except(row)
        return found.offset(literal_column("0"))


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
        self._columns = _order_columns(connection.entity, page.order)
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
        found = self._connection.rows(self._page, self._filters)
        other = cursor is self._page.after
        compared = self._compare(found, cursor, greater=not other, inclusive=True)
        # the nearest one, from the cursor on: `exists` would forget the order, and the index with it
        up = other is self._page.descending
        order = [column.asc() if up else column.desc() for column in found.ordered]
        nearest = found.query.add_columns(true()).where(compared).order_by(*order).limit(_ONE)
        return _as_text(func.coalesce(nearest.scalar_subquery(), false()))

    def _count(self, field: Selected) -> ColumnElement[Any]:
        query = self._connection.rows(self._page, self._filters).query
        exact = field.name == "totalCount" and arguments(field)["exact"].value(self._variables)
        query = query.add_columns(_ONE)
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
        found = self._connection.rows(page, self._filters)
        row, query = found.row, found.query
        forward = not page.backward
        if page.after is not None:
            query = query.where(self._compare(found, page.after, greater=True, inclusive=False))
        if page.before is not None:
            query = query.where(self._compare(found, page.before, greater=False, inclusive=False))
        up = forward is not page.descending
        order = [column.asc() if up else column.desc() for column in found.ordered]
        numbered = func.row_number().over(order_by=order).label("ff_n")
        query = query.add_columns(*row.c, numbered).order_by(*order)
        return query.limit(self._size + _ONE).subquery(self._parameters.alias())

    def _compare(
        self, found: _Found, cursor: Argument, *, greater: bool, inclusive: bool
    ) -> ColumnElement[bool]:
        bound = [
            self._parameters.new(_PG_TYPES[type_], cursor.binder(_at(self._codec, position)))
            for position, type_ in enumerate(self._types)
        ]
        left = tuple_(*found.ordered)
        right = tuple_(*bound)
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


def _order_columns(entity: Entity, order: Order) -> tuple[str, ...]:
    return (*(name for name in order.columns if name not in entity.key), *entity.key)


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


def sized_by(
    args: Mapping[str, Argument], variables: Mapping[str, Any], path: str
) -> tuple[Argument, Binder]:
    """The argument that says how many rows a page has, and what binds it."""
    first, last = args["first"], args["last"]
    backward = last.value(variables) is not None
    if backward and first.value(variables) is not None:
        raise InvalidInput(f"{path}: give `first` or `last`, not both", argument="last")
    size = last if backward else first
    return size, size.binder(lambda value: page_size(value, name=f"{path}({size.name}:)"))


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


def _filters(
    connection: Connection, argument: Argument | None, variables: Mapping[str, Any]
) -> list[Restriction]:
    given = argument.value(variables) if argument is not None else None
    if argument is None or given is None:
        return []
    entity = connection.entity
    restrictions = []
    for name, value in given.items():
        if value is None:
            continue
        filter_ = _for_id(connection, _declared(entity, _snake(name)), value)
        restrictions.append(_restriction(connection, filter_, argument.member(name)))
    return restrictions


def _fixed(
    connection: Connection, args: Mapping[str, Argument], variables: Mapping[str, Any]
) -> Iterator[Restriction]:
    """The filters that the field is, whatever `filter` says: those without members, and those that are its arguments."""
    names = list(connection.where)
    for argument, name in connection.given.items():
        value = args[argument].value(variables)
        if value is True:
            names.append(name)
        elif value is not None and value is not False:
            yield _restriction(connection, _declared(connection.entity, name), args[argument])
    for name in names:
        filter_ = _declared(connection.entity, name)
        yield Restriction(given_filter(filter_), partial(_holds, filter_, connection.access))


def _holds(filter_: Filter, access: Access, row: FromClause) -> ColumnElement[bool]:
    return filter_.predicate(row, {}, access)


def _declared(entity: Entity, name: str) -> Filter:
    filter_ = entity.filter(name)
    assert filter_ is not None, f"{entity.name} does not declare the filter {name}"
    return filter_


def _for_id(connection: Connection, filter_: Filter, value: Any) -> Filter:
    """What a filter that takes ids of several kinds is for this one; the kind is part of the request's shape."""
    if not filter_.by_entity:
        return filter_
    kinds = [connection.entities[name] for name in filter_.by_entity]
    row_id(value, *kinds, name=f"filter.{filter_.name}")
    prefix = parse_global_id(value).prefix
    return next(filter_.by_entity[one.name] for one in kinds if one.prefix == prefix)


def filtered(connection: Connection, filter_: Filter, argument: Argument) -> Condition:
    """The condition of a filter that is given this argument."""
    return _restriction(connection, filter_, argument).condition


def _restriction(connection: Connection, filter_: Filter, argument: Argument) -> Restriction:
    access = connection.access
    bound = _members(connection, filter_, argument)
    source = filter_.source(bound, access) if filter_.source is not None else None
    given = given_filter(filter_, source)
    return Restriction(given, lambda row: filter_.predicate(row, bound, access), source)


def _members(connection: Connection, filter_: Filter, argument: Argument) -> dict[str, ColumnElement[Any]]:
    parameters = connection.parameters
    bound: dict[str, ColumnElement[Any]] = {}
    if filter_.name == "code_prefix":
        bound["from"] = parameters.new("text", argument.binder(lambda value: text(value, name="codePrefix")))
        bound["to"] = parameters.new("text", argument.binder(prefix_end))
        return bound
    if filter_.read is not None:
        for member in filter_.members:
            bound[member] = parameters.new("text", argument.binder(read_member(filter_, member)))
        return bound
    targets = [connection.entities[filter_.entity]] if filter_.entity else []
    for member, kind in filter_.members.items():
        part = argument if member == "value" and len(filter_.members) == 1 else argument.member(member)
        convert = member_of(kind, name=f"filter.{argument.name}", entities=targets)
        bound[member] = parameters.new(_KIND_TYPES[kind], part.binder(convert))
    return bound


def read_member(filter_: Filter, member: str) -> Callable[[str], str]:
    """What binds one member of a filter whose argument is read first."""
    read = filter_.read
    assert read is not None
    return lambda value: read(text(value, name=filter_.name))[member]


def prefix_end(prefix: str) -> str:
    """The smallest text above every text with this prefix, in byte order of UTF-8."""
    stem = text(prefix, name="codePrefix").rstrip("\U0010ffff")
    if not stem:
        return "\U0010ffff" * (len(prefix) + 1)
    following = ord(stem[-1]) + 1
    return stem[:-1] + chr(0xE000 if 0xD800 <= following <= 0xDFFF else following)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)

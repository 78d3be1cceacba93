"""What a connection's list is filtered by: the argument `filter`, and what the field itself says."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, FromClause

from api.plan.arguments import Argument
from api.plan.coercion import member_of, row_id, text
from api.plan.connections import Condition, Connection, Restriction
from api.plan.serving import given_filter
from kernel.entities import Entity, Filter, Kind
from kernel.ids import parse_global_id
from tenants.model import Access

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


def given_filters(
    connection: Connection, argument: Argument | None, variables: Mapping[str, Any]
) -> list[Restriction]:
    """What the argument `filter` restricts the list by."""
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


def fixed_filters(
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
    asked_by = args["filter"].value(variables) if "filter" in args else None
    asked = {_snake(name) for name, value in (asked_by or {}).items() if value is not None}
    for name in names:
        filter_ = _declared(connection.entity, name)
        if asked.intersection(filter_.unless):
            continue
        yield Restriction(given_filter(filter_), partial(_holds, filter_, connection.access))


def filtered(connection: Connection, filter_: Filter, argument: Argument) -> Condition:
    """The condition of a filter that is given this argument."""
    return _restriction(connection, filter_, argument).condition


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


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)

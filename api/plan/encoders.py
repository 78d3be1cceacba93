"""How a column becomes JSON text inside PostgreSQL: one formatter per scalar, never NULL.

A NULL in a concatenation would make the whole row vanish, so every formatter yields the text `null` instead.
"""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLEnumType, GraphQLList, GraphQLNonNull, GraphQLOutputType, is_list_type
from sqlalchemy import ColumnElement, Text, cast, func

from api.plan.sql import concat, quoted

NULL = quoted("null")
MOMENT_FORMAT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'


def encode(
    type_: GraphQLOutputType, value: ColumnElement[Any], *, nullable: bool = True
) -> ColumnElement[str]:
    """The JSON text of a column of this GraphQL type."""
    while isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    text = _to_json(value) if is_list_type(type_) else _encoder(type_)(value)
    return func.coalesce(text, NULL) if nullable else text


def list_item(type_: GraphQLOutputType) -> GraphQLOutputType:
    """The type inside `[T!]!`."""
    while isinstance(type_, GraphQLNonNull | GraphQLList):
        type_ = type_.of_type
    return type_


def json_text(value: ColumnElement[Any]) -> ColumnElement[str]:
    """Any text, number or array as JSON text; NULL stays NULL."""
    return _to_json(value)


def _to_json(value: ColumnElement[Any]) -> ColumnElement[str]:
    return _as_text(func.to_json(value))


def _as_text(value: ColumnElement[Any]) -> ColumnElement[str]:
    return cast(value, Text)


def _enum(value: ColumnElement[Any]) -> ColumnElement[str]:
    return concat(['"', func.upper(value), '"'])


def _moment(value: ColumnElement[Any]) -> ColumnElement[str]:
    utc = func.timezone(quoted("UTC"), value)
    # to_char knows no infinity: it gives NULL, which would make the row vanish.
    return func.coalesce(concat(['"', func.to_char(utc, quoted(MOMENT_FORMAT)), '"']), _to_json(value))


def _encoder(type_: GraphQLOutputType) -> Callable[[ColumnElement[Any]], ColumnElement[str]]:
    if isinstance(type_, GraphQLEnumType):
        return _enum
    name = getattr(type_, "name", "")
    return {"Int": _as_text, "Boolean": _as_text, "DateTime": _moment}.get(name, _to_json)

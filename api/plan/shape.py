"""The shape of a request's variables: what of them decides which SQL is compiled.

Which filter members are given, the order and its direction, whether a cursor is given, the kinds of objects inside ids,
`@skip` and `@include`; never a value. Two requests of one shape share a plan.
"""

from collections.abc import Hashable, Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
)

GIVEN = "given"


def shape(types: Mapping[str, GraphQLInputType], variables: Mapping[str, Any]) -> Hashable:
    """The shape of these variables, hashable."""
    return tuple((name, _shape(type_, variables.get(name))) for name, type_ in types.items())


def _shape(type_: GraphQLInputType, value: Any) -> Hashable:
    if value is None:
        return None
    if isinstance(type_, GraphQLNonNull):
        return _shape(type_.of_type, value)
    if isinstance(type_, GraphQLInputObjectType):
        return tuple((name, _shape(type_.fields[name].type, value[name])) for name in sorted(value))
    if isinstance(type_, GraphQLList):
        return tuple(sorted({str(_shape(type_.of_type, item)) for item in value}))
    if isinstance(type_, GraphQLEnumType):
        return str(getattr(value, "value", value))
    if type_.name == "Boolean":
        return bool(value)
    if type_.name == "ID":
        return str(value).partition("_")[0][:12]
    return GIVEN

"""The shape of a request's variables: what of them decides which SQL is compiled.

Which filter members are given, the order and its direction, whether a cursor is given, the kinds of objects inside ids,
`@skip` and `@include`; never a value. Two requests of one shape share a plan. What decides nothing must not be part of
it: each shape is compiled, and only so many plans of one operation are remembered.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
)

from kernel.errors import InvalidInput
from kernel.ids import parse_global_id

GIVEN, ABSENT, UNKNOWN, MALFORMED = "given", "absent", "unknown", "malformed"
# The enums that choose an order; the values of all others are bound.
_CHOOSING = ("OrderField", "OrderDirection")

IsPrefix = Callable[[str], bool]


def shape(
    types: Mapping[str, GraphQLInputType], variables: Mapping[str, Any], is_prefix: IsPrefix
) -> Hashable:
    """The shape of these variables, hashable. `is_prefix` knows what ids can start with."""
    return tuple(
        (name, _shape(type_, variables[name], is_prefix) if name in variables else _absent(type_))
        for name, type_ in types.items()
    )


def _absent(type_: GraphQLInputType) -> Hashable:
    # Absent is the same as null, but not where an argument has a default: null is refused there.
    return ABSENT if isinstance(type_, GraphQLEnumType) or str(type_) == "Boolean" else None


def _shape(type_: GraphQLInputType, value: Any, is_prefix: IsPrefix) -> Hashable:
    if value is None:
        return None
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if isinstance(type_, GraphQLScalarType):  # most variables are: they are looked at first
        return _of_scalar(type_.name, value, is_prefix)
    if isinstance(type_, GraphQLInputObjectType):
        # a member that is null asks for nothing, as one that is absent
        given = sorted(name for name in value if value[name] is not None)
        return tuple((name, _shape(type_.fields[name].type, value[name], is_prefix)) for name in given)
    if isinstance(type_, GraphQLList):
        return tuple(sorted({str(_shape(type_.of_type, item, is_prefix)) for item in value}))
    if isinstance(type_, GraphQLEnumType):
        return str(getattr(value, "value", value)) if type_.name.endswith(_CHOOSING) else GIVEN
    return GIVEN


def _of_scalar(name: str, value: Any, is_prefix: IsPrefix) -> Hashable:
    if name == "ID":
        return _prefix(value, is_prefix)
    return bool(value) if name == "Boolean" else GIVEN


def _prefix(value: str, is_prefix: IsPrefix) -> str:
    try:
        prefix = parse_global_id(value).prefix
    except InvalidInput:
        return MALFORMED
    return prefix if is_prefix(prefix) else UNKNOWN

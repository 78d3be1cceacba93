"""What is wrong with a request's variables, said by name, place and type and never by value.

graphql-core's own sentences repeat the whole object a mistake is in, and with it the password beside a misspelt member.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    Undefined,
    VariableDefinitionNode,
    is_input_type,
    is_required_input_field,
    type_from_ast,
)
from graphql.utilities import coerce_input_value

MAX_FAULTS = 20
_LONGEST_NAME = 60
# A boolean is an integer to Python, so it comes first.
_KINDS = (
    (str, "a string"),
    (bool, "a boolean"),
    (int, "a whole number"),
    (float, "a number with a fraction"),
    (list, "a list"),
    (dict, "an object"),
)
_HINTS = {
    "Int": ": it is a whole number of 32 bits",
    "Date": ": it is a day such as 2026-04-01",
    "DateTime": ": it is a date, a time and an offset, such as 2026-04-01T08:00:00Z",
    "Decimal": ': it is a decimal number such as "2.50"',
}


def faults(
    schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode], variables: Mapping[str, Any]
) -> list[GraphQLError]:
    """An error per fault, at most `MAX_FAULTS`, with the location of the variable's definition."""
    found: list[GraphQLError] = []
    for definition in definitions:
        type_ = type_from_ast(schema, definition.type)
        assert is_input_type(type_)
        name = definition.variable.name.value
        value = variables.get(name, Undefined)
        if value is Undefined and (definition.default_value or not isinstance(type_, GraphQLNonNull)):
            continue
        for sentence in _sentences(value, type_, f"${name}"):
            if len(found) == MAX_FAULTS:
                return found
            found.append(GraphQLError(sentence, definition))
    return found


def _sentences(value: Any, type_: GraphQLInputType, place: str) -> Iterator[str]:
    if value is Undefined:
        yield f"the variable {place} is missing: it is {type_}"
    elif isinstance(type_, GraphQLNonNull):
        if value is None:
            yield f"{place} is null: it is {type_}"
        else:
            yield from _sentences(value, type_.of_type, place)
    elif value is None:
        return
    elif isinstance(type_, GraphQLList):
        for index, item in enumerate(value if isinstance(value, list) else [value]):
            yield from _sentences(item, type_.of_type, f"{place}[{index}]")
    elif isinstance(type_, GraphQLInputObjectType):
        yield from _of_object(value, type_, place)
    elif coerce_input_value(value, type_) is Undefined:
        yield f"{place} is {_kind(value)}, which is no {type_}{_hint(type_)}"


def _of_object(value: Any, type_: GraphQLInputObjectType, place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place} is {_kind(value)} and no object: it is {type_}"
        return
    for name, field in type_.fields.items():
        if name in value:
            yield from _sentences(value[name], field.type, f"{place}.{name}")
        elif is_required_input_field(field):
            yield f"{place} has no member {name!r}, which {type_} requires"
    for name in value:
        if name not in type_.fields:
            yield f"{place} has the member {name[:_LONGEST_NAME]!r}, which {type_} does not know"


def _hint(type_: GraphQLInputType) -> str:
    if isinstance(type_, GraphQLEnumType):
        return f": it is one of {', '.join(type_.values)}"
    return _HINTS.get(getattr(type_, "name", ""), "")


def _kind(value: Any) -> str:
    return next((kind for type_, kind in _KINDS if isinstance(value, type_)), "something else")

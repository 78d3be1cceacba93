"""A request's variables as the schema's types; what is wrong with them, said by name, place and type and never by value.

graphql-core's own sentences repeat the whole object a mistake is in, and with it the password beside a misspelt member.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
    is_input_type,
    is_required_input_field,
    type_from_ast,
    value_from_ast,
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
_ONE_OF = ": it is one of "
_HINTS = {
    "Int": ": it is a whole number of 32 bits",
    "Date": ": it is a day such as 2026-04-01",
    "DateTime": ": it is a date, a time and an offset, such as 2026-04-01T08:00:00Z",
    "Decimal": ': it is a decimal number such as "2.50"',
}


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that an operation declares. `default` is its coerced default; `Undefined` where it has none."""

    name: str
    type: GraphQLInputType
    default: Any
    is_required: bool


def declared(schema: GraphQLSchema, operation: OperationDefinitionNode) -> tuple[Variable, ...]:
    """The variables of a validated operation."""
    return tuple(_declared(schema, one) for one in operation.variable_definitions or ())


def coerced_at_once(declared: Sequence[Variable], given: Mapping[str, Any]) -> dict[str, Any] | None:
    """The values as the schema's types (GraphQL, section 6.1.2); None where one is not, which is not said here."""
    coerced = {}
    for variable in declared:
        value = given.get(variable.name, Undefined)
        if value is Undefined:
            if variable.default is not Undefined:
                coerced[variable.name] = variable.default
            elif variable.is_required:
                return None
            continue
        try:
            fitting = coerce_input_value(value, variable.type)
        except RecursionError:
            return None
        if fitting is Undefined:
            return None
        coerced[variable.name] = fitting
    return coerced


def faults(
    schema: GraphQLSchema,
    definitions: Sequence[VariableDefinitionNode],
    variables: Mapping[str, Any],
    *,
    with_hints: bool = True,
) -> list[GraphQLError]:
    """An error per fault, at most `MAX_FAULTS`, with the location of the variable's definition.

    Without hints it names no enum value that was not sent.
    """
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
            found.append(GraphQLError(sentence if with_hints else sentence.partition(_ONE_OF)[0], definition))
    return found


def _declared(schema: GraphQLSchema, definition: VariableDefinitionNode) -> Variable:
    type_ = type_from_ast(schema, definition.type)
    assert is_input_type(type_)
    default = Undefined
    if definition.default_value is not None:
        default = value_from_ast(definition.default_value, type_)
    is_required = isinstance(type_, GraphQLNonNull) and default is Undefined
    return Variable(definition.variable.name.value, type_, default, is_required)


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
        return f"{_ONE_OF}{', '.join(type_.values)}"
    return _HINTS.get(getattr(type_, "name", ""), "")


def _kind(value: Any) -> str:
    return next((kind for type_, kind in _KINDS if isinstance(value, type_)), "something else")

"""The short reading of variables gives what the library's long one gives, or nothing."""

from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    get_variable_values,
    parse,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from api.plan.variables import coerced_at_once, declared

_COLOUR = GraphQLEnumType("Colour", {"RED": 1, "BLUE": 2})
_INNER = GraphQLInputObjectType(
    "Inner",
    {
        "id": GraphQLInputField(GraphQLNonNull(GraphQLID)),
        "some": GraphQLInputField(GraphQLList(GraphQLInt), default_value=[1]),
        "camelName": GraphQLInputField(GraphQLString, out_name="camel_name"),
        "colour": GraphQLInputField(_COLOUR),
    },
)
_SCHEMA = GraphQLSchema(
    GraphQLObjectType("Query", {"x": GraphQLField(GraphQLInt)}),
    types=[_INNER, GraphQLFloat, GraphQLBoolean, GraphQLID],
)
_OPERATION: Any = parse(
    "query($a: ID!, $b: Int = 7, $c: [String!], $d: Inner, $e: Float, $f: Boolean! = true, $g: Colour, $h: [[Int]]) { x }"
).definitions[0]
_DECLARED = declared(_SCHEMA, _OPERATION)
_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**33), 2**33),
    st.floats(),
    st.text(max_size=3),
    st.sampled_from(["RED", "BLUE", "PINK"]),
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "some", "camelName", "colour", "odd"]), inner, max_size=4),
    ),
    max_leaves=6,
)
_FITTING = {
    "a": st.one_of(st.text(max_size=4), st.integers(0, 9)),
    "b": st.integers(0, 9),
    "c": st.one_of(st.lists(st.text(max_size=2), max_size=2), st.text(max_size=2)),
    "d": st.fixed_dictionaries({"id": st.text(max_size=3)}, optional={"some": st.lists(st.integers(0, 5))}),
    "e": st.floats(allow_nan=False, allow_infinity=False),
    "f": st.booleans(),
    "g": st.sampled_from(["RED", "BLUE"]),
    "h": st.lists(st.lists(st.integers(0, 5), max_size=2), max_size=2),
}


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(_FITTING, _VALUES)))
@settings(max_examples=400, deadline=None)
def test_any_values_are_read_as_the_library_reads_them(values: dict[str, Any]) -> None:
    _compare(values)


@given(
    st.fixed_dictionaries(
        {"a": _FITTING["a"]},
        optional={name: values for name, values in _FITTING.items() if name != "a"},
    )
)
@settings(max_examples=200, deadline=None)
def test_fitting_values_are_read_at_once(values: dict[str, Any]) -> None:
    assert coerced_at_once(_DECLARED, values) is not None
    _compare(values)


def test_a_value_that_is_nested_too_deeply_is_not_read() -> None:
    nested: Any = 1
    for _ in range(5000):
        nested = [nested]
    assert coerced_at_once(_DECLARED, {"a": "1", "h": nested}) is None


def _compare(values: dict[str, Any]) -> None:
    found = get_variable_values(_SCHEMA, _OPERATION.variable_definitions, values)
    expected = None if isinstance(found, list) else found.coerced
    assert coerced_at_once(_DECLARED, values) == expected

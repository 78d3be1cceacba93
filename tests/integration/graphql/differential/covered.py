"""Which fields, arguments and members of the schema operations ask for, by coordinates such as `Course.code`."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    visit,
)

from api.schema.build import SCHEMA

# What a search engine answers has no plain answer in the rows; `tests/integration/search/graphql` asks for each of its fields.
SEARCHED = frozenset({"search", "suggest"})


def reachable() -> set[str]:
    """Every field that a query of rows can reach, its arguments, and the members of their inputs."""
    assert SCHEMA.query_type is not None
    found: set[str] = set()
    seen: set[str] = set()
    waiting: list[GraphQLType] = [SCHEMA.query_type]
    while waiting:
        type_ = waiting.pop()
        if not isinstance(type_, GraphQLObjectType) or type_.name in seen or type_.name.startswith("__"):
            continue
        seen.add(type_.name)
        for name, field in type_.fields.items():
            if type_ is SCHEMA.query_type and name in SEARCHED:
                continue
            found.add(f"{type_.name}.{name}")
            waiting.append(get_named_type(field.type))
            for argument, declared in field.args.items():
                found.add(f"{type_.name}.{name}({argument}:)")
                found.update(_members(declared.type))
    return found


def covered(text: str, variables: Mapping[str, Any]) -> Iterator[str]:
    """What a document asks for, literals and variables alike."""
    info = TypeInfo(SCHEMA)
    found: list[str] = []

    class Looking(Visitor):
        """Notes each place by its coordinate."""

        def enter_field(self, node: Any, *_: Any) -> None:
            coordinate = f"{info.get_parent_type()}.{node.name.value}"
            found.append(coordinate)
            found.extend(f"{coordinate}({one.name.value}:)" for one in node.arguments or ())

        def enter_object_field(self, node: Any, *_: Any) -> None:
            found.append(f"{get_named_type(info.get_parent_input_type())}.{node.name.value}")

    document = parse(text)
    visit(document, TypeInfoVisitor(info, Looking()))
    yield from found
    for definition in document.definitions:
        for one in getattr(definition, "variable_definitions", None) or ():
            type_ = SCHEMA.type_map.get(getattr(getattr(one.type, "name", None), "value", ""))
            yield from _given(type_, variables.get(one.variable.name.value))


def _given(type_: Any, value: Any) -> Iterator[str]:
    if isinstance(type_, GraphQLInputObjectType) and isinstance(value, dict):
        for name, member in value.items():
            yield f"{type_.name}.{name}"
            yield from _given(get_named_type(type_.fields[name].type), member)


def _members(type_: Any) -> Iterator[str]:
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        for name, member in named.fields.items():
            yield f"{named.name}.{name}"
            yield from _members(member.type)

"""Which fields an object is asked for: fragments spread, `@skip` and `@include` decided, equal keys merged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    SelectionNode,
    SelectionSetNode,
    SourceLocation,
    VariableNode,
    get_location,
    is_abstract_type,
)

from kernel.errors import InvalidInput

TYPENAME = GraphQLField(GraphQLString)


@dataclass(frozen=True, slots=True)
class Selected:
    """One response key: the field's definition and all nodes that ask for it."""

    key: str
    name: str
    definition: GraphQLField
    nodes: tuple[FieldNode, ...]
    path: tuple[str, ...] = ()  # the response keys that lead to it, where a plan is compiled for it

    def at(self, path: tuple[str, ...]) -> "Selected":
        """The same, knowing where it stands in the answer."""
        return replace(self, path=path)

    @property
    def locations(self) -> tuple[SourceLocation, ...]:
        """Where the document asks for it. Looked up when it is wanted: nobody pays for it who asks rightly."""
        at = self.nodes[0].loc
        return (get_location(at.source, at.start),) if at is not None else ()

    @property
    def python_name(self) -> str:
        """The attribute's name in the Strawberry type: what entities know it by."""
        declared = self.definition.extensions.get("strawberry-definition")
        return str(declared.python_name) if declared is not None else self.name

    @property
    def binding(self) -> Any:
        """What the type says is behind the field, where the name does not."""
        declared = self.definition.extensions.get("strawberry-definition")
        return declared.metadata.get("bind") if declared is not None else None


@dataclass(frozen=True, slots=True)
class Document:
    """What resolving selections needs of a document: the schema, its fragments, and the variables' values."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

    def fields(self, type_: GraphQLObjectType, nodes: Iterable[FieldNode]) -> list[Selected]:
        """The fields asked of an object of this type by all of these nodes; `__typename` has no definition."""
        return self.of_sets(type_, [node.selection_set for node in nodes if node.selection_set])

    def of_sets(self, type_: GraphQLObjectType, sets: Sequence[SelectionSetNode]) -> list[Selected]:
        """The same, given the selection sets."""
        found: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        for selection_set in sets:
            self._collect(type_, selection_set, found, spread)
        return [self._selected(type_, key, nodes) for key, nodes in found.items()]

    def _selected(self, type_: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Selected:
        name = nodes[0].name.value
        definition = type_.fields.get(name) or TYPENAME
        return Selected(key, name, definition, tuple(nodes))

    def _collect(
        self,
        type_: GraphQLObjectType,
        selection_set: SelectionSetNode,
        found: dict[str, list[FieldNode]],
        spread: set[str],
    ) -> None:
        for node in selection_set.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                found.setdefault(key, []).append(node)
                continue
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in spread:
                    continue
                spread.add(node.name.value)
                fragment: Any = self.fragments[node.name.value]
            else:
                fragment = node
            if self._applies(fragment.type_condition, type_):
                self._collect(type_, fragment.selection_set, found, spread)

    def _included(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            wanted = {"skip": False, "include": True}.get(directive.name.value)
            if wanted is not None and self._condition(directive) is not wanted:
                return False
        return True

    def _condition(self, directive: DirectiveNode) -> bool:
        value = (directive.arguments or ())[0].value  # validation: `if: Boolean!` is there
        if isinstance(value, VariableNode):
            given = self.variables.get(value.name.value)
            if given is None:  # a nullable variable with a default may stand here, and still be null
                raise InvalidInput(f"@{directive.name.value}(if: ${value.name.value}) is null")
            return bool(given)
        return isinstance(value, BooleanValueNode) and value.value

    def _applies(self, condition: Any, type_: GraphQLObjectType) -> bool:
        if condition is None or condition.name.value == type_.name:
            return True
        named = self.schema.type_map[condition.name.value]
        return is_abstract_type(named) and self.schema.is_sub_type(_abstract(named), type_)


def _abstract(type_: Any) -> GraphQLAbstractType:
    return type_  # type: ignore[no-any-return]  # just checked by is_abstract_type

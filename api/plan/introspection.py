"""`__schema` and `__type`: answered by graphql-core over the schema itself, no data involved."""

from collections.abc import Iterable

import orjson
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    execute_sync,
)

from api.plan.plan import Inputs, Renderer
from api.plan.selection import Document, Selected
from api.plan.syntax import nodes_within


def introspection(document: Document, selected: Selected, operation: OperationDefinitionNode) -> Renderer:
    """Writes the answer of one introspection field."""
    fragments = _reached(document, selected.nodes)
    used = {
        node.name.value
        for root in (*selected.nodes, *fragments)
        for node in nodes_within(root)
        if isinstance(node, VariableNode)
    }
    declared = [one for one in operation.variable_definitions or () if one.variable.name.value in used]
    alone = OperationDefinitionNode(
        operation=OperationType.QUERY,
        selection_set=SelectionSetNode(selections=selected.nodes),
        variable_definitions=tuple(declared),
        directives=(),
    )
    ast = DocumentNode(definitions=(alone, *fragments))

    def render(inputs: Inputs) -> str:
        given = {name: value for name, value in inputs.variables.items() if name in used}
        result = execute_sync(document.schema, ast, variable_values=given)
        if result.errors or result.data is None:
            raise GraphQLError("introspection failed")
        return orjson.dumps(result.data[selected.key]).decode()

    return render


def _reached(document: Document, roots: Iterable[Node]) -> list[FragmentDefinitionNode]:
    """The fragments that these nodes spread, and those that they spread."""
    found: dict[str, FragmentDefinitionNode] = {}
    waiting = list(roots)
    while waiting:
        for node in nodes_within(waiting.pop()):
            if isinstance(node, FragmentSpreadNode) and node.name.value not in found:
                fragment = found[node.name.value] = document.fragments[node.name.value]
                waiting.append(fragment)
    return list(found.values())

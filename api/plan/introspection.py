"""`__schema` and `__type`: answered by graphql-core over the schema itself, no data involved."""

import orjson
from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    execute_sync,
)

from api.plan.plan import Inputs, Renderer
from api.plan.selection import Document, Selected


def introspection(document: Document, selected: Selected) -> Renderer:
    """Writes the answer of one introspection field."""
    operation = OperationDefinitionNode(
        operation=OperationType.QUERY,
        selection_set=SelectionSetNode(selections=selected.nodes),
        variable_definitions=(),
        directives=(),
    )
    ast = DocumentNode(definitions=(operation, *document.fragments.values()))

    def render(inputs: Inputs) -> str:
        result = execute_sync(document.schema, ast, variable_values=dict(inputs.variables))
        if result.errors or result.data is None:
            raise GraphQLError("introspection failed")
        return orjson.dumps(result.data[selected.key]).decode()

    return render

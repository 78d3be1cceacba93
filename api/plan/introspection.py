"""`__schema` and `__type`: answered by graphql-core over the schema itself, no data involved.

The schema does not change while a process lives, so each question is answered once: what tools ask, which is the same
document again and again but for names and blanks, comes from a text that is ready.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    execute_sync,
    parse,
    print_ast,
)

from api.plan.plan import Inputs, Renderer
from api.plan.selection import Document, Selected
from api.syntax import nodes_within
from tenants.model import Unauthenticated

FIELDS = ("__schema", "__type")
# Answers that are kept; the limits let none be larger than some megabyte, and what tools ask is a quarter of that.
REMEMBERED = 32


class SchemaNotShown(Unauthenticated):
    """The schema is shown to nobody who is not signed in."""

    def __init__(self) -> None:
        super().__init__("sign in first: the schema is not shown to strangers here, only `__typename` is")


def refuse_introspection(asked: Sequence[Selected]) -> None:
    """Raises `SchemaNotShown` where these root fields ask for the schema."""
    if any(selected.name in FIELDS for selected in asked):
        raise SchemaNotShown


def rendered() -> int:
    """How many answers were made rather than taken from those that were ready."""
    return _answered.cache_info().misses


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
    # without the operation's name, blanks and comments: these make no other question
    question = print_ast(DocumentNode(definitions=(alone, *fragments)))
    schema, key = document.schema, selected.key

    def render(inputs: Inputs) -> str:
        return _answered(schema, question, key, _given(inputs.variables, used))

    return render


def _given(variables: Mapping[str, Any], used: set[str]) -> bytes:
    given = {name: value for name, value in variables.items() if name in used}
    return orjson.dumps(given, option=orjson.OPT_SORT_KEYS)


@lru_cache(maxsize=REMEMBERED)
def _answered(schema: GraphQLSchema, question: str, key: str, variables: bytes) -> str:
    result = execute_sync(schema, parse(question), variable_values=orjson.loads(variables))
    if result.errors or result.data is None:
        raise GraphQLError("introspection failed")
    return orjson.dumps(result.data[key]).decode()


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

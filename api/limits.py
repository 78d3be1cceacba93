"""What a document may cost before anything is compiled for it."""

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

MAX_CHARACTERS = 100_000  # remembered documents keep their text
MAX_TOKENS = 4_000
MAX_DEPTH = 16
MAX_ROOT_FIELDS = 30
MAX_FIELDS = 1_500  # with fragments spread, before they are merged
MAX_NODES = 50_000  # rows an answer may hold by its page sizes
MAX_SHAPES = 64  # plans of one operation


class _Counter:
    """Counts the fields of an operation with its fragments spread, and stops at the limit."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self.fields = 0
        self.root_fields = 0
        self.depth = 0

    def count(self, selections: SelectionSetNode, depth: int, spreading: tuple[str, ...]) -> None:
        self.depth = max(self.depth, depth)
        for node in selections.selections:
            if self.fields > MAX_FIELDS or depth > MAX_DEPTH:
                return
            if isinstance(node, FieldNode):
                self.fields += 1
                self.root_fields += depth == 1
                if node.selection_set:
                    self.count(node.selection_set, depth + 1, spreading)
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                fragment = self._fragments.get(name)
                if fragment is not None and name not in spreading:  # a cycle is for validation to name
                    self.fields += 1
                    self.count(fragment.selection_set, depth, (*spreading, name))
            elif isinstance(node, InlineFragmentNode):
                self.count(node.selection_set, depth, spreading)


def check_limits(document: DocumentNode) -> list[GraphQLError]:
    """What of the document is too large, and what to reduce; empty when it may be validated and compiled."""
    fragments = {n.name.value: n for n in document.definitions if isinstance(n, FragmentDefinitionNode)}
    errors = []
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            counter = _Counter(fragments)
            counter.count(node.selection_set, 1, ())
            errors += [GraphQLError(sentence, [node]) for sentence in _too_large(node, counter)]
    return errors


def _too_large(node: OperationDefinitionNode, counter: _Counter) -> list[str]:
    if counter.fields > MAX_FIELDS:  # where counting stopped: what else it counted is not all there is
        return [f"the operation asks for more than {MAX_FIELDS} fields, fragments spread: split it"]
    found = []
    if counter.root_fields > MAX_ROOT_FIELDS:
        found.append(
            f"the operation has {counter.root_fields} root fields, fragments spread;"
            f" at most {MAX_ROOT_FIELDS} are allowed: split it"
        )
    if counter.depth > MAX_DEPTH:
        found.append(f"the operation is nested deeper than {MAX_DEPTH} levels: ask for less at once")
    return found

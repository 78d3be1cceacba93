"""How large a document may be. Checked once for each, before it is validated, in time linear in its length.

Fragments are measured once and counted as often as they are spread, so a document that doubles them is refused as fast as
any other. Every refusal says what the limit is, how much was asked, and what to reduce.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLNamedType,
    GraphQLSyntaxError,
    Node,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    is_leaf_type,
)

from api.syntax import nodes_within
from kernel.errors import ErrorCode, FediflowError

MAX_CHARACTERS = 100_000  # remembered documents keep their text
MAX_TOKENS = 4_000
MAX_OPERATIONS = 50
MAX_FRAGMENTS = 100  # validation compares each with each
MAX_VARIABLES = 200
MAX_DIRECTIVES = 100
MAX_DIRECTIVES_OF_A_NODE = 5
MAX_DEPTH = 16
MAX_ROOT_FIELDS = 30
MAX_ALIASES = 150
MAX_FIELDS = 1_000  # with fragments spread, before they are merged
MAX_MERGES = 3_000  # pairs of nodes under one response key, which validation compares with each other
MAX_PARTS = 1_000  # what is compiled; about 50 microseconds each
MAX_INTROSPECTED = 40_000  # fields of the schema itself, about 3 microseconds each
MAX_INTROSPECTED_LISTS = 3  # inside of one another: types, their fields, their arguments
MAX_NODES = 50_000  # rows an answer may hold by its page sizes
MAX_SHAPES = 64  # plans of one operation

# What a field counts as in `MAX_PARTS`: a statement within the statement takes longer to compile than a column.
_LEAF, _OBJECT, _ROOT_OBJECT, _COUNT, _PLAIN_LIST, _CONNECTION = 1, 8, 24, 20, 24, 40
_COUNTS = ("totalCount", "totalCountIsCapped")

_Fragments = Mapping[str, FragmentDefinitionNode]


class LimitExceeded(FediflowError):
    """The operation is larger than this server answers at once; the message says what to reduce."""

    code = ErrorCode.LIMIT_EXCEEDED


def check_limits(document: DocumentNode) -> list[GraphQLError]:
    """What of the document is too large, and what to reduce; fragments may be circular."""
    operations, fragments = _definitions(document)
    errors = list(_as_written(document, operations, fragments))
    if errors:
        return errors
    measures = _Measures(fragments)
    try:
        for operation in operations:
            errors += [GraphQLError(one, [operation]) for one in _too_large(measures.of(operation))]
        fields = sum(measures.of(root).fields for root in _roots(operations, measures))
    except RecursionError:
        return [too_deep()]
    if fields > MAX_FIELDS:
        errors.append(GraphQLError(_sentence("fields, fragments spread", fields, MAX_FIELDS, "split it")))
    return errors


def check_merges(document: DocumentNode) -> list[GraphQLError]:
    """Refuses the same fields again and again, which validation would compare pair by pair.

    For documents within `check_limits` whose fragments are not circular.
    """
    operations, fragments = _definitions(document)
    measures = _Measures(fragments)
    for operation in operations:
        measures.of(operation)
    merges = sum(_merges([root.selection_set], fragments) for root in _roots(operations, measures))
    if merges <= MAX_MERGES:
        return []
    asked = "pairs of fields under one response key"
    return [GraphQLError(_sentence(asked, merges, MAX_MERGES, "ask for each field once"))]


def check_characters(source: str) -> None:
    """Refuses a document that is too long to be read."""
    if len(source) > MAX_CHARACTERS:
        raise LimitExceeded(
            f"the document has {len(source)} characters; at most {MAX_CHARACTERS} are allowed: use variables"
        )


def limit_of_parser(error: GraphQLSyntaxError) -> GraphQLError | None:
    """The refusal, where the parser stopped because of a limit and not because of a mistake."""
    if "more than" in error.message and "tokens" in error.message:
        return GraphQLError(
            f"the document has more than {MAX_TOKENS} tokens, comments included; at most {MAX_TOKENS} are allowed:"
            " split it, or use variables"
        )
    return too_deep() if "nested too deeply" in error.message else None


def too_deep() -> GraphQLError:
    """The refusal of braces or brackets that nobody can follow."""
    return GraphQLError(
        f"the document is nested too deeply to be read; at most {MAX_DEPTH} levels of fields are allowed:"
        " ask for less at once"
    )


def parts_of(field: str, returns: GraphQLNamedType, *, is_root: bool, is_list: bool) -> int:
    """What a field counts as in `MAX_PARTS`."""
    if is_leaf_type(returns):
        return _COUNT if field in _COUNTS else _LEAF
    if returns.name.endswith("Connection"):
        return _CONNECTION
    if is_list:
        return _PLAIN_LIST
    return _ROOT_OBJECT if is_root else _OBJECT


def check_parts(parts: int) -> None:
    """Refuses an operation that would take too long to compile."""
    if parts > MAX_PARTS:
        raise LimitExceeded(
            f"the operation has more than {MAX_PARTS} parts, a list counting as {_CONNECTION} or {_PLAIN_LIST}, a total as"
            f" {_COUNT}, an object as {_OBJECT} and a plain field as {_LEAF}; at most {MAX_PARTS} are allowed: split it"
        )


def check_introspected(fields: float) -> None:
    """Refuses to say so much about the schema at once."""
    if fields > MAX_INTROSPECTED:
        raise LimitExceeded(
            f"the operation asks for some {fields:.0f} fields of the schema itself; at most {MAX_INTROSPECTED} are"
            " allowed: ask for one type by `__type`, or nest less"
        )


def check_introspected_lists(lists: int) -> None:
    """Refuses types of fields of types of fields."""
    if lists > MAX_INTROSPECTED_LISTS:
        raise LimitExceeded(
            f"the operation asks for lists inside of lists of the schema itself, {lists} levels of them; at most"
            f" {MAX_INTROSPECTED_LISTS} are allowed: ask for the inner types by `__type`"
        )


def check_nodes(rows: int) -> None:
    """Refuses an answer that could hold too many rows by its page sizes."""
    if rows > MAX_NODES:
        raise LimitExceeded(
            f"the page sizes allow {rows} rows in one answer; at most {MAX_NODES} are allowed:"
            " lower `first`, above all of lists inside of lists"
        )


@dataclass(frozen=True, slots=True)
class _Measure:
    """What a selection amounts to, fragments spread."""

    fields: int = 0
    root_fields: int = 0
    aliases: int = 0
    depth: int = 0


_NOTHING = _Measure()


class _Measures:
    """Measures selections; each fragment once."""

    def __init__(self, fragments: _Fragments) -> None:
        self._fragments = fragments
        self._known: dict[str, _Measure] = {}
        self._under_way: set[str] = set()

    def of(self, node: OperationDefinitionNode | FragmentDefinitionNode) -> _Measure:
        return self._of_set(node.selection_set)

    def unused(self) -> list[FragmentDefinitionNode]:
        """The fragments that nothing measured so far spreads."""
        return [node for name, node in self._fragments.items() if name not in self._known]

    def _of_set(self, selections: SelectionSetNode) -> _Measure:
        found = [self._of_selection(node) for node in selections.selections]
        return _Measure(
            sum(one.fields for one in found),
            sum(one.root_fields for one in found),
            sum(one.aliases for one in found),
            max((one.depth for one in found), default=0),
        )

    def _of_selection(self, node: SelectionNode) -> _Measure:
        if isinstance(node, FieldNode):
            inside = self._of_set(node.selection_set) if node.selection_set else _NOTHING
            aliases = inside.aliases + (node.alias is not None)
            return _Measure(inside.fields + 1, 1, aliases, inside.depth + 1)
        if isinstance(node, FragmentSpreadNode):
            inside = self._of_fragment(node.name.value)
        else:
            inside = self._of_set(node.selection_set)  # type: ignore[attr-defined]  # the third kind: an inline fragment
        return _Measure(inside.fields + 1, inside.root_fields, inside.aliases, inside.depth)

    def _of_fragment(self, name: str) -> _Measure:
        if name not in self._known:
            fragment = self._fragments.get(name)
            if fragment is None or name in self._under_way:  # a cycle is for validation to name
                return _NOTHING
            self._under_way.add(name)
            self._known[name] = self._of_set(fragment.selection_set)
        return self._known[name]


def _definitions(
    document: DocumentNode,
) -> tuple[list[OperationDefinitionNode], dict[str, FragmentDefinitionNode]]:
    fragments = {n.name.value: n for n in document.definitions if isinstance(n, FragmentDefinitionNode)}
    return [n for n in document.definitions if isinstance(n, OperationDefinitionNode)], fragments


def _roots(
    operations: list[OperationDefinitionNode], measures: _Measures
) -> list[OperationDefinitionNode | FragmentDefinitionNode]:
    """What nothing else spreads: operations, and fragments that nobody asks for but that are validated too."""
    return [*operations, *measures.unused()]


def _as_written(
    document: DocumentNode, operations: list[OperationDefinitionNode], fragments: _Fragments
) -> Iterator[GraphQLError]:
    counted = (
        ("operations", len(operations), MAX_OPERATIONS, "send fewer in one document"),
        ("fragments", len(fragments), MAX_FRAGMENTS, "write what is used once where it is used"),
    )
    for what, count, most, advice in counted:
        if count > most:
            yield GraphQLError(_sentence(what, count, most, advice, subject="document"))
    for operation in operations:
        variables = len(operation.variable_definitions or ())
        if variables > MAX_VARIABLES:
            advice = "give an input object as one variable"
            yield GraphQLError(_sentence("variables", variables, MAX_VARIABLES, advice), [operation])
    directives = 0
    for node in nodes_within(document):
        here = len(getattr(node, "directives", None) or ())
        directives += here
        if here > MAX_DIRECTIVES_OF_A_NODE:
            asked = "directives in one place"
            yield _refused(asked, here, MAX_DIRECTIVES_OF_A_NODE, "one @skip or @include is enough", node)
            return
    if directives > MAX_DIRECTIVES:
        advice = "put @skip and @include on fragments, not on each field"
        yield GraphQLError(_sentence("directives", directives, MAX_DIRECTIVES, advice, subject="document"))


def _refused(what: str, count: int, most: int, advice: str, node: Node) -> GraphQLError:
    return GraphQLError(_sentence(what, count, most, advice, subject="document"), [node])


def _too_large(measure: _Measure) -> Iterable[str]:
    if measure.root_fields > MAX_ROOT_FIELDS:
        yield _sentence("root fields, fragments spread", measure.root_fields, MAX_ROOT_FIELDS, "split it")
    if measure.aliases > MAX_ALIASES:
        advice = "ask for a list, or by `nodes(ids:)`"
        yield _sentence("aliases, fragments spread", measure.aliases, MAX_ALIASES, advice)
    if measure.depth > MAX_DEPTH:
        yield _sentence("levels of fields", measure.depth, MAX_DEPTH, "ask for less at once")


def _merges(sets: list[SelectionSetNode], fragments: _Fragments) -> int:
    """How many pairs of nodes validation compares because they have one response key; each node is visited once."""
    found: dict[str, list[FieldNode]] = {}
    spread: set[str] = set()
    waiting = list(sets)
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode):
                found.setdefault((node.alias or node.name).value, []).append(node)
            elif not isinstance(node, FragmentSpreadNode):
                waiting.append(node.selection_set)  # type: ignore[attr-defined]  # an inline fragment
            elif node.name.value in fragments and node.name.value not in spread:
                spread.add(node.name.value)
                waiting.append(fragments[node.name.value].selection_set)
    pairs = 0
    for nodes in found.values():
        pairs += len(nodes) * (len(nodes) - 1) // 2
        inside = [node.selection_set for node in nodes if node.selection_set]
        pairs += _merges(inside, fragments) if inside else 0
    return pairs


def _sentence(what: str, count: int, most: int, advice: str, subject: str = "operation") -> str:
    return f"the {subject} has {_shown(count)} {what}; at most {most} are allowed: {advice}"


def _shown(count: int) -> str:
    """Doubled fragments make numbers of many digits."""
    return str(count) if count < 1_000_000_000 else "more than 1000000000"

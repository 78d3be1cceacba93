"""Documents: parsed, limited and validated once, remembered by their text."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    GraphQLSyntaxError,
    MaxIntrospectionDepthRule,
    Node,
    NoFragmentCyclesRule,
    OperationDefinitionNode,
    VariableNode,
    get_variable_values,
    is_input_type,
    parse,
    specified_rules,
    type_from_ast,
    validate,
)

from api.limits import MAX_TOKENS, check_characters, check_limits, check_merges, limit_of_parser, too_deep
from api.plan.variables import Variable, coerced_at_once, declared, faults
from api.syntax import nodes_within
from kernel.errors import INPUT, ErrorCode, FediflowError

# How deep introspection may go is said by `api.limits`, with the limit and what to do.
_RULES = tuple(rule for rule in specified_rules if rule is not MaxIntrospectionDepthRule)
# A character of a document costs some 120 bytes of syntax tree, so at most about 240 MB a process.
MAX_REMEMBERED_CHARACTERS = 2_000_000


class DocumentRefused(FediflowError):
    """The document is no GraphQL, not valid for this schema, or names no operation; `errors` say what and where."""

    def __init__(self, code: ErrorCode, errors: list[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.code = code
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a validated document."""

    key: str
    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    # The variables whose shape decides which SQL is compiled, with their types.
    shaping: Mapping[str, GraphQLInputType]
    variables: tuple[Variable, ...]
    is_schema_shown: bool = True

    @property
    def kind(self) -> str:
        """query, mutation or subscription."""
        return self.node.operation.value

    @property
    def name(self) -> str:
        """What the client calls it, for logs; empty where it has no name."""
        return self.node.name.value if self.node.name else ""

    def coerce(self, schema: GraphQLSchema, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The variables as the schema's types; `DocumentRefused` with an error for each that is not."""
        coerced = coerced_at_once(self.variables, variables)
        if coerced is not None:
            return coerced
        definitions = self.node.variable_definitions or ()
        values = get_variable_values(
            schema, definitions, dict(variables), max_errors=1, hide_suggestions=not self.is_schema_shown
        )
        if isinstance(values, list):
            found = faults(schema, definitions, variables, with_hints=self.is_schema_shown)
            raise DocumentRefused(ErrorCode.BAD_USER_INPUT, found or values)
        return values.coerced


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A validated document."""

    hash: str
    characters: int
    operations: Mapping[str, Operation]

    def operation(self, name: str | None) -> Operation:
        """The operation of that name, or the only one."""
        if name is None:
            if len(self.operations) == 1:
                return next(iter(self.operations.values()))
            raise _no_operation(
                f"the document has {len(self.operations)} operations: say which in operationName"
            )
        found = self.operations.get(name)
        if found is None:
            raise _no_operation(f"the document has no operation named {name!r}")
        return found


class Documents:
    """Parses each document once; remembers the newest. Where the schema is not shown, errors suggest no names of it."""

    def __init__(self, schema: GraphQLSchema, *, is_schema_shown: bool = True) -> None:
        self._schema = schema
        self._is_schema_shown = is_schema_shown
        self._known: OrderedDict[str, ParsedDocument] = OrderedDict()
        self._characters = 0

    def __len__(self) -> int:
        return len(self._known)

    def get(self, source: str) -> ParsedDocument:
        """The parsed document; `DocumentRefused` with every error and its location, `LimitExceeded` where it is too long."""
        known = self._known.get(source)
        if known is None:
            known = self._known[source] = self._parse(_digest(source), source)
            self._characters += known.characters
            while self._characters > MAX_REMEMBERED_CHARACTERS:
                _, oldest = self._known.popitem(last=False)
                self._characters -= oldest.characters
        else:
            self._known.move_to_end(source)
        return known

    def known(self, source: str) -> ParsedDocument | None:
        """The document, if it was parsed already."""
        found = self._known.get(source)
        if found is not None:
            self._known.move_to_end(source)
        return found

    def _parse(self, key: str, source: str) -> ParsedDocument:
        check_characters(source)
        ast = _parsed(source)
        _refuse(ErrorCode.LIMIT_EXCEEDED, check_limits(ast))
        # What follows spreads fragments, so first of all there is an end to that.
        _refuse(ErrorCode.GRAPHQL_VALIDATION_FAILED, validate(self._schema, ast, [NoFragmentCyclesRule]))
        _refuse(ErrorCode.LIMIT_EXCEEDED, check_merges(ast))
        errors = validate(
            self._schema, ast, _RULES, max_errors=20, hide_suggestions=not self._is_schema_shown
        )
        _refuse(ErrorCode.GRAPHQL_VALIDATION_FAILED, errors)
        return ParsedDocument(key, len(source), self._operations(key, ast))

    def _operations(self, key: str, ast: DocumentNode) -> dict[str, Operation]:
        fragments = {
            node.name.value: node for node in ast.definitions if isinstance(node, FragmentDefinitionNode)
        }
        return {
            node.name.value if node.name else "": Operation(
                key,
                node,
                fragments,
                self._shaping(node, fragments),
                declared(self._schema, node),
                self._is_schema_shown,
            )
            for node in ast.definitions
            if isinstance(node, OperationDefinitionNode)
        }

    def _shaping(
        self, node: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
    ) -> dict[str, GraphQLInputType]:
        used = set(_shaping_names([node.selection_set, *fragments.values()]))
        types = {}
        for definition in node.variable_definitions or ():
            type_ = type_from_ast(self._schema, definition.type)
            assert is_input_type(type_)
            if definition.variable.name.value in used:
                types[definition.variable.name.value] = type_
        return types


def _parsed(source: str) -> DocumentNode:
    try:
        return parse(source, max_tokens=MAX_TOKENS)
    except GraphQLSyntaxError as error:
        limit = limit_of_parser(error)
        code = ErrorCode.LIMIT_EXCEEDED if limit else ErrorCode.GRAPHQL_PARSE_FAILED
        raise DocumentRefused(code, [limit or error]) from None
    except RecursionError:
        raise DocumentRefused(ErrorCode.LIMIT_EXCEEDED, [too_deep()]) from None


def _refuse(code: ErrorCode, errors: list[GraphQLError]) -> None:
    if errors:
        raise DocumentRefused(code, errors)


def _digest(source: str) -> str:
    return hashlib.blake2b(source.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _shaping_names(roots: Iterable[Node]) -> Iterator[str]:
    """The variables outside of a mutation's `input`: what an operation is given decides no SQL of ours."""
    for root in roots:
        for node in nodes_within(root, leave_out=_is_input):
            if isinstance(node, VariableNode):
                yield node.name.value


def _is_input(node: Node) -> bool:
    return isinstance(node, ArgumentNode) and node.name.value == INPUT  # which no field that reads has


def _no_operation(message: str) -> DocumentRefused:
    return DocumentRefused(ErrorCode.BAD_REQUEST, [GraphQLError(message)])

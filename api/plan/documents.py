"""Documents: parsed, limited and validated once, remembered under their hash."""

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
    Node,
    OperationDefinitionNode,
    VariableNode,
    get_variable_values,
    is_input_type,
    parse,
    type_from_ast,
    validate,
)

from api.limits import MAX_CHARACTERS, MAX_TOKENS, check_limits
from api.plan.syntax import nodes_within
from api.plan.variables import faults
from kernel.errors import INPUT, ErrorCode, FediflowError

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
        definitions = self.node.variable_definitions or ()
        values = get_variable_values(schema, definitions, dict(variables), max_errors=1)
        if isinstance(values, list):
            raise DocumentRefused(ErrorCode.BAD_USER_INPUT, faults(schema, definitions, variables) or values)
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
    """Parses each document once; remembers the newest."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._known: OrderedDict[str, ParsedDocument] = OrderedDict()
        self._characters = 0

    def __len__(self) -> int:
        return len(self._known)

    def get(self, source: str) -> ParsedDocument:
        """The parsed document; `DocumentRefused` with every error and its location."""
        key = hashlib.blake2b(source.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._parse(key, source)
            self._characters += known.characters
            while self._characters > MAX_REMEMBERED_CHARACTERS:
                _, oldest = self._known.popitem(last=False)
                self._characters -= oldest.characters
        else:
            self._known.move_to_end(key)
        return known

    def _parse(self, key: str, source: str) -> ParsedDocument:
        if len(source) > MAX_CHARACTERS:
            sentence = f"the document has {len(source)} characters; at most {MAX_CHARACTERS} are allowed: use variables"
            raise DocumentRefused(ErrorCode.LIMIT_EXCEEDED, [GraphQLError(sentence)])
        try:
            ast = parse(source, max_tokens=MAX_TOKENS)
        except GraphQLError as error:
            raise DocumentRefused(ErrorCode.GRAPHQL_PARSE_FAILED, [error]) from None
        except RecursionError:
            nested = GraphQLError("the document is nested too deeply")
            raise DocumentRefused(ErrorCode.LIMIT_EXCEEDED, [nested]) from None
        refused = check_limits(ast)
        if refused:
            raise DocumentRefused(ErrorCode.LIMIT_EXCEEDED, refused)
        errors = validate(self._schema, ast, max_errors=20)
        if errors:
            raise DocumentRefused(ErrorCode.GRAPHQL_VALIDATION_FAILED, errors)
        return ParsedDocument(key, len(source), self._operations(key, ast))

    def _operations(self, key: str, ast: DocumentNode) -> dict[str, Operation]:
        fragments = {
            node.name.value: node for node in ast.definitions if isinstance(node, FragmentDefinitionNode)
        }
        return {
            node.name.value if node.name else "": Operation(
                key, node, fragments, self._shaping(node, fragments)
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

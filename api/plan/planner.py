"""The cache of plans: a hit neither parses, validates nor compiles; a miss does each once."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from graphql import GraphQLSchema

from api.limits import MAX_NODES
from api.plan.compiler import Compiler
from api.plan.documents import Documents, Operation
from api.plan.plan import Inputs, Plan
from api.plan.plan_cache import Compiled, PlanCache
from api.plan.selection import Document
from api.plan.shape import shape
from kernel.entities import Entities
from kernel.errors import ErrorCode, FediflowError
from tenants.model import Access

_C = TypeVar("_C", bound=Compiled)


class LimitExceeded(FediflowError):
    """The operation is larger than this server answers at once; the message says what to reduce."""

    code = ErrorCode.LIMIT_EXCEEDED


class Planner:
    """Finds or compiles the plan of an operation for an access and the shape of its variables."""

    def __init__(self, schema: GraphQLSchema, entities: Entities) -> None:
        self.schema = schema
        self.entities = entities
        self.documents = Documents(schema)
        self.hits = 0
        self.misses = 0
        self._plans = PlanCache()

    def __len__(self) -> int:
        return len(self._plans)

    def query(self, operation: Operation, access: Access, variables: Mapping[str, Any]) -> Plan:
        """The plan of a query."""
        return self.cached(
            operation,
            access,
            variables,
            lambda document: Compiler(document, self.entities, access).query(operation.node),
        )

    def cached(
        self,
        operation: Operation,
        access: Access,
        variables: Mapping[str, Any],
        compile_: Callable[[Document], _C],
    ) -> _C:
        """Whatever `compile_` makes for this operation, access and shape, made once."""
        family = (operation.key, operation.name, access)
        its_shape = shape(operation.shaping, variables, self._is_prefix)
        found = self._plans.get(family, its_shape)
        if found is not None:
            self.hits += 1
            return cast(_C, found)
        self.misses += 1
        made = compile_(Document(self.schema, operation.fragments, variables))
        self._plans.put(family, its_shape, made)
        return made

    def _is_prefix(self, prefix: str) -> bool:
        return self.entities.by_prefix(prefix) is not None


def check_nodes(pages: tuple[tuple[Any, ...], ...], inputs: Inputs) -> None:
    """Refuses an answer that could hold too many rows by its page sizes."""
    total = 0
    for sizes in pages:
        rows = 1
        for size in sizes:
            rows *= size(inputs)
        total += rows
    if total > MAX_NODES:
        raise LimitExceeded(
            f"the page sizes allow {total} rows in one answer; at most {MAX_NODES} are allowed: lower `first`"
        )

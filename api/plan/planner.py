"""The cache of plans: a hit neither parses, validates nor compiles; a miss does each once."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar, cast

from graphql import GraphQLSchema

from api import limits
from api.cost.price import Price
from api.plan.compiler import Compiler
from api.plan.documents import Documents, Operation
from api.plan.introspection import refuse_introspection
from api.plan.plan import Inputs, Plan
from api.plan.plan_cache import Compiled, PlanCache
from api.plan.pricing import priced
from api.plan.selection import Document
from api.plan.shape import shape
from kernel.entities import Entities
from tenants.model import Access

_C = TypeVar("_C", bound=Compiled)


class Planner:
    """Finds or compiles the plan of an operation for an access and the shape of its variables."""

    def __init__(self, schema: GraphQLSchema, entities: Entities, *, is_schema_shown: bool = True) -> None:
        """`is_schema_shown`: to people who are not signed in, and in part by the errors of documents."""
        self.schema = schema
        self.entities = entities
        self.documents = Documents(schema, is_schema_shown=is_schema_shown)
        self._is_schema_shown = is_schema_shown
        self.hits = 0
        self.misses = 0
        self._plans = PlanCache()

    def __len__(self) -> int:
        return len(self._plans)

    @property
    def families(self) -> int:
        """How many operations have plans, counted once for each access."""
        return self._plans.families

    @property
    def most_shapes(self) -> int:
        """How many plans the operation has that has most of them."""
        return self._plans.most_shapes

    def query(
        self, operation: Operation, access: Access, variables: Mapping[str, Any], price: Price | None = None
    ) -> Plan:
        """The plan of a query; `price` where it is known already."""

        def compiled(document: Document) -> Plan:
            its_price = price or priced(document, operation.node, self.entities)
            self._check_shown(document, operation, access)
            return replace(Compiler(document, self.entities, access).query(operation.node), price=its_price)

        return self.cached(operation, access, variables, compiled)

    def priced(self, operation: Operation, variables: Mapping[str, Any]) -> Price:
        """The price of an operation; `LimitExceeded` where it is too large to be compiled."""
        return priced(Document(self.schema, operation.fragments, variables), operation.node, self.entities)

    def known(self, operation: Operation, access: Access, variables: Mapping[str, Any]) -> Plan | None:
        """The plan of a query, if it was compiled already."""
        family = (operation.key, operation.name, access)
        found = self._plans.get(family, shape(operation.shaping, variables, self._is_prefix))
        if found is None:
            return None
        self.hits += 1
        return cast(Plan, found)

    def knows(self, operation: Operation, access: Access, variables: Mapping[str, Any]) -> bool:
        """Whether something was compiled for this."""
        its_shape = shape(operation.shaping, variables, self._is_prefix)
        return self._plans.get((operation.key, operation.name, access), its_shape) is not None

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

    def _check_shown(self, document: Document, operation: Operation, access: Access) -> None:
        root = self.schema.query_type
        if root is not None and not self._is_schema_shown and not access.is_member:
            refuse_introspection(document.of_sets(root, [operation.node.selection_set]))

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
    limits.check_nodes(total)

"""From a request's parameters to the answer's text: plan, bind, run, frame; errors translated once."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from api.answered import log_refusal
from api.errors import as_answers, codes_of
from api.http.messages import HttpRefused
from api.http.negotiation import GraphQLRequest
from api.mutations import Mutations
from api.plan.carrier import Carrier
from api.plan.documents import Operation
from api.plan.plan import Inputs, Plan
from api.plan.planner import Planner, check_nodes
from api.plan.selection import Document
from api.plan.values import MAX_LANGUAGES, language_range
from kernel.clock import Clock, system_clock
from kernel.errors import ErrorCode
from tenants.model import Principal, Tenant, TenantId, TenantRequired

# Called once per operation: kind, outcome (ok or the first error's code), seconds.
Observer = Callable[[str, str, float], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's JSON text, and what decides its HTTP status; `user_codes` are those of payloads, which do not."""

    body: bytes
    codes: tuple[ErrorCode, ...] = ()
    has_data: bool = True
    user_codes: tuple[ErrorCode, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A query with its plan, ready for the database."""

    plan: Plan
    inputs: Inputs

    def framed(self, answers: Sequence[bytes | None]) -> bytes:
        """The whole answer out of the statements' texts."""
        return b'{"data":%b}' % self.plan.frame(self.inputs, answers)


class Executor:
    """Answers operations. One per process."""

    def __init__(
        self,
        planner: Planner,
        carrier: Carrier,
        mutations: Mutations,
        *,
        clock: Clock = system_clock,
        observe: Observer | None = None,
    ) -> None:
        self.planner = planner
        self._carrier = carrier
        self._mutations = mutations
        self._clock = clock
        self._observe = observe or (lambda kind, outcome, seconds: None)

    async def answer(
        self, request: GraphQLRequest, principal: Principal | None, request_id: str, address: str = ""
    ) -> Answer:
        """The whole answer; every error but a refusal of HTTP itself is inside it."""
        started = time.perf_counter()
        kind, name = "unknown", request.operation_name
        try:
            operation = self.planner.documents.get(request.query).operation(request.operation_name)
            kind, name = operation.kind, operation.name or name
            answer = await self._run(operation, request, principal, request_id, address)
        except HttpRefused:
            raise
        except Exception as error:
            answer = _failed(as_answers(error, request_id))
        outcome = str(answer.codes[0]) if answer.codes else "ok"
        self._observe(kind, outcome, time.perf_counter() - started)
        log_refusal((*answer.codes, *answer.user_codes), started=started, kind=kind, name=name)
        return answer

    async def _run(
        self,
        operation: Operation,
        request: GraphQLRequest,
        principal: Principal | None,
        request_id: str,
        address: str,
    ) -> Answer:
        if operation.kind != "query" and request.is_get:
            raise HttpRefused(
                405,
                ErrorCode.BAD_REQUEST,
                f"a {operation.kind} is not run by GET; use POST",
                [(b"allow", b"POST")],
            )
        variables = operation.coerce(self.planner.schema, request.variables)
        if principal is None:
            principal = self._nobody(operation, variables)
        inputs = self._inputs(principal, variables)
        if operation.kind == "mutation":
            data, user_codes = await self._mutations.run(operation, inputs, address)
            return Answer(('{"data":' + data + "}").encode(), user_codes=user_codes)
        asked = self.asked(operation, inputs)
        answers = await self._carrier.fetch(principal.tenant, asked.plan.statements, inputs)
        return Answer(asked.framed(answers))

    def asked(self, operation: Operation, inputs: Inputs) -> "Asked":
        """A query that may run; everything before the database is asked, and nothing of it waits."""
        plan = self.planner.query(operation, inputs.principal.access, inputs.variables)
        check_nodes(plan.pages, inputs)
        return Asked(plan, inputs)

    def _nobody(self, operation: Operation, variables: Mapping[str, Any]) -> Principal:
        """Stands in where the request names no tenant: only the schema itself may be asked."""
        schema = self.planner.schema
        root = schema.get_root_type(operation.node.operation)
        assert root is not None
        document = Document(schema, operation.fragments, variables)
        asked = document.of_sets(root, [operation.node.selection_set])
        if not all(selected.name.startswith("__") for selected in asked):
            raise TenantRequired(
                "the request names no institution: send a token, the header FediFlow-Tenant, or use its own host"
            )
        return _NOBODY

    def _inputs(self, principal: Principal, variables: Mapping[str, Any]) -> Inputs:
        today = principal.tenant.day_of(self._clock())
        return Inputs(principal, variables, language_range(principal.languages[:MAX_LANGUAGES]), today)


def _failed(errors: list[dict[str, Any]]) -> Answer:
    return Answer(orjson.dumps({"errors": errors}), tuple(codes_of(errors)), has_data=False)


_NOBODY = Principal(Tenant(TenantId(0), "", {}, "", "", "UTC", ("en",), (), is_suspended=False))

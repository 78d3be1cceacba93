"""From a request's parameters to the answer's text: plan, bind, run, frame; errors translated once."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from api.answered import log_refusal
from api.cost.charge import Payer, Till
from api.documents.texts import DocumentTexts
from api.errors import as_answers, beside, codes_of, of_field, seconds_to_wait
from api.http.messages import HttpRefused
from api.http.parameters import GraphQLRequest
from api.limits import check_characters
from api.mutations import Mutations
from api.plan.carrier import Carrier, Started
from api.plan.documents import Operation, ParsedDocument
from api.plan.plan import Inputs, Plan
from api.plan.planner import Planner
from api.plan.selection import Document
from api.plan.values import MAX_LANGUAGES, language_range
from api.plan.variables import coerced_at_once
from api.searching.finding import Searching
from kernel.clock import Clock, system_clock
from kernel.crypto.columns import ColumnKeys
from kernel.database.wire.promise import Outcome
from kernel.database.wire.values import TextArray
from kernel.errors import ErrorCode, FediflowError
from tenants.model import Principal, Tenant, TenantId, TenantRequired

# Called once per operation: kind, outcome (ok or the first error's code), seconds.
Observer = Callable[[str, str, float], None]

# The keys of what a tenant has stored encrypted; None: it has none yet.
KeysOf = Callable[[Tenant], Awaitable[ColumnKeys | None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's JSON text, and what decides its HTTP status; `user_codes` are those of payloads, which do not."""

    body: bytes
    codes: tuple[ErrorCode, ...] = ()
    has_data: bool = True
    user_codes: tuple[ErrorCode, ...] = ()
    # What may hold a new secret is not: see `api.http.compression`.
    is_compressible: bool = True
    # Where there were too many: the seconds until there are not; 0 where it was not for that.
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A query with its plan, paid for and ready for the database."""

    plan: Plan
    inputs: Inputs
    payer: Payer

    def framed(self, answers: Sequence[bytes | None]) -> bytes:
        """The whole answer out of the statements' texts."""
        return self.payer.answer(self.plan.frame(self.inputs, answers))


class Executor:
    """Answers operations. One per process."""

    def __init__(
        self,
        planner: Planner,
        carrier: Carrier,
        mutations: Mutations,
        texts: DocumentTexts,
        till: Till,
        *,
        column_keys: KeysOf,
        searching: Searching,
        clock: Clock = system_clock,
        observe: Observer | None = None,
    ) -> None:
        self.planner = planner
        self._carrier = carrier
        self._mutations = mutations
        self._texts = texts
        self.till = till
        self._column_keys = column_keys
        self._searching = searching
        self._clock = clock
        self._observe = observe or (lambda kind, outcome, seconds: None)

    async def answer(
        self, request: GraphQLRequest, principal: Principal | None, request_id: str, address: str = ""
    ) -> Answer:
        """The whole answer; every error but a refusal of HTTP itself is inside it."""
        started = time.perf_counter()
        kind, name = "unknown", request.operation_name
        try:
            payer = self.till.payer(principal, address)
            document = await self.document(request, principal, payer)
            operation = document.operation(request.operation_name)
            kind, name = operation.kind, operation.name or name
            answer = await self._run(operation, request, principal, payer, address, request_id)
        except HttpRefused:
            raise
        except Exception as error:
            answer = _failed(as_answers(error, request_id))
        outcome = str(answer.codes[0]) if answer.codes else "ok"
        self._observe(kind, outcome, time.perf_counter() - started)
        log_refusal((*answer.codes, *answer.user_codes), started=started, kind=kind, name=name)
        return answer

    def begin(
        self,
        request: GraphQLRequest,
        principal: Principal,
        address: str,
        done: Callable[[bytes | BaseException], None],
    ) -> Started | None:
        """Begins a query whose plan is known, and says its answer to `done`; None: only `answer` can say what comes.

        Nothing has been done where it returns None, so `answer` may be asked the same.
        """
        text = self._texts.known(request.query, request.reference, principal.tenant)
        document = self.planner.documents.known(text) if text is not None else None
        if document is None:
            return None
        operation = document.operation(request.operation_name)
        variables = coerced_at_once(operation.variables, request.variables)
        if operation.kind != "query" or variables is None:
            return None
        plan = self.planner.known(operation, principal.access, variables)
        if plan is None or not plan.statements or plan.needs_keys or plan.searches:
            return None
        inputs = self._inputs(principal, variables)
        payer = self.till.payer(principal, address)
        if not payer.pay_at_once(plan.price, inputs):
            return None
        asked = Asked(plan, inputs, payer)

        def answered(outcome: Outcome) -> None:
            try:
                answer = outcome if isinstance(outcome, BaseException) else asked.framed(outcome)
            except Exception as error:
                answer = error
            done(answer)

        try:
            return self._carrier.start(principal.tenant, plan.statements, inputs, answered)
        except Exception:
            payer.give_back_what_it_asks()
            raise

    def counted(self, started: float) -> None:
        """Counts a query that was begun at `started` (`time.perf_counter`) and went well."""
        self._observe("query", "ok", time.perf_counter() - started)

    def failed(self, error: BaseException, request_id: str, started: float) -> Answer:
        """The answer of a query that was begun and failed, counted and logged."""
        answer = _failed(as_answers(error, request_id))
        self._observe("query", str(answer.codes[0]), time.perf_counter() - started)
        log_refusal(answer.codes, started=started, kind="query")
        return answer

    async def text(self, request: GraphQLRequest, principal: Principal | None) -> str:
        """The document that is asked, also where it was named only; raises where there is none, or it may not be asked."""
        tenant = principal.tenant if principal is not None else None
        return await self._texts.find(request.query, request.reference, tenant)

    async def document(
        self, request: GraphQLRequest, principal: Principal | None, payer: Payer
    ) -> ParsedDocument:
        """The document; one that is new here is paid for before anything reads it."""
        if request.query:
            await self._pay_if_new(request.query, payer)
        text = await self.text(request, principal)
        if not request.query:
            await self._pay_if_new(text, payer)
        return self.planner.documents.get(text)

    async def _pay_if_new(self, text: str, payer: Payer) -> None:
        if self.planner.documents.known(text) is None:
            check_characters(text)
            await payer.pay_for_document(len(text))

    async def _run(
        self,
        operation: Operation,
        request: GraphQLRequest,
        principal: Principal | None,
        payer: Payer,
        address: str,
        request_id: str,
    ) -> Answer:
        if operation.kind != "query" and request.is_get:
            raise HttpRefused(
                405,
                ErrorCode.BAD_REQUEST,
                f"a {operation.kind} is not run by GET; use POST",
                [(b"allow", b"POST")],
            )
        if operation.kind == "subscription":
            raise StreamNeeded(
                "a subscription has many answers: accept text/event-stream, or connect by WebSocket "
                "(graphql-transport-ws)"
            )
        variables = operation.coerce(self.planner.schema, request.variables)
        if principal is None:
            principal = self._nobody(operation, variables)
        inputs = self._inputs(principal, variables)
        if operation.kind == "mutation":
            body, user_codes = await self._mutations.run(operation, inputs, address, payer)
            return Answer(body, user_codes=user_codes, is_compressible=False)
        plan = await self._plan(operation, inputs, payer)
        await payer.pay(plan.price, inputs)
        if plan.needs_keys:
            inputs.sources = {"column_keys": await self._column_keys(principal.tenant)}
        asked = Asked(plan, inputs, payer)
        if plan.searches:
            return await self._searched(asked, request_id)
        answers = await self._carrier.fetch(principal.tenant, plan.statements, inputs)
        return Answer(asked.framed(answers))

    async def _searched(self, asked: Asked, request_id: str) -> Answer:
        """The answer of a plan with searches: what no engine answers is null and has its error, all else is as ever."""
        found = await self._searching.fetch(asked.plan, asked.inputs, self._carrier)
        body = asked.framed(found.texts)
        if not found.failed:
            return Answer(body)
        failed = [
            (search, found.failed[place]) for place, search in asked.plan.searches if place in found.failed
        ]
        errors = [of_field(error, search.field, request_id) for search, error in failed]
        return Answer(beside(body, errors), tuple(codes_of(errors)))

    async def _plan(self, operation: Operation, inputs: Inputs, payer: Payer) -> Plan:
        """The plan; one that is new here is paid for before it is compiled, by whoever compiles it."""
        access, variables = inputs.principal.access, inputs.variables
        known = self.planner.known(operation, access, variables)
        if known is not None:
            return known
        price = self.planner.priced(operation, variables)
        paid = await payer.pay_for_plan(price.parts)
        misses = self.planner.misses
        plan = self.planner.query(operation, access, variables, price)
        if self.planner.misses == misses:
            payer.give_back(paid)
        return plan

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
        return Inputs(principal, variables, _ranges(principal.languages), self._clock)


@lru_cache(maxsize=4096)
def _ranges(languages: tuple[str, ...]) -> TextArray:
    return TextArray(language_range(languages[:MAX_LANGUAGES]))


class StreamNeeded(FediflowError):
    """A subscription was asked for one answer."""


def _failed(errors: list[dict[str, Any]]) -> Answer:
    body, codes = orjson.dumps({"errors": errors}), tuple(codes_of(errors))
    return Answer(body, codes, has_data=False, retry_after=seconds_to_wait(errors))


_NOBODY = Principal(Tenant(TenantId(0), "", {}, "", "", "UTC", ("en",), (), is_suspended=False))

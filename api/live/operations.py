"""Runs an operation for a connection that stays open: one answer for a query or mutation, many for a subscription."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from api.answered import log_refusal
from api.errors import as_answers, codes_of
from api.executor import Executor
from api.http.messages import HttpRefused
from api.http.parameters import GraphQLRequest
from api.live.hub import Hub
from api.live.outlet import Errors, Member, Outlet
from api.live.sessions import Session
from api.live.specs import Spec, live_inputs, make_spec
from api.live.tolls import Toll
from api.plan.documents import Operation
from kernel.clock import Clock, system_clock
from kernel.errors import InvalidInput

LAST_EVENT_ID = "lastEventId"


class Refused(Exception):
    """The operation was not begun, or ended, with these errors."""

    def __init__(self, errors: Errors) -> None:
        super().__init__()
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Live:
    """What transports need to run operations."""

    executor: Executor
    hub: Hub
    clock: Clock = system_clock

    async def operation(self, request: GraphQLRequest, session: Session) -> Operation:
        """The operation that is asked; `Refused`, also where the session is over or a revocation has ended it."""
        started = time.perf_counter()
        try:
            await self.hub.admit(session)
            payer = self.executor.till.payer(session.principal, session.address)
            document = await self.executor.document(request, session.principal, payer)
            session.require()  # the document may have been waited for
            return document.operation(request.operation_name)
        except Exception as error:
            raise _refused(error, request.operation_name, started) from error

    async def answer(
        self, request: GraphQLRequest, session: Session, outlet: Outlet, name: str, address: str
    ) -> None:
        """Runs a query or mutation, and says its result; `Refused` where it was not run at all."""
        request_id, started = uuid.uuid4().hex, time.perf_counter()
        try:
            answer = await self.executor.answer(request, session.principal, request_id, address)
        except HttpRefused as error:
            raise _refused(error, request.operation_name, started) from error
        if not answer.has_data:
            raise Refused(orjson.loads(answer.body)["errors"])
        outlet.result(name, answer.body.decode())
        outlet.complete(name)

    async def subscribe(
        self,
        request: GraphQLRequest,
        operation: Operation,
        session: Session,
        member: Member,
        last_event_id: str | None = None,
    ) -> None:
        """Lets a member hear a subscription's events, from an event on where one is named; `Refused`."""
        started = time.perf_counter()
        try:
            after = _after(request.extensions, last_event_id)
            spec = await self._paid(request, operation, session, member)
            await self.hub.subscribe(session, spec, member, after)
        except Exception as error:
            raise _refused(error, operation.name, started) from error

    async def _paid(
        self, request: GraphQLRequest, operation: Operation, session: Session, member: Member
    ) -> Spec:
        """The subscription's spec. It costs as a query of its selection when it begins, and again for every event."""
        planner = self.executor.planner
        inputs = live_inputs(operation, planner, session.principal, request.variables, self.clock)
        payer = self.executor.till.payer(session.principal, session.address)
        price = planner.priced(operation, inputs.variables)
        if not planner.knows(operation, inputs.principal.access, inputs.variables):
            await payer.pay_for_plan(price.parts)
        spec = make_spec(planner, operation, inputs)
        await payer.pay(price, inputs)
        member.charge = Toll(payer, price, inputs, member).event
        return spec


def errors_of(error: BaseException) -> list[dict[str, Any]]:
    """The error as GraphQL says it."""
    return as_answers(error, uuid.uuid4().hex)


def _refused(error: Exception, name: str | None, started: float) -> Refused:
    errors: Sequence[dict[str, Any]] = errors_of(error)
    log_refusal(codes_of(errors), started=started, kind="subscription", name=name)
    return Refused(errors)


def _after(extensions: Any, last_event_id: str | None) -> str | None:
    given = extensions.get(LAST_EVENT_ID, last_event_id)
    if given is not None and not isinstance(given, str):
        raise InvalidInput(f"extensions.{LAST_EVENT_ID} is not a string", path=["extensions", LAST_EVENT_ID])
    return given or None

"""The GraphQL endpoint as raw ASGI: request in, plan, bytes out."""

import itertools
import os
import time
from dataclasses import dataclass

import orjson
from structlog.contextvars import bind_contextvars, clear_contextvars

from api.answered import log_refusal
from api.cost.charge import without_cost
from api.errors import as_answers, codes_of, seconds_to_wait
from api.executor import Answer, Executor
from api.http.caller import Callers
from api.http.compression import GZIPPED, LEAST, compressed_aside, takes_gzip
from api.http.conditional import is_known, kept, tag_of
from api.http.cross_origin import CrossOrigin
from api.http.messages import (
    ClientGone,
    Headers,
    HttpRefused,
    Receive,
    Request,
    Scope,
    Send,
    request_of,
    respond,
)
from api.http.negotiation import JSON, media_type, takes_json
from api.http.parameters import Batch, GraphQLRequest, parameters_of, take
from api.http.statuses import content_type_for, status_for, status_of_refusal
from kernel.errors import ErrorCode
from kernel.settings import HttpStatuses
from tenants.model import Principal, Tenant

UNAUTHORIZED = 401
NOT_MODIFIED = 304

VARY = (
    b"vary",
    b"accept, accept-encoding, accept-language, authorization, fediflow-tenant, host, origin",
)
NOT_KEPT = (b"cache-control", b"no-store")
# Headers of every answer that nobody may keep: all but those of queries by GET.
ALWAYS: Headers = (NOT_KEPT, VARY, (b"x-content-type-options", b"nosniff"))


@dataclass(frozen=True, slots=True)
class _Reply:
    """An answer on its way out. `tag`: of what a client may keep; `media`: the type that the request prefers."""

    status: int
    body: bytes
    media: str = JSON
    headers: Headers = ()
    tenant: Tenant | None = None
    tag: bytes | None = None
    is_compressible: bool = True


class GraphQLEndpoint:
    """Answers `/graphql`."""

    def __init__(
        self,
        executor: Executor,
        callers: Callers,
        cross_origin: CrossOrigin,
        statuses: HttpStatuses = HttpStatuses.STABLE,
    ) -> None:
        self._executor = executor
        self._callers = callers
        self._cross_origin = cross_origin
        self._statuses = statuses
        # Unique, and no more is asked of it: a process's own beginning and a count are cheaper than chance each time.
        self._ids = (os.urandom(8).hex(), itertools.count(1))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id, started = f"{self._ids[0]}{next(self._ids[1]):016x}", time.perf_counter()
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        request = request_of(scope)
        try:
            if request.method == "OPTIONS":
                allowed = await self._cross_origin.preflight(request)
                if allowed is not None:
                    await respond(send, 204, b"", None, (_id(request_id), *ALWAYS, *allowed))
                    return
            reply = await self._reply(request, scope["scheme"], receive, request_id, started)
        except ClientGone:
            return
        except HttpRefused as refused:
            reply = self._refusal(request, refused, request_id, started)
        await self._send(send, request, reply, request_id)

    async def _reply(
        self, request: Request, scheme: str, receive: Receive, request_id: str, started: float
    ) -> _Reply:
        await take(request, receive)
        media = media_type(request.header("accept"))
        parameters = parameters_of(request)
        try:
            principal, origin = await self._callers.principal(request, scheme)
        except Exception as error:
            errors = as_answers(error, request_id)
            codes = codes_of(errors)
            status = status_for(media, codes, has_data=False, statuses=self._statuses)
            log_refusal(codes, started=started, status=status)
            return _Reply(
                status, orjson.dumps({"errors": errors}), media, _retry_after(seconds_to_wait(errors))
            )
        tenant = principal.tenant if principal is not None else None
        if tenant is not None:
            bind_contextvars(tenant=tenant.slug)
        if isinstance(parameters, Batch):
            _check_takes_json(request)
            answers = await self._batch(parameters, principal, request_id, origin.address)
            body = b"[%b]" % b",".join(one.body for one in answers)
            is_compressible = all(one.is_compressible for one in answers)
            return _Reply(200, body, tenant=tenant, is_compressible=is_compressible)
        answer = await self._answer(parameters, principal, request_id, origin.address)
        return self._replied(answer, media, tenant, is_get=parameters.is_get)

    async def _answer(
        self, asked: GraphQLRequest, principal: Principal | None, request_id: str, address: str
    ) -> Answer:
        """The answer to one operation, whether it came alone or in a batch."""
        return await self._executor.answer(asked, principal, request_id, address)

    async def _batch(
        self, batch: Batch, principal: Principal | None, request_id: str, address: str
    ) -> list[Answer]:
        """The answers in order: one operation after the other, so that each sees what those before it changed."""
        answers = []
        for asked in batch.operations:
            try:
                if isinstance(asked, HttpRefused):
                    raise asked
                answers.append(await self._answer(asked, principal, request_id, address))
            except HttpRefused as refused:
                answers.append(Answer(_as_body(refused, request_id), (refused.code,), has_data=False))
        return answers

    def _replied(self, answer: Answer, media: str, tenant: Tenant | None, *, is_get: bool) -> _Reply:
        status = status_for(media, answer.codes, has_data=answer.has_data, statuses=self._statuses)
        tag = tag_of(without_cost(answer.body), media) if is_get and not answer.codes else None
        headers = _retry_after(answer.retry_after)
        return _Reply(
            status, answer.body, media, headers, tenant, tag, is_compressible=answer.is_compressible
        )

    def _refusal(self, request: Request, refused: HttpRefused, request_id: str, started: float) -> _Reply:
        status = status_of_refusal(refused, self._statuses)
        log_refusal([refused.code], started=started, status=status)
        try:
            media = media_type(request.header("accept"))
        except HttpRefused:
            media = JSON
        return _Reply(status, _as_body(refused, request_id), media, refused.headers)

    async def _send(self, send: Send, request: Request, reply: _Reply, request_id: str) -> None:
        headers = [_id(request_id), *ALWAYS, *reply.headers]
        status, body = reply.status, reply.body
        if request.header("origin") is not None:
            headers += await self._cross_origin.headers(request, reply.tenant)
        if status == UNAUTHORIZED:
            headers.append((b"www-authenticate", b'Bearer realm="FediFlow"'))
        if reply.tag is not None:
            headers.remove(NOT_KEPT)
            headers += kept(reply.tag)
            if is_known(reply.tag, request.header("if-none-match")):
                await respond(send, NOT_MODIFIED, b"", None, headers)
                return
        coding = request.header("accept-encoding")
        if coding is not None and len(body) >= LEAST and reply.is_compressible and takes_gzip(coding):
            body = await compressed_aside(body)
            headers += GZIPPED
        await respond(send, status, body, content_type_for(reply.media, status, self._statuses), headers)


def _check_takes_json(request: Request) -> None:
    """A list of answers is no GraphQL response, so it is not sent as one."""
    if not takes_json(request.header("accept")):
        raise HttpRefused(
            406, ErrorCode.BAD_REQUEST, f"a batch is answered as {JSON}, which the request does not accept"
        )


def _as_body(refused: HttpRefused, request_id: str) -> bytes:
    return orjson.dumps({"errors": as_answers(refused, request_id)})


def _retry_after(seconds: int) -> Headers:
    return ((b"retry-after", str(seconds).encode()),) if seconds else ()


def _id(request_id: str) -> tuple[bytes, bytes]:
    return (b"x-request-id", request_id.encode())

"""The GraphQL endpoint as raw ASGI: request in, plan, bytes out."""

import time
import uuid

import orjson
import structlog

from api.answered import log_refusal
from api.errors import as_answers, codes_of
from api.executor import Executor
from api.http.caller import Callers
from api.http.cross_origin import CrossOrigin
from api.http.messages import (
    ClientGone,
    HttpRefused,
    Receive,
    Request,
    Scope,
    Send,
    read_body,
    request_of,
    respond,
)
from api.http.negotiation import JSON, media_type, parameters_of, status_for
from kernel.errors import ErrorCode
from tenants.model import Tenant

UNAUTHORIZED = 401


class GraphQLEndpoint:
    """Answers `/graphql`."""

    def __init__(self, executor: Executor, callers: Callers, cross_origin: CrossOrigin) -> None:
        self._executor = executor
        self._callers = callers
        self._cross_origin = cross_origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id, started = uuid.uuid4().hex, time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        headers = [(b"x-request-id", request_id.encode()), (b"cache-control", b"no-store"), _VARY]
        media, request, tenant = JSON, None, None
        try:
            request = _request_of(scope)
            allowed = await self._cross_origin.preflight(request)
            if allowed is not None:
                await respond(send, 204, b"", None, [*headers, *allowed])
                return
            request = await _with_body(request, receive)
            media = media_type(request.header("accept"))
            status, body, tenant = await self._answer(request, scope["scheme"], media, request_id, started)
        except ClientGone:
            return
        except HttpRefused as refused:
            status, body = refused.status, orjson.dumps({"errors": as_answers(refused, request_id)})
            headers += refused.headers
            log_refusal([refused.code], started=started, status=status)
        if request is not None and request.header("origin") is not None:
            headers += await self._cross_origin.headers(request, tenant)
        if status == UNAUTHORIZED:
            headers.append((b"www-authenticate", b'Bearer realm="FediFlow"'))
        await respond(send, status, body, f"{media}; charset=utf-8".encode(), headers)

    async def _answer(
        self, request: Request, scheme: str, media: str, request_id: str, started: float
    ) -> tuple[int, bytes, Tenant | None]:
        parameters = parameters_of(request)
        try:
            principal, origin = await self._callers.principal(request, scheme)
        except Exception as error:
            errors = as_answers(error, request_id)
            codes = codes_of(errors)
            status = status_for(media, codes, has_data=False)
            log_refusal(codes, started=started, status=status)
            return status, orjson.dumps({"errors": errors}), None
        tenant = principal.tenant if principal is not None else None
        if tenant is not None:
            structlog.contextvars.bind_contextvars(tenant=tenant.slug)
        answer = await self._executor.answer(parameters, principal, request_id, origin.address)
        return status_for(media, list(answer.codes), has_data=answer.has_data), answer.body, tenant


def _request_of(scope: Scope) -> Request:
    try:
        return request_of(scope)
    except ValueError:
        raise HttpRefused(400, ErrorCode.BAD_REQUEST, "the query string is not well-formed") from None


async def _with_body(request: Request, receive: Receive) -> Request:
    if request.method != "POST":
        return request
    body = await read_body(receive)
    return Request(request.method, request.path, request.query, request.headers, request.peer, body)


_VARY = (b"vary", b"accept, authorization, accept-language, fediflow-tenant, host, origin")

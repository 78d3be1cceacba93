"""`POST /inbox` and `POST /actors/{id}/inbox`: raw ASGI, answered with 202 once what came is durable.

Refused is what cannot be shown to come from who acts, with a problem document (RFC 9457) whose `why` is out of a closed set.
"""

import re
from ipaddress import IPv4Network, IPv6Network

import orjson
import structlog

from api.http.caller import Origin, origin_of
from api.http.messages import (
    MAX_BODY,
    ClientGone,
    Headers,
    HttpRefused,
    Receive,
    Request,
    Scope,
    Send,
    read_body,
    request_of,
    respond,
)
from federation.inbox.ingress import Delivery, Inbox
from federation.inbox.refusals import InboxRefused, NotTaken
from federation.local import addresses_of
from federation.signatures import SignedRequest
from kernel.errors import Unavailable
from tenants.directory import Directory
from tenants.model import Tenant

_ACTOR_INBOX = re.compile(r"/actors/[1-9][0-9]{0,18}/inbox", re.ASCII)
_TYPES = frozenset({"application/activity+json", "application/ld+json", "application/json"})
_RETRY_SECONDS = 60

STATUSES: dict[NotTaken, int] = {
    NotTaken.TOO_LARGE: 413,
    NotTaken.WRONG_TYPE: 415,
    NotTaken.UNREADABLE: 400,
    NotTaken.BLOCKED: 403,
    NotTaken.RATE_LIMITED: 429,
    NotTaken.UNSIGNED: 401,
    NotTaken.BAD_SIGNATURE: 401,
    NotTaken.NO_KEY: 401,
    NotTaken.OTHER_KEY: 403,
    NotTaken.REPLAYED: 401,
    NotTaken.NOT_NOW: 503,
}

_log = structlog.get_logger(__name__)


class InboxApp:
    """The inboxes of every institution, told apart by Host."""

    def __init__(
        self,
        inbox: Inbox,
        directory: Directory,
        trusted: tuple[IPv4Network | IPv6Network, ...],
        public_url: str,
    ) -> None:
        self._inbox = inbox
        self._directory = directory
        self._trusted = trusted
        self._public_url = public_url

    def wants(self, scope: Scope) -> bool:
        """Whether it is a request for an inbox."""
        path = scope["path"]
        return (
            scope["type"] == "http"
            and scope["method"] == "POST"
            and (path == "/inbox" or _ACTOR_INBOX.fullmatch(path) is not None)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._take(scope, receive)
        except ClientGone:
            return
        except HttpRefused:
            await _refuse(send, InboxRefused(NotTaken.TOO_LARGE, f"an activity has at most {MAX_BODY} bytes"))
        except InboxRefused as refused:
            _log.debug("activity not taken", why=refused.why.value, detail=refused.detail)
            await _refuse(send, refused)
        except _NoInstitution as error:
            await _problem(send, 404, "not_found", str(error))
        except Unavailable as error:
            await _refuse(send, InboxRefused(NotTaken.NOT_NOW, error.message, retry_after=_RETRY_SECONDS))
        else:
            await respond(send, 202, b"", None, _ACCEPTED)

    async def _take(self, scope: Scope, receive: Receive) -> None:
        request = request_of(scope)
        _check_head(request)
        origin = origin_of(request, self._trusted, scope["scheme"])
        tenant = await self._tenant(origin)
        body = await read_body(receive)
        await self._inbox.take(
            Delivery(
                tenant,
                addresses_of(tenant, self._public_url),
                _signed_request(scope, origin, body),
                origin.address,
            )
        )

    async def _tenant(self, origin: Origin) -> Tenant:
        tenant = await self._directory.by_host(origin.host) if origin.host else None
        if tenant is None:
            raise _NoInstitution("there is no institution at this host")
        if tenant.is_suspended:
            raise InboxRefused(
                NotTaken.NOT_NOW, "this institution is suspended", retry_after=60 * _RETRY_SECONDS
            )
        return tenant


class _NoInstitution(Exception):
    pass


def _check_head(request: Request) -> None:
    kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if kind not in _TYPES:
        raise InboxRefused(NotTaken.WRONG_TYPE, "an activity is sent as application/activity+json")
    length = request.header("content-length")
    if length is not None and length.isdecimal() and int(length) > MAX_BODY:
        raise InboxRefused(NotTaken.TOO_LARGE, f"an activity has at most {MAX_BODY} bytes")


def _signed_request(scope: Scope, origin: Origin, body: bytes) -> SignedRequest:
    """As it was sent: the Host header apart, since a trusted proxy may have put another in its place."""
    target = scope["raw_path"].decode("latin-1")
    if scope["query_string"]:
        target = f"{target}?{scope['query_string'].decode('latin-1')}"
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in scope["headers"]
        if name != b"host"
    )
    return SignedRequest("POST", target, origin.scheme, origin.host, headers, body)


async def _refuse(send: Send, refused: InboxRefused) -> None:
    headers: list[tuple[bytes, bytes]] = []
    if refused.retry_after:
        headers.append((b"retry-after", b"%d" % refused.retry_after))
    if refused.why is NotTaken.TOO_LARGE:
        headers.append((b"connection", b"close"))
    await _problem(send, STATUSES[refused.why], refused.why.value, refused.message, headers, refused.detail)


async def _problem(
    send: Send, status: int, why: str, message: str, headers: Headers = (), detail: str | None = None
) -> None:
    told = {"title": message, "status": status, "why": why}
    if detail is not None:
        told["what"] = detail
    body = orjson.dumps(told)
    await respond(
        send, status, body, b"application/problem+json", (*headers, (b"cache-control", b"no-store"))
    )


_ACCEPTED: Headers = ((b"content-length", b"0"), (b"cache-control", b"no-store"))

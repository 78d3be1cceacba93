"""Requests and answers of raw ASGI, with the limits every request has.

How long a client may take to send its request is the server's to watch, below ASGI: see `fediflow.processes.patience`.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from kernel.errors import ErrorCode, FediflowError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY = 1_000_000
# Read and forgotten of a body that is too large: most clients read an answer only when they have written everything.
MAX_FORGOTTEN = 20_000_000

Headers = Sequence[tuple[bytes, bytes]]


class HttpRefused(FediflowError):
    """The request is refused before GraphQL sees it; `status` says how, `strict_status` in the 2026-08 draft's words."""

    def __init__(
        self,
        status: int,
        code: ErrorCode,
        message: str,
        headers: Headers = (),
        *,
        strict_status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.strict_status = strict_status or status
        self.code = code
        self.headers = headers


class Request:
    """What handlers need of an HTTP request. A plain class: one is made for every request, and read a few times."""

    __slots__ = ("_headers", "_query", "body", "method", "path", "peer")

    def __init__(
        self,
        method: str,
        path: str,
        query: bytes = b"",
        headers: Mapping[bytes, bytes] | None = None,
        peer: str = "",
        body: bytes = b"",
    ) -> None:
        self.method = method
        self.path = path
        self.peer = peer
        self.body = body
        self._query = query
        self._headers = headers or {}

    def header(self, name: str) -> str | None:
        """A header by its lower-case name; several of one name are joined by commas."""
        value = self._headers.get(name.encode())
        return None if value is None else value.decode("latin-1")

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the query string; `HttpRefused` where it is not well-formed."""
        try:
            text = self._query.decode("latin-1")
            return dict(parse_qsl(text, keep_blank_values=True, errors="strict"))
        except ValueError:
            raise HttpRefused(400, ErrorCode.BAD_REQUEST, "the query string is not well-formed") from None


def request_of(scope: Scope, body: bytes = b"") -> Request:
    """The request of a scope."""
    peer = scope["client"][0] if scope.get("client") else ""
    return Request(
        scope.get("method", "GET"),
        scope["path"],
        scope["query_string"],
        _by_name(scope["headers"]),
        peer,
        body,
    )


def _by_name(headers: Headers) -> dict[bytes, bytes]:
    """ASGI's names are small already."""
    found = dict(headers)
    if len(found) == len(headers):
        return found
    joined: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        joined.setdefault(name, []).append(value)
    return {name: b", ".join(values) for name, values in joined.items()}


async def read_body(receive: Receive) -> bytes:
    """The whole body; `HttpRefused` 413 for one that is too large, `ClientGone` where it never comes."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        return _small_enough(message.get("body", b""))
    parts: list[bytes] = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY:
            parts.clear()
        else:
            parts.append(chunk)
        if size > MAX_FORGOTTEN or not message.get("more_body"):
            if size > MAX_BODY:
                raise _too_large()
            return b"".join(parts)
        message = await receive()


async def respond(
    send: Send, status: int, body: bytes, content_type: bytes | None, headers: Headers = ()
) -> None:
    """Sends one whole answer; without `content_type` one that has no body."""
    about_body: Headers = (
        ((b"content-type", content_type), (b"content-length", b"%d" % len(body))) if content_type else ()
    )
    await send({"type": "http.response.start", "status": status, "headers": [*about_body, *headers]})
    await send({"type": "http.response.body", "body": body})


def adding(send: Send, headers: Headers) -> Send:
    """A `send` whose answers have these headers too, but for those that they have already."""

    async def added(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            there = message.get("headers", ())
            names = {name for name, _ in there}
            message["headers"] = [*there, *(header for header in headers if header[0] not in names)]
        await send(message)

    return added


class ClientGone(Exception):
    """The client hung up before the request was whole: there is nobody to answer."""


def _small_enough(body: bytes) -> bytes:
    if len(body) > MAX_BODY:
        raise _too_large()
    return body


def _too_large() -> HttpRefused:
    sentence = f"the body is larger than {MAX_BODY} bytes"
    return HttpRefused(413, ErrorCode.LIMIT_EXCEEDED, sentence, _CLOSE)


_CLOSE: Headers = ((b"connection", b"close"),)

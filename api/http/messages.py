"""Requests and answers of raw ASGI, with the limits every request has."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from kernel.errors import ErrorCode, FediflowError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY = 1_000_000
BODY_SECONDS = 10.0

Headers = Sequence[tuple[bytes, bytes]]


class HttpRefused(FediflowError):
    """The request is refused before GraphQL sees it; `status` says how."""

    def __init__(self, status: int, code: ErrorCode, message: str, headers: Headers = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Request:
    """What handlers need of an HTTP request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    peer: str
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """A header by its lower-case name; several of one name are joined by commas."""
        return self.headers.get(name)


def request_of(scope: Scope) -> Request:
    """The request without its body."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True, errors="strict"))
    peer = scope["client"][0] if scope.get("client") else ""
    return Request(scope["method"], scope["path"], query, headers, peer)


async def read_body(receive: Receive) -> bytes:
    """The whole body; refuses one that is too large or comes too slowly."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                chunk = message.get("body", b"")
                size += len(chunk)
                if size > MAX_BODY:
                    raise HttpRefused(
                        413, ErrorCode.LIMIT_EXCEEDED, f"the body is larger than {MAX_BODY} bytes", _CLOSE
                    )
                parts.append(chunk)
                more = message.get("more_body", False)
    except TimeoutError:
        raise HttpRefused(
            408, ErrorCode.TIMEOUT, f"the body did not arrive within {BODY_SECONDS:.0f} s", _CLOSE
        ) from None
    return b"".join(parts)


async def respond(
    send: Send, status: int, body: bytes, content_type: bytes | None, headers: Headers = ()
) -> None:
    """Sends one whole answer; without `content_type` one that has no body."""
    about_body: Headers = (
        [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
        if content_type
        else []
    )
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [*about_body, *headers],
        }
    )
    await send({"type": "http.response.body", "body": body})


class ClientGone(Exception):
    """The client hung up before the request was whole: there is nobody to answer."""


_CLOSE: Headers = [(b"connection", b"close")]

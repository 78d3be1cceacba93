"""One HTTP/1.1 connection that is asked one thing after another, read by httptools as its bytes come in.

What every request here costs counts: deliveries are many and small. The rules are those of the other client: nothing is
unpacked, nothing is followed, and no answer is larger than it may be.
"""

import asyncio
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

import httptools

from kernel.http.errors import HttpUnavailable, ResponseRefused, ResponseTooLarge
from kernel.http.messages import HttpResponse
from kernel.http.urls import Target

_FRAMING = 16 * 1024  # chunk sizes and their extensions


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """Bytes of an answer's head (provisional answers included) and body."""

    header_bytes: int
    max_bytes: int


class HungUp(HttpUnavailable):
    """The server ended a connection that had waited for its next request, before a byte of the answer."""


class WireConnection(asyncio.Protocol):
    """Belongs to one exchange at a time; afterwards `is_idle` says whether another may follow."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._transport: asyncio.Transport | None = None
        self._answer: _Answer | None = None
        self._is_used = False
        self.is_idle = False

    async def exchange(self, request: bytes, target: Target, limits: AnswerLimits) -> HttpResponse:
        """Sends the bytes and gives the complete answer; the connection is closed unless it may be used again."""
        answer = self._answer = _Answer(target, limits, asyncio.get_running_loop().create_future())
        was_used, self._is_used, self.is_idle = self._is_used, True, False
        try:
            if self._transport is None or self._transport.is_closing():
                raise HungUp(self._host, "it had hung up")
            self._transport.write(request)
            response = await answer.done
            self.is_idle = answer.keeps_alive and not self._transport.is_closing()
            return response
        except HttpUnavailable as error:
            if was_used and not answer.taken:
                raise HungUp(self._host, "it hung up") from error
            raise
        finally:
            self._answer = None
            if not self.is_idle:
                self.close()

    def close(self) -> None:
        """Ends it at once."""
        self.is_idle = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one without saying so

    def data_received(self, data: bytes) -> None:
        if self._answer is None:  # nothing was asked
            self.close()
        else:
            self._answer.feed(data)

    def eof_received(self) -> None:
        self.is_idle = False
        if self._answer is not None:
            self._answer.end()

    def connection_lost(self, error: Exception | None) -> None:
        self.is_idle = False
        if self._answer is not None:
            self._answer.fail(HttpUnavailable(self._host, "the connection broke"))


class _Answer:
    """The answer that is being read: the callbacks of httptools, and the budget."""

    def __init__(self, target: Target, limits: AnswerLimits, done: "asyncio.Future[HttpResponse]") -> None:
        self.done = done
        self.taken = 0
        self.keeps_alive = False
        self._target = target
        self._limits = limits
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self._left = limits.header_bytes
        self._is_complete = False

    def feed(self, data: bytes) -> None:
        self.taken += len(data)
        self._left -= len(data)
        if self._left < 0:
            self.fail(ResponseTooLarge(self._target.host, "the answer is larger than it may be"))
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.fail(HttpUnavailable(self._target.host, "what it sent is not HTTP/1.1"))

    def end(self) -> None:
        """The server sends nothing more: for an answer without a length, that is its end."""
        has_length = "content-length" in self._headers or "chunked" in self._headers.get(
            "transfer-encoding", ""
        )
        if self._is_complete or has_length or not self._headers:
            self.fail(HttpUnavailable(self._target.host, "it hung up"))
        else:
            self._finish()

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)

    def on_header(self, raw_name: bytes, raw_value: bytes) -> None:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        known = self._headers.get(name)
        self._headers[name] = value if known is None else f"{known}, {value}"

    def on_headers_complete(self) -> None:
        if self._parser.get_status_code() < 200:
            return
        self._left += self._limits.max_bytes + _FRAMING
        if self._headers.get("content-encoding", "identity").lower() != "identity":
            self.fail(ResponseRefused(self._target.host, "the answer is compressed"))

    def on_body(self, body: bytes) -> None:
        self._body += body
        if len(self._body) > self._limits.max_bytes:
            self.fail(ResponseTooLarge(self._target.host, "the answer is larger than it may be"))

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 200:  # 103 Early Hints and the like
            self._headers.clear()
            return
        if self._is_complete:
            self.fail(HttpUnavailable(self._target.host, "it answered twice"))
            self.keeps_alive = False
            return
        self.keeps_alive = bool(self._parser.should_keep_alive())
        self._finish()

    def _finish(self) -> None:
        self._is_complete = True
        self._headers.pop("set-cookie", None)
        if not self.done.done():
            status = self._parser.get_status_code()
            headers = MappingProxyType(self._headers)
            self.done.set_result(HttpResponse(status, headers, bytes(self._body), self._target))

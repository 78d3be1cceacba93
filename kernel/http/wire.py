"""One HTTP/1.1 connection that is asked one thing after another, read by httptools as its bytes come in.

What every request here costs counts: deliveries are many and small. Nothing is unpacked or followed. Of an answer the status
and the head are wanted: its body is thrown away, and where it is large, late or broken the connection goes, not the answer.
"""

import asyncio
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

import httptools

from kernel.http.errors import HttpUnavailable, ResponseTooLarge
from kernel.http.messages import HttpStatus

_FRAMING = 16 * 1024  # chunk sizes and their extensions
_BODY_SECONDS = 1.0  # for what of a body does not come with the head


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """Bytes of an answer's head (provisional answers included), and of a body that is waited for."""

    header_bytes: int
    max_bytes: int


class HungUp(HttpUnavailable):
    """The server ended a connection that had waited for its next request, before a byte of the answer."""


class WireConnection(asyncio.Protocol):
    """Belongs to one exchange at a time; afterwards `is_idle` says whether another may follow."""

    def __init__(self, host: str, limits: AnswerLimits) -> None:
        self._host = host
        self._transport: asyncio.Transport | None = None
        self._answer = _Answer(host, limits)
        self._is_used = False
        self.is_idle = False

    async def exchange(self, request: bytes, until: float) -> HttpStatus:
        """Sends the bytes and gives what was answered; the connection is closed unless it may be used again.

        `TimeoutError` where there is no answer at `until` of the loop's clock.
        """
        loop, answer = asyncio.get_running_loop(), self._answer
        done = answer.begin(loop.create_future())
        was_used, self._is_used, self.is_idle = self._is_used, True, False
        timer = loop.call_at(until, answer.fail, TimeoutError())
        try:
            if self._transport is None or self._transport.is_closing():
                raise HungUp(self._host, "it had hung up")
            self._transport.write(request)
            response = await done
            self.is_idle = answer.keeps_alive and not self._transport.is_closing()
            return response
        except HttpUnavailable as error:
            if was_used and not answer.taken:
                raise HungUp(self._host, "it hung up") from error
            raise
        finally:
            timer.cancel()
            answer.over()
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
        if self._answer.done is None:  # nothing was asked
            self.close()
        else:
            self._answer.feed(data)

    def eof_received(self) -> None:
        self.is_idle = False
        self._answer.end()

    def connection_lost(self, error: Exception | None) -> None:
        self.is_idle = False
        self._answer.fail(HttpUnavailable(self._host, "the connection broke"))


class _Answer:
    """The answer that is being read: the callbacks of httptools, and the budget. One parser reads a connection's answers
    one after another; `done` is None between them. Once there is a status nothing that is wrong with the rest fails it."""

    def __init__(self, host: str, limits: AnswerLimits) -> None:
        self.done: asyncio.Future[HttpStatus] | None = None
        self.taken = 0
        self.keeps_alive = False
        self._host = host
        self._limits = limits
        self._parser = httptools.HttpResponseParser(self)

    def begin(self, done: "asyncio.Future[HttpStatus]") -> "asyncio.Future[HttpStatus]":
        """The next answer is read."""
        self.done = done
        self.taken = 0
        self.keeps_alive = False
        self._headers: dict[str, str] = {}
        self._status: int | None = None
        self._left = self._limits.header_bytes
        self._is_complete = False
        self._patience: asyncio.TimerHandle | None = None
        return done

    def over(self) -> None:
        """Nobody waits for it any more."""
        self.done = None
        if self._patience is not None:
            self._patience.cancel()

    def feed(self, data: bytes) -> None:
        self.taken += len(data)
        if self._status is None:
            head, data = data[: self._left], data[self._left :]
            self._left -= len(head)
            self._parse(head)
            if self._status is None:
                if data:
                    self.fail(ResponseTooLarge(self._host, "the answer is larger than it may be"))
                return
        if data:
            self._left -= len(data)
            self._parse(data)
        if self._left < 0:
            self.keeps_alive = False
            self.fail(ResponseTooLarge(self._host, "the answer is larger than it may be"))
        elif not self._is_complete and self._patience is None:
            # Nobody reads the rest, but the connection serves again once it came.
            loop = asyncio.get_running_loop()
            self._patience = loop.call_later(_BODY_SECONDS, self.fail, TimeoutError())

    def end(self) -> None:
        """The server sends nothing more."""
        self.fail(HttpUnavailable(self._host, "it hung up"))

    def fail(self, error: Exception) -> None:
        if self.done is None or self.done.done():
            return
        if self._status is None:
            self.done.set_exception(error)
        else:
            self.done.set_result(HttpStatus(self._status, MappingProxyType(self._headers)))

    def on_message_begin(self) -> None:
        if self._is_complete:
            self.keeps_alive = False  # it answers twice

    def on_header(self, raw_name: bytes, raw_value: bytes) -> None:
        if self._status is not None:
            return
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        known = self._headers.get(name)
        self._headers[name] = value if known is None else f"{known}, {value}"

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if self._status is None and status >= 200:
            self._headers.pop("set-cookie", None)
            self._status = status
            self._left = self._limits.max_bytes + _FRAMING

    def on_message_complete(self) -> None:
        if self._is_complete:
            return
        if self._status is None:  # 103 Early Hints and the like
            self._headers.clear()
            return
        self._is_complete = True
        self.keeps_alive = bool(self._parser.should_keep_alive())
        if self.done is not None and not self.done.done():
            self.done.set_result(HttpStatus(self._status, MappingProxyType(self._headers)))

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.keeps_alive = False
            self.fail(HttpUnavailable(self._host, "what it sent is not HTTP/1.1"))

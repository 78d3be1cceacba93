"""uvicorn's connection with an end to its patience: for heads, for bodies, and for answers that nobody reads.

uvicorn waits for a request without end once its first byte came, llhttp keeps a head of any length, and neither asks
whether an answer is read. A few thousand slow clients, or one generous one, would hold a process. What is refused here
never reached the application.
"""

import asyncio
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from api.http.messages import MAX_BODY, MAX_FORGOTTEN

HEAD_SECONDS = 10.0
BODY_SECONDS = 10.0
READING_SECONDS = 30.0  # without a byte being taken from an answer that waits
# Read and forgotten after a refusal: who hangs up on a client that still writes takes the answer back.
LEAVING_SECONDS = 2.0
MAX_URL = 16_384
MAX_HEAD = 32_768
MAX_HEADERS = 100  # with those behind a body in chunks
# Of a message that is neither its body (which the application limits) nor done with: lengths of chunks, and what follows.
MAX_FRAMING = 1_000_000

_NOT_HTTP = (400, "BAD_REQUEST", "this is no HTTP request")
_NO_HOST = (400, "BAD_REQUEST", "the request does not name one host")  # RFC 9112, section 3.2
_URL_TOO_LONG = (414, "LIMIT_EXCEEDED", f"the URL is longer than {MAX_URL} bytes: use POST")
_HEAD_TOO_LARGE = (
    431,
    "LIMIT_EXCEEDED",
    f"the request's head has more than {MAX_HEADERS} headers, or more than {MAX_HEAD} bytes",
)
_BODY_TOO_LARGE = (413, "LIMIT_EXCEEDED", f"the body is larger than {MAX_BODY} bytes")
_HEAD_TOO_SLOW = (408, "TIMEOUT", f"the request's head did not arrive within {HEAD_SECONDS:.0f} s")
_BODY_TOO_SLOW = (408, "TIMEOUT", f"the body did not arrive within {BODY_SECONDS:.0f} s")
_log = structlog.get_logger("fediflow.http")


class PatientProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._in_head = False
        self._in_body = False
        self._is_upgraded = False
        self._is_leaving = False
        self._received = 0  # bytes of the message that has begun
        self._given = 0  # of them, to the application
        self._chunk = 0
        self._refusal = _NOT_HTTP
        self._deadline: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._unread = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # one that reads and writes
        self._expect(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect(None)
        self._watch_reader(False)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_leaving:
            return
        self._chunk = len(data)
        self._received += self._chunk
        super().data_received(data)
        if self._is_upgraded or self._is_leaving:
            return
        if self._in_head:
            if self._received > MAX_HEAD:
                self._refuse(_HEAD_TOO_LARGE)
            elif self._deadline is None:
                self._expect(HEAD_SECONDS)
        elif self._in_body:
            if self._received - self._given > MAX_FRAMING or len(self.headers) > MAX_HEADERS:
                self._hang_up_on_body(_HEAD_TOO_LARGE)
            elif self._deadline is None:
                self._expect(BODY_SECONDS)
        elif self._is_answered and not self.transport.is_closing():
            if self._deadline is None:  # blank lines: the parser makes no request of them
                self._expect(HEAD_SECONDS)
        elif self._deadline is not None:
            self._expect(None)

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if len(self.url) > MAX_URL:
            self._refusal = _URL_TOO_LONG
            raise _Refused
        if len(self.headers) > MAX_HEADERS or self._is_too_large():
            self._refusal = _HEAD_TOO_LARGE
            raise _Refused
        if self._announces_too_much():
            self._refusal = _BODY_TOO_LARGE
            raise _Refused
        if self.parser.get_http_version() == "1.1" and [name for name, _ in self.headers].count(b"host") != 1:
            self._refusal = _NO_HOST
            raise _Refused
        super().on_headers_complete()
        self._in_head, self._in_body = False, True
        if self._deadline is not None:
            self._expect(None)

    def on_body(self, body: bytes) -> None:
        self._given += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_body = False
        self._received = self._given = 0

    def handle_websocket_upgrade(self) -> None:
        """Hands the transport over: from now on another protocol is asked."""
        self._is_upgraded = True
        self._expect(None)
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Answers what the parser did not take, by its own judgement or ours."""
        if self._is_answered:
            self._refuse(self._refusal)
        elif self._in_body:
            self._hang_up_on_body(self._refusal)
        else:  # whole requests came before it: they are answered, this is not
            self.cycle.keep_alive = False
            self.flow.pause_reading()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader(True)

    def resume_writing(self) -> None:
        self._watch_reader(False)
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        if self.transport.get_write_buffer_size():  # closed, and still waiting for somebody to read
            self._watch_reader(True)

    @property
    def _is_answered(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _announces_too_much(self) -> bool:
        """Whether the body need not be waited for: nobody would read so much of it, or the client asks first."""
        length = next((value for name, value in self.headers if name == b"content-length"), b"0")
        most = MAX_BODY if self.expect_100_continue else MAX_FORGOTTEN
        return length.isdigit() and int(length) > most

    def _is_too_large(self) -> bool:
        if self._received <= MAX_HEAD and self._chunk <= MAX_HEAD:
            return False
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MAX_HEAD

    def _expect(self, seconds: float | None) -> None:
        """Begins to wait for the rest of what has begun, or stops waiting."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self._overdue) if seconds is not None else None

    def _overdue(self) -> None:
        self._deadline = None
        if self._is_leaving:
            self.transport.close()
        elif self.pipeline or (self._in_head and not self._is_answered):
            self._expect(
                HEAD_SECONDS
            )  # what came before is not answered yet, and we may not have been reading
        elif self._in_head:
            self._refuse(_HEAD_TOO_SLOW)
        elif self._in_body:
            self._hang_up_on_body(_BODY_TOO_SLOW)
        elif self._is_answered and self.timeout_keep_alive_task is None:
            self.transport.close()

    def _hang_up_on_body(self, refusal: tuple[int, str, str]) -> None:
        if self.cycle.response_started:
            self.transport.close()
            return
        self.cycle.disconnected = True  # whoever waits for the body hears that none comes
        self.cycle.message_event.set()
        self._refuse(refusal)

    def _refuse(self, refusal: tuple[int, str, str]) -> None:
        if self.transport.is_closing() or self._is_leaving:
            return
        status, code, sentence = refusal
        _log.info("refused", status=status, codes=[code])
        body = b'{"errors":[{"message":"%b","extensions":{"code":"%b"}}]}' % (
            sentence.encode(),
            code.encode(),
        )
        head = (
            STATUS_LINE[status],
            b"content-type: application/json; charset=utf-8\r\n",
            b"content-length: %d\r\n" % len(body),
            b"cache-control: no-store\r\nconnection: close\r\n\r\n",
        )
        self.transport.write(b"".join((*head, body)))
        self.transport.write_eof()
        self._is_leaving = True
        self._expect(LEAVING_SECONDS)

    def _watch_reader(self, watch: bool) -> None:
        if self._reading is not None:
            self._reading.cancel()
        self._unread = self.transport.get_write_buffer_size() if watch else 0
        self._reading = self.loop.call_later(READING_SECONDS, self._is_it_read) if watch else None

    def _is_it_read(self) -> None:
        if self.transport.get_write_buffer_size() < self._unread:
            self._watch_reader(True)
        else:
            self.transport.abort()


class _Refused(Exception):
    """Stops the parser, which then asks for the answer: `send_400_response`."""

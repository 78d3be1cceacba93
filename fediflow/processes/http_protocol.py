"""uvicorn's connection, with the short way for requests that came before with the same head.

A client on a kept connection sends the same head again and again, and only the body changes. Such a head was taken apart
by uvicorn's parser twice; from then on its bytes alone say what it says. The body goes to `QuickAnswers`, and if that
begins to answer, neither parser, scope nor task is made. Everything else goes uvicorn's way, byte for byte.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from api.http.messages import request_of
from api.http.quick import Heard, QuickAnswers, Reply
from api.plan.carrier import Started
from fediflow.processes.patience import PatientProtocol

_LONGEST_HEAD = 16_384
_REMEMBERED = 4_096
_END = b"\r\n\r\n"

# Where from, and a digest: a head holds its sender's token, which is kept nowhere.
_Key = tuple[str, bytes]
# What it says, and how long its body is.
_Known = tuple[Heard | None, int]
_NEW: _Known = (None, -1)


class Heads:
    """Heads that came at least twice, with what they say and how long their bodies are. One per process."""

    def __init__(self, quick: QuickAnswers) -> None:
        self.quick = quick
        # Most heads that come once never come again: nothing is worked out for them, and they push out none that do.
        self._once: OrderedDict[_Key, None] = OrderedDict()
        self._known: OrderedDict[_Key, _Known] = OrderedDict()

    def get(self, key: _Key) -> "_Known":
        """What a head says; None where it goes the ordinary way."""
        found = self._known.get(key)
        if found is None:
            return _NEW
        self._known.move_to_end(key)
        return found

    def came(self, key: _Key, scope: Any, length: int) -> None:
        """A request with this head was read by the parser, alone and whole, with a body of this length."""
        if key in self._known:
            return
        if key not in self._once:
            self._once[key] = None
            if len(self._once) > _REMEMBERED:
                self._once.popitem(last=False)
            return
        del self._once[key]
        heard = self._heard(scope, length)
        self._known[key] = (heard, length) if heard is not None else _NEW
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def _heard(self, scope: Any, length: int) -> Heard | None:
        if scope["http_version"] != "1.1" or scope["query_string"]:
            return None
        lengths = [value for name, value in scope["headers"] if name == b"content-length"]
        if lengths != [b"%d" % length]:
            return None
        return self.quick.heard(request_of(scope), scope["scheme"])


@dataclass(slots=True)
class Departure:
    """How a server goes when it is told to stop: at once, or after those who are connected."""

    in_haste: bool = True


class Protocol(PatientProtocol):
    """One connection."""

    def __init__(self, heads: Heads, departure: Departure, **given: Any) -> None:
        super().__init__(**given)
        self._heads = heads
        self._departure = departure
        self._is_parting = False
        self._is_between = True  # the parser is at the beginning of a message
        self._messages = 0  # that it finished
        self._flight: Started | None = None
        self._idle_since = 0.0

    def data_received(self, data: bytes) -> None:
        if (
            not self._is_between
            or self._is_leaving
            or not (self.cycle is None or self.cycle.response_complete)
        ):
            super().data_received(data)
            return
        end = data.find(_END, 0, _LONGEST_HEAD)
        if end < 0:
            super().data_received(data)
            return
        key = (self.client[0] if self.client else "", blake2b(data[:end], digest_size=16).digest())
        body = end + len(_END)
        heard, length = self._heads.get(key)
        if heard is not None and len(data) == body + length and self._answers(heard, data[body:]):
            return
        self._messages = 0
        super().data_received(data)
        if heard is None and self._messages == 1 and self._is_between and not self._is_upgraded:
            self._heads.came(key, self.scope, len(data) - body)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self._is_parting and self.cycle is not None:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """The server is told to stop. In haste a connection without a request ends at once.

        Otherwise it may bring one more, which may be on its way: it is answered, and told that it was the last. One
        that brings none ends when its patience is over, as on any day.
        """
        if self._departure.in_haste or not self._is_answered:
            super().shutdown()
        self._is_parting = True

    def on_message_begin(self) -> None:
        self._is_between = False
        super().on_message_begin()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._messages += 1
        self._is_between = True

    def on_response_complete(self) -> None:
        """Goes on with what waits, or waits for what comes: one timer for many answers, which looks when it rings."""
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._wait_idly(self.timeout_keep_alive)

    def _wait_idly(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self._look_if_idle)

    def _look_if_idle(self) -> None:
        self.timeout_keep_alive_task = None
        if self._is_answered:
            left = self._idle_since + self.timeout_keep_alive - self.loop.time()
            if left > 0:
                self._wait_idly(left)
            else:
                self.timeout_keep_alive_handler()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._flight is not None:
            self._flight.withdraw()
            self._flight = None
        super().connection_lost(exc)

    def _answers(self, heard: Heard, body: bytes) -> bool:
        """Whether an answer has been begun."""
        if self.flow.write_paused or self.transport.is_closing():
            return False
        cycle = _Cycle(keep_alive=not self._is_parting)

        def reply(answer: Reply) -> None:
            self._flight = None
            self._write(cycle, answer)

        self._flight = self._heads.quick.begin(heard, body, reply)
        if self._flight is None:
            return False
        self.cycle = cycle  # type: ignore[assignment]  # what a connection asks of a request under way
        if self._deadline is not None:
            self._expect(None)
        return True

    def _write(self, cycle: "_Cycle", reply: Reply) -> None:
        parts = [STATUS_LINE[reply.status]]
        for name, value in self.server_state.default_headers:
            parts += (name, b": ", value, b"\r\n")
        parts += (reply.headers, b"content-length: %d\r\n" % len(reply.body))
        if not cycle.keep_alive:
            parts.append(b"connection: close\r\n")
        parts += (b"\r\n", reply.body)
        self.transport.write(b"".join(parts))
        cycle.response_complete = True
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()


class _Cycle:
    """A request that goes the short way, as the connection sees it: what comes behind it waits until it is answered."""

    __slots__ = ("disconnected", "keep_alive", "message_event", "response_complete")

    def __init__(self, *, keep_alive: bool) -> None:
        self.keep_alive = keep_alive
        self.response_complete = False
        self.disconnected = False
        self.message_event = _UNHEARD


_UNHEARD = asyncio.Event()

"""What goes out of one connection: a bounded queue in front of a client that may be slow.

Nothing here waits for a client but `pour`. Whoever does not take what it asked for is dropped with a reason, so that no
client can fill this process's memory: first the subscription that is told too much, and at a higher bound, for what is
no event, the connection.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Any, Protocol

import orjson

MOST_PENDING = 500  # messages of one subscription
MOST_CHARACTERS = 1_000_000  # of a connection's queue, for one more event
MOST_WAITING = 4_000_000  # characters of it, for one more message of any kind
_OVERHEAD = 100  # what a message costs beside its text, in characters

Errors = Sequence[dict[str, Any]]
_TOO_SLOW = (
    "these events come faster than you take them, so this subscription has ended: read anew what you show, "
    "and subscribe again"
)


class Framing(Protocol):
    """How a transport writes what happens to the operation that the client calls `name`."""

    def result(self, name: str, payload: str, event_id: str | None) -> str:
        """An execution result; of an event with its id."""
        ...

    def refusal(self, name: str, errors: str) -> str:
        """The operation ended with these errors (a JSON list)."""
        ...

    def completion(self, name: str) -> str:
        """The operation ended well."""
        ...

    def pulse(self, event_id: str | None) -> str:
        """A sign of life; everything up to that event was told."""
        ...


class Member:
    """One open subscription. It has heard everything up to `position`."""

    __slots__ = ("charge", "is_over", "leave", "name", "outlet", "pending", "position", "resuming")

    def __init__(self, name: str, outlet: "Outlet", position: int = 0) -> None:
        self.name = name  # what the client calls it
        self.outlet = outlet
        self.position = position
        self.pending = 0  # messages that were not written yet
        self.resuming = False  # it still hears what it missed
        self.is_over = False
        self.leave: Callable[[], None] = _nothing  # ends it at the hub
        self.charge: Callable[[], None] = _nothing  # takes what an event costs

    def tell(self, position: int, event_id: str, payload: str) -> None:
        """Hands it an event, once."""
        if self.is_over or self.position >= position:
            return
        self.position = position
        self.charge()
        if not self.is_over:  # it could pay
            self.outlet.tell(self, event_id, payload)

    def end(self) -> None:
        """It hears no more, and what waits for it is forgotten."""
        if not self.is_over:
            self.is_over = True
            if self.pending:
                self.outlet.discard(self)
            self.leave()


class Outlet:
    """The way to one client. `dropped` hears which subscription was ended from our side, `stuck` that the client takes
    nothing of what waits for it.
    """

    __slots__ = (
        "_characters",
        "_dropped",
        "_framing",
        "_pong",
        "_pouring",
        "_queue",
        "_room",
        "_stuck",
        "_wake",
        "is_ending",
        "writing_since",
    )

    def __init__(
        self, framing: Framing, dropped: Callable[[Member], None], stuck: Callable[[], None]
    ) -> None:
        self._framing = framing
        self._dropped = dropped
        self._stuck = stuck
        self._queue: deque[tuple[Member | None, str]] = deque()
        self._characters = 0
        self._wake: asyncio.Future[None] | None = None
        self._room: asyncio.Event | None = None
        self._pong: str | None = None
        self._pouring: asyncio.Task[Any] | None = None
        self.is_ending = False
        self.writing_since: float | None = None

    def tell(self, member: Member, event_id: str, payload: str) -> None:
        """An event for a member; drops one who has too much waiting."""
        if member.pending >= MOST_PENDING or self._characters >= MOST_CHARACTERS:
            self._drop(member)
            return
        member.pending += 1
        self._put(member, self._framing.result(member.name, payload, event_id))

    def result(self, name: str, payload: str) -> None:
        """The answer of a query or mutation."""
        self._put(None, self._framing.result(name, payload, None))

    def refuse(self, name: str, errors: Errors) -> None:
        """Ends an operation with errors."""
        self._put(None, self._framing.refusal(name, orjson.dumps(list(errors)).decode()))

    def fail(self, member: Member, errors: Errors) -> None:
        """Ends a subscription; what waits for it is forgotten."""
        if member.is_over:
            return
        member.end()
        self.refuse(member.name, errors)
        self._dropped(member)

    def complete(self, name: str) -> None:
        """Ends an operation well."""
        self._put(None, self._framing.completion(name))

    def pulse(self, event_id: str | None) -> None:
        """A sign of life, where the client takes any."""
        if not self._queue:
            self._put(None, self._framing.pulse(event_id))

    def put(self, message: str) -> None:
        """A message of the transport itself."""
        self._put(None, message)

    def pong(self, message: str) -> None:
        """The answer to a ping, before all that waits; of pings that come faster than they are answered, to the last."""
        if not self.is_ending:
            self._pong = message
            self._ring()

    def end(self, within: float | None = None) -> None:
        """Lets `pour` return once all is written, or else that `asyncio.CancelledError` ends it, in seconds."""
        self.is_ending = True
        self._ring()
        if within is not None:
            asyncio.get_running_loop().call_later(within, self._give_up)

    def discard(self, member: Member | None = None) -> None:
        """Forgets what waits for a member, or for all."""
        kept: deque[tuple[Member | None, str]] = deque()
        for one in self._queue:
            if member is not None and one[0] is not member:
                kept.append(one)
            elif one[0] is not None:
                one[0].pending = 0
        self._queue = kept
        self._characters = sum(_weight(message) for _, message in kept)
        self._make_room()

    async def taken(self, member: Member, most: int) -> None:
        """Returns once at most so many messages of the member wait to be written, or it is over."""
        while member.pending > most and not member.is_over:
            if self._room is None or self._room.is_set():
                self._room = asyncio.Event()
            await self._room.wait()

    async def pour(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Writes what comes until `end`. Whatever `send` raises ends it."""
        self._pouring = asyncio.current_task()
        while True:
            while (message := self._next()) is not None:
                self.writing_since = monotonic()
                await send(message)
                self.writing_since = None
                self._make_room()
            if self.is_ending:
                self.writing_since = monotonic()  # the transport may still wait for the client
                return
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake
            self._wake = None

    def _put(self, member: Member | None, message: str) -> None:
        is_waiting = self.writing_since is not None  # for the client, not only for its turn in this process
        if is_waiting and self._characters >= MOST_WAITING and not self.is_ending:
            self._stuck()  # which ends us
        if self.is_ending:
            return
        self._queue.append((member, message))
        self._characters += _weight(message)
        self._ring()

    def _next(self) -> str | None:
        """What is to be written next."""
        if self._pong is not None:
            message, self._pong = self._pong, None
            return message
        if not self._queue:
            return None
        member, message = self._queue.popleft()
        self._characters -= _weight(message)
        if member is not None:
            member.pending -= 1
        return message

    def _give_up(self) -> None:
        if self._pouring is not None:
            self._pouring.cancel()

    def _make_room(self) -> None:
        if self._room is not None:
            self._room.set()

    def _ring(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    def _drop(self, member: Member) -> None:
        details = {"code": "LIMIT_EXCEEDED", "reason": "SLOW_CONSUMER"}
        self.fail(member, [{"message": _TOO_SLOW, "extensions": details}])


def _weight(message: str) -> int:
    return len(message) + _OVERHEAD


def _nothing() -> None:
    return

"""One request and its answer: what is sent, and what has to come back in which order.

The answer comes in two groups, each ended by ReadyForQuery: begin, tenant and plans; then the commit. The texts are
handed over at the end of the first. Whatever comes out of order is a `ProtocolViolation`, so that no answer can be taken
for another's.
"""

from collections.abc import Sequence
from copy import copy

import asyncpg

from kernel.database.wire import parsing
from kernel.database.wire.messages import ENDING, opening, run
from kernel.database.wire.parsing import (
    BOUND,
    PARSED,
    Incoming,
    ProtocolViolation,
    command,
    error_fields,
    ready,
)
from kernel.database.wire.promise import Awaited
from kernel.database.wire.statements import Statements

_IDLE, _IN_TRANSACTION, _FAILED = b"ITE"
_PREAMBLE = (b"BEGIN\0", b"SET\0")
_ONE_ROW = b"SELECT 1\0"
_COMMITTED = (b"COMMIT\0", b"ROLLBACK\0")
# What every good answer contains, so that it need not be taken apart: after the Bind of BEGIN, and after the last row.
_BEGUN = b"".join(
    (command(_PREAMBLE[0]), PARSED, BOUND, command(_PREAMBLE[1])),
)
_DONE = b"".join(
    (command(_ONE_ROW), ready(_IN_TRANSACTION), BOUND, command(_COMMITTED[0]), ready(_IDLE)),
)


class Exchange:
    """Statements of one tenant on their way; `future` gets their texts, or what went wrong."""

    __slots__ = (
        "_commands",
        "_fresh",
        "_opening",
        "_parsed",
        "_texts",
        "began",
        "error",
        "future",
        "is_delivered",
        "is_doubled",
        "kind",
        "queued",
        "statements",
        "tenant_id",
        "written",
    )

    def __init__(self, tenant_id: int, statements: Sequence[tuple[str, bytes]], future: Awaited) -> None:
        self.tenant_id = tenant_id
        self._opening = opening(tenant_id)
        self.statements = statements
        self.future = future
        # What its recent times are remembered under.
        self.kind = statements[0][0] if len(statements) == 1 else tuple(sql for sql, _ in statements)
        self.queued = 0.0  # when it began to wait for a connection
        self.written = 0.0  # when it was sent, 0: not yet
        self.began = 0.0  # when the server could turn to it
        self.is_delivered = False
        self.is_doubled = False
        self.error: asyncpg.PostgresError | None = None
        self._texts: list[bytes | None] = []
        self._commands = 0
        self._parsed = 0
        self._fresh: list[str] = []

    def double(self) -> "Exchange":
        """The same request once more, for the same future: whichever answer comes first is taken."""
        self.is_doubled = True
        twin = copy(self)
        twin._texts, twin._fresh = [], []
        return twin

    def request(self, prepared: Statements) -> bytes:
        """All of it in one piece. What is new is prepared before anything runs, so that no plan's error skips it."""
        parts, runs = [*prepared.evicted(), self._opening], []
        for sql, parameters in self.statements:
            head = prepared.head(sql)
            if head is None:
                parts.append(prepared.prepare(sql))
                self._fresh.append(sql)
                head = prepared.head(sql)
                assert head is not None
            runs.append(run(head, parameters))
        runs.append(ENDING)
        return b"".join(parts + runs)

    def receive(self, kind: int, incoming: Incoming) -> bool:
        """Takes a message of the answer; true when that was the last one."""
        if self.is_delivered:
            return self._receive_commit(kind, incoming)
        if kind == parsing.BIND_COMPLETE and self.error is None:
            if not self._commands and incoming.skip(_BEGUN):
                self._commands, self._parsed = len(_PREAMBLE), 1
        elif kind == parsing.DATA_ROW and self.error is None:
            return self._receive_row(incoming)
        elif kind == parsing.READY:
            self._receive_ready(incoming.status())
        elif kind not in parsing.ANY_TIME:
            if self.error is not None:
                raise ProtocolViolation(f"a message {chr(kind)} after an error")
            self._receive_rare(kind, incoming)
        return False

    @property
    def unprepared(self) -> list[str]:
        """What the server did not get to prepare because of an error: the first one is the tenant's setting."""
        return self._fresh[max(self._parsed - 1, 0) :]

    @property
    def _is_complete(self) -> bool:
        return self._commands == len(_PREAMBLE) + len(self.statements)

    def _receive_row(self, incoming: Incoming) -> bool:
        if len(self._texts) != self._commands - len(_PREAMBLE) or self._is_complete:
            raise ProtocolViolation("a row where none was due")
        self._texts.append(incoming.single_text())
        if len(self._texts) == len(self.statements) and incoming.skip(_DONE):
            self._deliver()
            return True
        return False

    def _receive_rare(self, kind: int, incoming: Incoming) -> None:
        if kind == parsing.COMMAND_COMPLETE:
            self._receive_command(incoming.body())
        elif kind == parsing.PARSE_COMPLETE:
            self._parsed += 1
        elif kind == parsing.ERROR:
            self.error = asyncpg.PostgresError.new(error_fields(incoming.body()))
        elif kind != parsing.CLOSE_COMPLETE:
            raise ProtocolViolation(f"a message {chr(kind)} inside an answer")

    def _receive_command(self, tag: bytes) -> None:
        if self._is_complete:
            raise ProtocolViolation("more results than statements")
        if self._commands < len(_PREAMBLE):
            if tag != _PREAMBLE[self._commands]:
                raise ProtocolViolation("a transaction that begins in another way")
        elif tag != _ONE_ROW or len(self._texts) <= self._commands - len(_PREAMBLE):
            raise ProtocolViolation("a plan that yields something else than one row")
        self._commands += 1

    def _receive_ready(self, status: int) -> None:
        if self.error is None and (status != _IN_TRANSACTION or not self._is_complete):
            raise ProtocolViolation("an answer that ends too early")
        if self.error is not None and status not in (_FAILED, _IDLE):
            raise ProtocolViolation("a failed transaction that goes on")
        self._deliver()

    def _deliver(self) -> None:
        self.is_delivered = True
        if not self.future.done():
            if self.error is None:
                self.future.set_result(self._texts)
            else:
                self.future.set_exception(self.error)

    def _receive_commit(self, kind: int, incoming: Incoming) -> bool:
        if kind in parsing.ANY_TIME:
            return False
        if kind == parsing.READY:
            if incoming.status() != _IDLE:
                raise ProtocolViolation("a transaction that does not end")
            return True
        if kind == parsing.COMMAND_COMPLETE:
            if incoming.body() not in _COMMITTED:
                raise ProtocolViolation("a transaction that ends in another way")
        elif kind not in (parsing.BIND_COMPLETE, parsing.ERROR):  # a late cancel may hit the commit
            raise ProtocolViolation(f"a message {chr(kind)} inside a commit")
        return False

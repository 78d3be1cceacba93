"""What PostgreSQL says, taken apart as it arrives; what cannot be a message is refused at once, never waited for."""

import struct
from collections.abc import Mapping

from kernel.errors import Unavailable

LARGEST = 64 * 1024 * 1024  # bytes of one message: far more than a page of answers
_ROOM = 64 * 1024
_KEPT = 1024 * 1024  # a buffer that grew beyond this for one answer is not kept

_header = struct.Struct("!BI").unpack_from
_row = struct.Struct("!Hi").unpack_from

AUTHENTICATION = ord("R")
BACKEND_KEY = ord("K")
BIND_COMPLETE = ord("2")
CLOSE_COMPLETE = ord("3")
COMMAND_COMPLETE = ord("C")
DATA_ROW = ord("D")
ERROR = ord("E")
NOTICE = ord("N")
NOTIFICATION = ord("A")
PARAMETER_STATUS = ord("S")
PARSE_COMPLETE = ord("1")
READY = ord("Z")
# Messages as they always are.
PARSED, BOUND = b"1\0\0\0\4", b"2\0\0\0\4"
_KNOWN = frozenset(
    (
        AUTHENTICATION,
        BACKEND_KEY,
        BIND_COMPLETE,
        CLOSE_COMPLETE,
        COMMAND_COMPLETE,
        DATA_ROW,
        ERROR,
        NOTICE,
        NOTIFICATION,
        PARAMETER_STATUS,
        PARSE_COMPLETE,
        READY,
    )
)
ANY_TIME = frozenset((NOTICE, NOTIFICATION, PARAMETER_STATUS))
"""What the server may say whenever it likes."""


class ProtocolViolation(Unavailable):
    """The other side does not speak the protocol as we know it: nothing it says can be believed any more."""


class Incoming:
    """Bytes as they arrive, and the message at their front: `start` and `end` of its body in `view`."""

    __slots__ = ("_buffer", "_filled", "_largest", "_next", "end", "start", "view")

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._buffer = bytearray(_ROOM)
        self.view = memoryview(self._buffer)
        self._filled = 0  # bytes that arrived
        self._next = 0  # where the next message begins
        self.start = self.end = 0

    def room(self) -> memoryview:
        """Where the next bytes go."""
        return self.view[self._filled :]

    def arrived(self, count: int) -> None:
        """`count` bytes have been written into `room`."""
        self._filled += count

    def next(self) -> int:
        """The kind of the next whole message, 0 where it has not arrived yet."""
        begin = self._next
        if self._filled - begin < 5:
            self._tidy(5)
            return 0
        kind, length = _header(self._buffer, begin)
        if kind not in _KNOWN:
            raise ProtocolViolation(f"a message of the unknown kind {kind}")
        if not 4 <= length <= self._largest:
            raise ProtocolViolation(f"a message of {length} bytes")
        end = begin + 1 + length
        if end > self._filled:
            self._tidy(1 + length)
            return 0
        self.start = begin + 5
        self.end = self._next = end
        return int(kind)

    def skip(self, run: bytes) -> bool:
        """Steps over the messages in `run` if exactly they come next."""
        end = self._next + len(run)
        if end > self._filled or not self._buffer.startswith(run, self._next):
            return False
        self._next = end
        return True

    def body(self) -> bytes:
        """The body of the message."""
        return self.view[self.start : self.end].tobytes()

    def status(self) -> int:
        """What ReadyForQuery says about the transaction."""
        if self.end - self.start != 1:
            raise ProtocolViolation("ReadyForQuery of another length")
        return self._buffer[self.start]

    def single_text(self) -> bytes | None:
        """The only column of a DataRow, copied out once."""
        start = self.start + 6
        if self.end < start:
            raise ProtocolViolation("a row that is too short")
        columns, length = _row(self._buffer, self.start)
        if columns != 1:
            raise ProtocolViolation(f"a row of {columns} columns where one was due")
        if length == -1 and self.end == start:
            return None
        if length < 0 or start + length != self.end:
            raise ProtocolViolation("a row that contradicts its length")
        return self.view[start : self.end].tobytes()

    def _tidy(self, needed: int) -> None:
        """Makes sure that the unfinished message has room; it is moved only where it has not."""
        if self._next == self._filled:
            self._next = self._filled = 0
            if len(self._buffer) > _KEPT:
                self._replace(_ROOM)
        if self._next + needed <= len(self._buffer) and self._filled < len(self._buffer):
            return
        part = self.view[self._next : self._filled].tobytes()
        if not needed <= len(self._buffer) <= _KEPT:
            self._replace(max(_ROOM, needed))
        self._buffer[: len(part)] = part
        self._next, self._filled = 0, len(part)

    def _replace(self, size: int) -> None:
        # A new one, because the loop may still hold a view of the old one.
        self._buffer = bytearray(size)
        self.view = memoryview(self._buffer)


def command(tag: bytes) -> bytes:
    """The whole CommandComplete with this tag."""
    return b"C" + (len(tag) + 4).to_bytes(4, "big") + tag


def ready(status: int) -> bytes:
    """The whole ReadyForQuery with this status."""
    return b"Z\0\0\0\5" + bytes((status,))


def error_fields(body: bytes) -> Mapping[str, str]:
    """The fields of an ErrorResponse by their letters."""
    parts = body.decode("utf-8", "replace").split("\0")
    return {part[0]: part[1:] for part in parts if part}

"""The ids of events: where a client goes on after its connection was cut."""

import hashlib
import re
from dataclasses import dataclass

from kernel.errors import ErrorCode, FediflowError, InvalidInput

_FORM = re.compile(r"([0-9a-f]{8})-([0-9]{1,18})-([0-9]{1,12})", re.ASCII)


class EventsForgotten(FediflowError):
    """What came after that event is no longer kept: read anew what you show, and subscribe without an event id."""

    code = ErrorCode.CONFLICT


@dataclass(frozen=True, slots=True)
class EventId:
    """A position in a shard's order, and the second in which it was written.

    Outside it is an opaque text. The shard is in it because a position means nothing on another one.
    """

    shard: str
    position: int
    second: int

    def __str__(self) -> str:
        return f"{_mark(self.shard)}-{self.position}-{self.second}"


def parse_event_id(text: str, shard: str) -> EventId:
    """The id that a client brings back; `EventsForgotten` for one of another shard."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise InvalidInput(f"{text[:60]!r} is not an event id; they come with the events of a subscription")
    if match[1] != _mark(shard):
        raise EventsForgotten(
            "the event id is from before this institution's data was moved: read anew what you show",
            reason="refetch",
        )
    return EventId(shard, int(match[2]), int(match[3]))


def _mark(shard: str) -> str:
    return hashlib.blake2b(shard.encode(), digest_size=4).hexdigest()

"""What is decided about deliveries, without I/O: how an attempt ended, and what follows from it."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

_LONGEST_WAIT = timedelta(days=1)  # whatever Retry-After says


@dataclass(frozen=True, slots=True)
class Delivery:
    """An activity on its way to one inbox."""

    tenant_id: int
    id: int
    host: str
    inbox: str
    activity_id: int
    signer_id: int
    delivery_class: int
    object_key: int | None  # what it is about; None: it has no order
    attempts: int
    created_at: datetime


class Verdict(StrEnum):
    """How an attempt ended."""

    DELIVERED = "delivered"
    GONE = "gone"  # there is no such inbox (any more)
    REFUSED = "refused"  # this activity is not taken; another one may be
    BUSY = "busy"  # the host asks us to come later
    TROUBLE = "trouble"  # the host does not work
    BLOCKED = "blocked"  # by a policy of ours
    CANCELLED = "cancelled"  # there is nothing to send (any more)
    HELD = "held"  # we may not or cannot send this one just now
    UNREADY = "unready"  # we can send nothing just now


@dataclass(frozen=True, slots=True)
class Result:
    """An attempt: what came of it, the status if any, our own words for what went wrong, and how long it took."""

    verdict: Verdict
    status: int | None = None
    error: str | None = None
    seconds: float = 0.0
    come_back: timedelta | None = None  # of BUSY

    @property
    def is_denied(self) -> bool:
        """The host could not, or would not, tell who signed."""
        return self.status in (401, 403)


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient delivery is. Seconds, unless it says otherwise."""

    lease: float = 60.0
    look_every: float = 0.25
    lanes: int = 512  # hosts worked on at one time, per shard
    claim: int = 100  # of which so many are leased at once
    batch: int = 32  # deliveries read ahead for a host
    window: int = 16  # requests to one host at one time, on the whole platform
    in_flight: int = 256  # requests on their way, of a process
    slow_after: float = 1.0  # then a request counts no more as one of those, but as one of
    slow: int = 2048
    idle: int = 2048  # connections kept for the next request, of a process
    deadline: float = 10.0
    linger: float = 0.02  # until what ended is written down, with all that ended meanwhile
    backoff: float = 30.0  # the first one; doubled from then on, up to
    longest_backoff: float = 6 * 3600.0
    refusals: int = 4  # attempts of a delivery that is refused
    denials: int = 8  # of one that is answered 401 or 403, and for so long at least:
    denied: timedelta = timedelta(days=3)
    give_up: timedelta = timedelta(days=7)
    figures_every: float = 5.0
    rules: float = 15.0  # for which an institution's rules about hosts are remembered
    look_back: float = 60.0  # how old the queue is, and how hosts are doing
    grace: float = 15.0  # for what is on its way when the process is told to stop


def judge(status: int, headers: Mapping[str, str], now: datetime, *, seconds: float = 0.0) -> Result:
    """What an answer means that took so long."""
    if 200 <= status < 300:
        return Result(Verdict.DELIVERED, status, seconds=seconds)
    said = f"it answered {status}"
    if status in (404, 410):
        return Result(Verdict.GONE, status, said, seconds)
    if status in (429, 503):
        wait = retry_after(headers.get("retry-after"), now)
        if wait is not None:
            return Result(Verdict.BUSY, status, said, seconds, come_back=wait)
        return Result(Verdict.TROUBLE, status, said, seconds)
    if status >= 500 or status == 408:
        return Result(Verdict.TROUBLE, status, said, seconds)
    return Result(Verdict.REFUSED, status, said, seconds)


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """How long a host asks us to wait (RFC 9110 section 10.2.3, seconds or a date); a second at least, a day at most."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        wait = timedelta(seconds=min(int(text[:9]), _LONGEST_WAIT.total_seconds()))
    else:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError):
            return None
        wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(seconds=1)), _LONGEST_WAIT)


def may_change(result: Result, *, attempts: int, age: timedelta, pace: Pace) -> bool:
    """Whether what an answer refuses is tried again, after so many attempts since it was to be sent so long ago.

    A 404 may be a server that is just being replaced; a 410 is meant. Who answers 401 or 403 may have failed to fetch our
    key, and fetch it tomorrow.
    """
    if result.is_denied:
        return attempts < pace.denials or age < pace.denied
    is_meant = result.verdict not in (Verdict.REFUSED, Verdict.GONE) or result.status == 410
    return not is_meant and attempts < pace.refusals


def backoff(failures: int, pace: Pace) -> timedelta:
    """The wait after so many failures in a row, with full jitter: hosts that failed together do not come back together."""
    longest = min(pace.backoff * 2.0 ** min(max(failures - 1, 0), 30), pace.longest_backoff)
    return timedelta(seconds=random.uniform(longest / 100, longest))  # spreads load, keeps no secret


class Window:
    """How many requests a host gets at one time: one more for each round that went well, half after trouble."""

    def __init__(self, start: float, *, most: int) -> None:
        self._most = float(most)
        self._size = min(max(start, 1.0), self._most)

    @property
    def size(self) -> int:
        """Requests that may be on their way now."""
        return int(self._size)

    def went_well(self) -> None:
        """An answer came."""
        self._size = min(self._size + 1.0 / self._size, self._most)

    def trouble(self) -> None:
        """None came, or one that says that it is too much."""
        self._size = max(self._size / 2, 1.0)

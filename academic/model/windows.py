"""When somebody may enrol: one window per audience, judged at a moment the caller names."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kernel.errors import InvalidInput

EVERYONE = "everyone"
"""The audience that each person belongs to."""


class WindowVerdict(StrEnum):
    """What the windows of an offering say to one person at one moment."""

    OPEN = "open"
    NOT_OPEN = "not_open"
    CLOSED = "closed"
    NOT_AUDIENCE = "not_audience"


@dataclass(frozen=True, slots=True)
class EnrollmentWindow:
    """From `opens_at` on and before `closes_at`; None leaves that side without an end."""

    audience: str
    opens_at: datetime | None = None
    closes_at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.audience:
            raise InvalidInput("an enrollment window names its audience", path="audience")
        for name, moment in (("opensAt", self.opens_at), ("closesAt", self.closes_at)):
            if moment is not None and moment.utcoffset() is None:
                raise InvalidInput("a moment carries its offset from UTC", path=name)
        if self.opens_at and self.closes_at and self.opens_at >= self.closes_at:
            raise InvalidInput("an enrollment window closes after it opens", path="closesAt")

    def judge(self, now: datetime) -> WindowVerdict:
        """Where `now` lies: before, within or after."""
        if self.opens_at is not None and now < self.opens_at:
            return WindowVerdict.NOT_OPEN
        if self.closes_at is not None and now >= self.closes_at:
            return WindowVerdict.CLOSED
        return WindowVerdict.OPEN


def judge_windows(
    windows: Iterable[EnrollmentWindow], *, audiences: Collection[str], now: datetime, has_ended: bool
) -> WindowVerdict:
    """The best answer that any window of the person's audiences gives.

    Without any window it is open until the offering has ended: its last day lies behind.
    """
    every = tuple(windows)
    mine = {
        window.judge(now) for window in every if window.audience == EVERYONE or window.audience in audiences
    }
    if not every:
        return WindowVerdict.CLOSED if has_ended else WindowVerdict.OPEN
    best_first = (WindowVerdict.OPEN, WindowVerdict.NOT_OPEN, WindowVerdict.CLOSED)
    return next((verdict for verdict in best_first if verdict in mine), WindowVerdict.NOT_AUDIENCE)

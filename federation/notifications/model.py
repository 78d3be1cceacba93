"""What there is to tell people, and how it is told to those who said nothing. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

UNREAD_CAP = 1_000
"""Unread notifications are counted up to here."""

# Ten likes within this time are one letter.
DEBOUNCE = timedelta(minutes=1)
DIGEST_AT = time(7)


class NotificationKind(StrEnum):
    """What somebody is told of. New ones come last: links in letters that were sent name them by their place."""

    FOLLOW = "follow"
    FOLLOW_REQUEST = "follow_request"
    FOLLOW_ACCEPTED = "follow_accepted"
    MENTION = "mention"
    REPLY = "reply"
    LIKE = "like"
    ANNOUNCE = "announce"
    COURSE_ANNOUNCEMENT = "course_announcement"
    DIRECT_MESSAGE = "direct_message"
    REQUEST_DECIDED = "request_decided"
    PROMOTED = "promoted"
    SEAT_OFFERED = "seat_offered"
    OFFERING_CHANGED = "offering_changed"
    OFFERING_CANCELLED = "offering_cancelled"
    IMPORT_FINISHED = "import_finished"
    REPORT_FILED = "report_filed"
    IDENTITY_CONFLICT = "identity_conflict"
    MOVED = "moved"
    SAVED_SEARCH = "saved_search"


class EmailTime(StrEnum):
    """When it is told by e-mail."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Preference:
    """How a person is told of a kind: shown in the app or not, and by e-mail."""

    in_app: bool
    email: EmailTime


_APP_ALONE = Preference(True, EmailTime.NEVER)
_DAILY = Preference(True, EmailTime.DAILY)
_AT_ONCE = Preference(True, EmailTime.AT_ONCE)
_K = NotificationKind

DEFAULTS: Mapping[NotificationKind, Preference] = MappingProxyType(
    {
        _K.FOLLOW: _APP_ALONE,
        _K.FOLLOW_REQUEST: _DAILY,
        _K.FOLLOW_ACCEPTED: _APP_ALONE,
        _K.MENTION: _DAILY,
        _K.REPLY: _DAILY,
        _K.LIKE: _APP_ALONE,
        _K.ANNOUNCE: _APP_ALONE,
        _K.COURSE_ANNOUNCEMENT: _DAILY,
        _K.DIRECT_MESSAGE: _AT_ONCE,
        _K.REQUEST_DECIDED: _AT_ONCE,
        _K.PROMOTED: _AT_ONCE,
        _K.SEAT_OFFERED: _AT_ONCE,
        _K.OFFERING_CHANGED: _AT_ONCE,
        _K.OFFERING_CANCELLED: _AT_ONCE,
        _K.IMPORT_FINISHED: _AT_ONCE,
        _K.REPORT_FILED: _AT_ONCE,
        _K.IDENTITY_CONFLICT: _AT_ONCE,
        _K.MOVED: _APP_ALONE,
        _K.SAVED_SEARCH: _DAILY,
    }
)
"""What holds for a kind until a person chooses: what one must act on comes at once, talk once a day."""


def next_digest(now: datetime, time_zone: str) -> datetime:
    """The next seven o'clock in the morning of the institution; where the clocks jump over it, right after."""
    zone = ZoneInfo(time_zone)
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), DIGEST_AT, zone)
    tomorrow = datetime.combine(local.date() + timedelta(days=1), DIGEST_AT, zone)
    return today if now < today else tomorrow

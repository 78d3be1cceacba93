"""The Date header (RFC 9110 section 5.6.7), written and read without a locale."""

import re
from datetime import UTC, datetime

from federation.signatures.refusals import SignatureRefused, Why

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FORM = re.compile(
    rf"(?:{'|'.join(_DAYS)}), ([0-9]{{1,2}}) ({'|'.join(_MONTHS)}) ([0-9]{{4}}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:GMT|UTC)"
)


def http_date(now: datetime) -> str:
    """`Sun, 05 Jan 2014 21:31:40 GMT`."""
    at = now.astimezone(UTC)
    day, month = _DAYS[at.weekday()], _MONTHS[at.month - 1]
    return f"{day}, {at.day:02} {month} {at.year:04} {at.hour:02}:{at.minute:02}:{at.second:02} GMT"


def read_http_date(text: str) -> datetime:
    """The moment that a Date header names; raises `SignatureRefused`, "malformed"."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise SignatureRefused(Why.MALFORMED, "the Date header is not an HTTP date in GMT")
    day, month, year, hour, minute, second = found.groups()
    try:
        return datetime(
            int(year),
            _MONTHS.index(month) + 1,
            int(day),
            int(hour),
            int(minute),
            min(int(second), 59),
            tzinfo=UTC,
        )
    except ValueError:
        raise SignatureRefused(Why.MALFORMED, "the Date header names no day of the calendar") from None

"""Times and durations as servers write them."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from federation.protocol.reading.values import first


def moment(value: Any) -> datetime | None:
    """An aware time in UTC; None for what is no time, or one that a calendar of four-digit years does not have.

    Read are ISO 8601 and its looser cousins: a space for the T, small letters, any fraction of a second (cut to
    microseconds), offsets with and without colon, none (UTC is meant), a date alone, a leap second.
    """
    one = first(value)
    if isinstance(one, dict):
        one = one.get("@value")
    found = _TIME.fullmatch(one.strip()) if isinstance(one, str) and len(one) <= _LONGEST else None
    if found is None:
        return None
    try:
        return _local(found).replace(tzinfo=_offset(found)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def seconds(value: Any) -> float | None:
    """A duration as `PT1H2M3.5S` or as a number of seconds; None for what is none or over a hundred days."""
    one = first(value)
    if isinstance(one, int | float) and not isinstance(one, bool):
        return float(one) if 0 <= one <= _LONGEST_DURATION else None
    found = _DURATION.fullmatch(one) if isinstance(one, str) and len(one) <= _LONGEST else None
    if found is None:
        return None
    parts = (float(part or 0) for part in found.groups())
    total = sum(part * unit for part, unit in zip(parts, _UNITS, strict=True))
    return total if total <= _LONGEST_DURATION else None


_LONGEST = 64
_LONGEST_DURATION = 100 * 86_400
_UNITS = (86_400, 3_600, 60, 1)

_TIME = re.compile(
    r"""(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)
        (?: [Tt\ ] (?P<hour>\d\d):(?P<minute>\d\d)
            (?: : (?P<second>\d\d) (?: [.,] (?P<fraction>\d+) )? )?
            \ ? (?: [Zz] | (?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)? )?
        )?""",
    re.VERBOSE | re.ASCII,
)
_DURATION = re.compile(
    r"P(?:([0-9]{1,4})D)?(?:T(?:([0-9]{1,6})H)?(?:([0-9]{1,8})M)?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)S)?)?",
    re.ASCII,
)


def _local(found: re.Match[str]) -> datetime:
    year, month, day = (int(found[name]) for name in ("year", "month", "day"))
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    microsecond = int((found["fraction"] or "0")[:6].ljust(6, "0"))
    # 23:59:60 is the second after 23:59:59, and 24:00 the first of the next day: both are written, neither is kept.
    carried = timedelta(days=hour == 24, seconds=second == 60)
    return datetime(year, month, day, hour % 24, minute, min(second, 59), microsecond) + carried


def _offset(found: re.Match[str]) -> timezone:
    if found["sign"] is None:
        return UTC
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    return timezone(-offset if found["sign"] == "-" else offset)

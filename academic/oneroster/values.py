"""Cells to values: each reader gives the value, and what was wrong with the way it was written."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from academic.oneroster.faults import Rule
from academic.oneroster.records import ExternalId


class Reading(NamedTuple):
    """A value. With a rule it was repaired, or, where `is_readable` is false, there is none."""

    value: object
    broken: Rule | None = None
    is_readable: bool = True
    expected: str = ""


Reader = Callable[[str], Reading]

_LONGEST_ID = 255
_LONGEST_EMAIL = 254
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DATE_IN_DATE_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}\S*", re.ASCII)
_BASIC_DATE = re.compile(r"\d{8}", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_USER_ID = re.compile(r"\s*\{([^:{}]+):([^{}]+)\}\s*(?:,|$)")


def read_text(cell: str) -> Reading:
    """Any text."""
    return Reading(cell)


def read_id(cell: str) -> Reading:
    """A sourcedId, or one that is referred to."""
    return Reading(cell) if len(cell) <= _LONGEST_ID else _unreadable(Rule.IDENTIFIER)


@lru_cache(maxsize=8192)
def read_date(cell: str) -> Reading:
    """A day; a moment or `20220901` has one reading too, a day and a month in the order of some country has not."""
    if _DATE.fullmatch(cell):
        return _date(cell, None)
    if moment := _DATE_IN_DATE_TIME.fullmatch(cell):
        return _date(moment[1], Rule.DATE)
    return _date(cell, Rule.DATE) if _BASIC_DATE.fullmatch(cell) else _unreadable(Rule.DATE)


@lru_cache(maxsize=8192)
def read_date_time(cell: str) -> Reading:
    """A moment with its offset from UTC; a bare day is read as its midnight."""
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        return _unreadable(Rule.DATE_TIME)
    return Reading(moment, None if moment.utcoffset() is not None else Rule.DATE_TIME)


def read_year(cell: str) -> Reading:
    """The four digits of a year."""
    return Reading(int(cell)) if _YEAR.fullmatch(cell) else _unreadable(Rule.YEAR)


def read_boolean(cell: str) -> Reading:
    """`true` or `false`; in another case it was meant the same."""
    lowered = cell.lower()
    if lowered not in ("true", "false"):
        return _unreadable(Rule.BOOLEAN)
    return Reading(lowered == "true", None if cell == lowered else Rule.BOOLEAN)


def read_primary(cell: str) -> Reading:
    """SDS says TRUE or FALSE, in capitals, where OneRoster says primary or secondary."""
    said = read_boolean(cell.lower())
    return said if not said.is_readable else Reading("primary" if said.value else "secondary")


def read_email(cell: str) -> Reading:
    """Something with one @ in it: whether mail arrives there is found out by sending."""
    is_address = len(cell) <= _LONGEST_EMAIL and _EMAIL.fullmatch(cell) is not None
    return Reading(cell) if is_address else _unreadable(Rule.EMAIL)


def read_list(cell: str) -> Reading:
    """Values between commas, once each."""
    return Reading(tuple(dict.fromkeys(part for part in map(str.strip, cell.split(",")) if part)))


def read_user_ids(cell: str) -> Reading:
    """`{LDAP:12},{LTI:15}`."""
    ids: list[ExternalId] = []
    place = 0
    while place < len(cell):
        match = _USER_ID.match(cell, place)
        if match is None:
            return _unreadable(Rule.USER_IDS)
        ids.append(ExternalId(match[1].strip(), match[2].strip()))
        place = match.end()
    return Reading(tuple(dict.fromkeys(ids)))


def one_of(values: Iterable[str], *, is_extensible: bool = False) -> Reader:
    """A reader of an enumeration; in another case it was meant the same, and `ext:` opens an extensible one."""
    by_lowered = {value.lower(): value for value in values}
    expected = ", ".join(by_lowered.values())

    @lru_cache(maxsize=256)
    def read(cell: str) -> Reading:
        if is_extensible and cell.startswith("ext:") and len(cell) > len("ext:"):
            return Reading(cell)
        meant = by_lowered.get(cell.lower())
        if meant is None:
            return _unreadable(Rule.ENUMERATION, expected)
        return Reading(meant, None if meant == cell else Rule.ENUMERATION)

    return read


def _date(cell: str, broken: Rule | None) -> Reading:
    try:
        return Reading(date.fromisoformat(cell), broken)
    except ValueError:
        return _unreadable(Rule.DATE)


def _unreadable(rule: Rule, expected: str = "") -> Reading:
    return Reading(None, rule, False, expected)

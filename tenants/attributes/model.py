"""What a declared field accepts and how its value is kept. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kernel.errors import InvalidInput
from kernel.ids import MAX_BIGINT

LONGEST_VALUE = 2000

# Beside roles, who reads and writes a field: all, and the person a user's field is about.
EVERYONE, OWNER = "everyone", "owner"

# What a client may send: JSON scalars, or the same written as text.
Given = str | int | bool | date

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,18})", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Definition:
    """A field as the tenant declared it."""

    id: int
    name: str
    value_type: str
    choices: tuple[str, ...]
    writable_by: frozenset[str]


def canonical(definition: Definition, value: Given) -> str:
    """The value as it is kept; raises `InvalidInput` naming the field for what it does not accept."""
    path = ["input", "attributes", definition.name]
    try:
        text = _CANONICAL[definition.value_type](value)
    except (ValueError, TypeError):
        expected = _EXPECTED[definition.value_type]
        raise InvalidInput(f"{definition.name} is {expected}", path=path) from None
    if definition.value_type == "choice" and text not in definition.choices:
        listed = ", ".join(definition.choices[:20])
        raise InvalidInput(f"{definition.name} is one of: {listed}", path=path)
    return text


def _text(value: Given) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_VALUE or "\0" in value:
        raise ValueError
    return value


def _integer(value: Given) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if (
        not isinstance(text, str)
        or not _INTEGER.fullmatch(text)
        or not -MAX_BIGINT - 1 <= int(text) <= MAX_BIGINT
    ):
        raise ValueError
    return str(int(text))


def _boolean(value: Given) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value not in ("true", "false"):
        raise ValueError
    return str(value)


def _date(value: Given) -> str:
    if isinstance(value, date):
        return date(value.year, value.month, value.day).isoformat()
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError
    return date.fromisoformat(value).isoformat()


_CANONICAL: Mapping[str, Callable[[Given], str]] = {
    "text": _text,
    "integer": _integer,
    "boolean": _boolean,
    "date": _date,
    "choice": _text,
}
_EXPECTED: Mapping[str, str] = {
    "text": f"a text of at most {LONGEST_VALUE} characters without U+0000",
    "integer": "a whole number of 64 bits in its shortest form, such as 120 and not 0120",
    "boolean": "true or false",
    "date": "a date like 2026-10-01",
    "choice": "one of its choices",
}


def checked_choices(value_type: str, choices: Sequence[str] | None) -> list[str] | None:
    """The choices of a field of type `choice`; a field of another type has none."""
    path = ["input", "choices"]
    if value_type != "choice":
        if choices:
            raise InvalidInput("only a field of type choice has choices", path=path)
        return None
    listed = [choice.strip() for choice in choices or ()]
    if not listed or len(set(listed)) != len(listed) or len(listed) > 200:
        raise InvalidInput("a choice has 1 to 200 different choices", path=path)
    if any(not 1 <= len(choice) <= 200 or not choice.isprintable() for choice in listed):
        raise InvalidInput("a choice has 1 to 200 printable characters", path=path)
    return listed

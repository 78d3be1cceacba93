"""The forms in which servers send one value, read as that value: a string, an object or an array of either.

What cannot be read as asked is None: whether that matters is for the caller to say.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from federation.protocol.origins import LONGEST_URI, origin_of
from federation.protocol.reading.shapes.activities import Document
from kernel.visible_text import is_blank

LONGEST_TEXT = 100_000
"""Characters that are read of any text; what follows is cut off."""

_NAMESPACES = ("https://www.w3.org/ns/activitystreams#", "as:")


def each(value: Any, most: int) -> Sequence[Any]:
    """The members of an array, or the value itself as the only one; nulls are left out."""
    if isinstance(value, list):
        return [one for one in value[:most] if one is not None]
    return () if value is None else (value,)


def first(value: Any) -> Any:
    """The value, or the first of an array that is not null."""
    if not isinstance(value, list):
        return value
    return next(iter(each(value, _ONE_OF)), None)


def types_of(document: Document) -> tuple[str, ...]:
    """The types in the order given, without the namespace."""
    return tuple(
        _without_namespace(one) for one in each(document.get("type"), _ONE_OF) if isinstance(one, str) and one
    )


def uri(value: Any) -> str | None:
    """The http(s) URI that a value names: itself, an object's `id`, a Link's `href`, or the first of an array."""
    for one in each(value, _ONE_OF):
        found = one
        if isinstance(one, dict):
            found = one.get("id") if isinstance(one.get("id"), str) else one.get("href")
        if isinstance(found, str) and origin_of(found) is not None:
            return found
    return None


def uris(value: Any, most: int) -> tuple[str, ...]:
    """All URIs that are named, once each."""
    found = (uri(one) for one in each(value, most))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def identifier(value: Any) -> str | None:
    """What need not be an http(s) URI but is compared: a conversation as `tag:…`, or an object's `id`."""
    one = first(value)
    if isinstance(one, dict):
        one = one.get("id")
    return one if isinstance(one, str) and 0 < len(one) <= LONGEST_URI and not _CONTROL.search(one) else None


def text(value: Any, most: int = LONGEST_TEXT) -> str | None:
    """A text that is not blank; `{"@value": …}` is taken for its value."""
    one = first(value)
    if isinstance(one, dict):
        one = one.get("@value")
    if not isinstance(one, str):
        return None
    return None if is_blank(one[:most]) else one[:most]


def truth(value: Any) -> bool | None:
    """True and false, also as words."""
    one = first(value)
    if isinstance(one, bool):
        return one
    return {"true": True, "false": False}.get(one.lower()) if isinstance(one, str) else None


def count(value: Any) -> int | None:
    """A number of things: not negative and within 32 bits signed; also as digits or a whole float."""
    one = first(value)
    if isinstance(one, str) and _DIGITS.fullmatch(one):
        one = int(one)
    if isinstance(one, float) and one.is_integer():
        one = int(one)
    return one if isinstance(one, int) and not isinstance(one, bool) and 0 <= one <= _MOST else None


def number(value: Any, *, low: float, high: float) -> float | None:
    """A number between two bounds; also written as a decimal text."""
    one = first(value)
    if isinstance(one, str) and _DECIMAL.fullmatch(one):
        one = float(one)
    if isinstance(one, bool) or not isinstance(one, int | float):
        return None
    return float(one) if low <= one <= high else None


def member(document: Mapping[str, Any], *names: str) -> Any:
    """The first of these members that says something."""
    return next((document[name] for name in names if document.get(name) is not None), None)


def objects(value: Any, most: int) -> Iterator[tuple[int, Document]]:
    """The objects of an array with their places in it, or the one object itself."""
    for index, one in enumerate(each(value, most)):
        if isinstance(one, dict):
            yield index, one


def _without_namespace(name: str) -> str:
    for namespace in _NAMESPACES:
        name = name.removeprefix(namespace)
    return name[:_LONGEST_TYPE]


_ONE_OF = 20
_LONGEST_TYPE = 100
_MOST = 2**31 - 1
_DIGITS = re.compile(r"[0-9]{1,10}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{0,20})?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

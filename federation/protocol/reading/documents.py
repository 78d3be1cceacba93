"""Bytes that a server sent as a JSON object, or a reason why not: nothing in here is deeper or odder than it should be."""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from federation.protocol.reading.errors import Unreadable
from federation.protocol.reading.shapes.activities import Document

MOST_BYTES = 1_048_576
"""The default cap: the largest that real servers send are collections of a few hundred kilobytes."""

DEEPEST = 32
"""Levels of nesting; a Group's Announce of a Create of a post with a proof has nine."""


def read_document(body: bytes, *, most_bytes: int = MOST_BYTES) -> Document:
    """The JSON object of a body; an array of one object is taken for it.

    Refused: what is no JSON or not UTF-8, NaN, lone surrogates, U+0000 (which PostgreSQL cannot keep), nesting beyond
    `DEEPEST`. Of a name that comes twice the last value counts; an integer beyond 64 bits becomes a float.
    """
    if len(body) > most_bytes:
        raise Unreadable(f"has {len(body)} bytes, more than {most_bytes}")
    try:
        value = orjson.loads(body.removeprefix(_BYTE_ORDER_MARK))
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"is no JSON: {error.msg}") from None
    # Most bodies open fewer brackets than that in all, and need not be looked through.
    if body.count(b"{") + body.count(b"[") > DEEPEST and _is_too_deep(value):
        raise Unreadable(f"is nested deeper than {DEEPEST} levels")
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        raise Unreadable("is no JSON object")
    # A parsed text can only hold U+0000 where the body has this escape, so hardly any body is searched.
    if b"\\u0000" in body:
        _refuse_nul(value)
    return value


_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}", re.ASCII)


def _is_too_deep(value: Any) -> bool:
    """Level by level, since recursion is what a deep document is after."""
    level = [value]
    for _ in range(DEEPEST):
        level = [child for parent in level for child in _children(parent) if isinstance(child, dict | list)]
        if not level:
            return False
    return True


def _children(parent: Any) -> Any:
    if isinstance(parent, dict):
        return parent.values()
    return parent if isinstance(parent, list) else ()


def _refuse_nul(value: Any) -> None:
    for where, text in _texts(value, "$"):
        if "\0" in text:
            raise Unreadable("holds the character U+0000", where)


def _texts(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Every text with its path, names of members too."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{where}[{index}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield where, name
            yield from _texts(item, f"{where}.{name if _PLAIN_NAME.fullmatch(name) else '*'}")

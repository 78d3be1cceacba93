"""The members that decide who says what: they are read strictly, and what is wrong with them is an error."""

from typing import Any

from federation.protocol.origins import is_web_uri, origin_of, same_origin
from federation.protocol.reading.errors import Unreadable
from federation.protocol.reading.shapes.activities import Document
from federation.protocol.reading.values import first, types_of, uri


def id_of(document: Document, where: str, *, allow_http: bool) -> str:
    """The document's `id`: a text, and an https URI unless http is allowed."""
    given = document.get("id")
    if given is None:
        raise Unreadable("has no id", f"{where}.id")
    if not isinstance(given, str) or not is_web_uri(given, allow_http=allow_http):
        raise Unreadable(f"is no {_scheme(allow_http)} URI", f"{where}.id")
    return given


def actor_in(document: Document, member: str, where: str, *, allow_http: bool) -> str:
    """The one actor that a member names by URI, Link or embedded actor."""
    named = uri(document.get(member))
    if named is None:
        raise Unreadable("names nobody", f"{where}.{member}")
    if not is_web_uri(named, allow_http=allow_http):
        raise Unreadable(f"is no {_scheme(allow_http)} URI", f"{where}.{member}")
    return named


def require_same_origin(one: str, other: str, what: str, where: str) -> None:
    """Nobody speaks for another server: raises unless both URIs have the same scheme, host and port."""
    if not same_origin(one, other):
        raise Unreadable(f"{what} is of {origin_of(one)} and not of {origin_of(other)}", where)


def same_origin_uri(value: Any, id: str) -> str | None:
    """The URI that a value names, where it is of the id's origin; else None."""
    named = uri(first(value))
    return named if named is not None and same_origin(named, id) else None


def types_in(document: Document, where: str) -> tuple[str, ...]:
    """The document's types, at least one."""
    types = types_of(document)
    if not types:
        raise Unreadable("has no type", f"{where}.type")
    return types


def _scheme(allow_http: bool) -> str:
    return "http or https" if allow_http else "https"

"""The values of structured fields (RFC 8941) as far as signatures and digests need them, and their canonical text."""

import base64
from dataclasses import dataclass
from decimal import Decimal


class Token(str):
    """A bare word, which is not the same as a string of the same letters."""

    __slots__ = ()


Bare = str | Token | int | Decimal | bytes | bool
Parameters = dict[str, Bare]


@dataclass(frozen=True, slots=True)
class Item:
    """A value and what is said about it."""

    value: Bare
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class InnerList:
    """Items in parentheses and what is said about all of them."""

    items: tuple[Item, ...]
    parameters: Parameters


Member = Item | InnerList


def serialize(member: Member) -> str:
    """A member in its one canonical writing (RFC 8941 section 4.1)."""
    if isinstance(member, Item):
        return _bare(member.value) + _parameters(member.parameters)
    return "(" + " ".join(map(serialize, member.items)) + ")" + _parameters(member.parameters)


def serialize_string(text: str) -> str:
    """A quoted string; raises ValueError where RFC 8941 section 4.1.6 has no way to write it."""
    if not text.isascii() or not text.isprintable():
        raise ValueError("a structured field's string holds printable ASCII only")
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _bare(value: Bare) -> str:
    if isinstance(value, bool):
        return "?1" if value else "?0"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, bytes):
        return f":{base64.b64encode(value).decode()}:"
    return str(value) if isinstance(value, Token) else serialize_string(value)


def _decimal(value: Decimal) -> str:
    whole, _, fraction = f"{value:f}".partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"


def _parameters(parameters: Parameters) -> str:
    return "".join(
        f";{key}" if value is True else f";{key}={_bare(value)}" for key, value in parameters.items()
    )

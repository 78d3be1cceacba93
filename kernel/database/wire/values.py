"""Parameters in PostgreSQL's text format, checked before anything is written."""

import struct
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from kernel.errors import InvalidInput

_MOST = 65535  # parameters of one statement: their number is sent as 16 bits
_count = struct.Struct("!H").pack
_length = struct.Struct("!i").pack
_NULL = _length(-1)


class TextArray(tuple[str, ...]):
    """An array of texts that many requests bind: its literal is made once."""

    literal: bytes

    def __new__(cls, values: Iterable[str]) -> "TextArray":
        made = super().__new__(cls, values)
        made.literal = _array(made)
        return made


def encoded(values: Sequence[object]) -> bytes:
    """The parameters of a Bind message; `InvalidInput` where PostgreSQL could not store a text."""
    if len(values) > _MOST:
        raise InvalidInput(f"a statement has {len(values)} parameters, at most {_MOST} are possible")
    parts = [_count(len(values))]
    for value in values:
        if value is None:
            parts.append(_NULL)
        else:
            text = _text(value)
            parts.append(_length(len(text)))
            parts.append(text)
    return b"".join(parts)


def _text(value: object) -> bytes:
    encode = _ENCODERS.get(type(value))
    if encode is None:
        encode = next((known for kind, known in _ENCODERS.items() if isinstance(value, kind)), None)
    if encode is None:
        raise TypeError(f"a parameter of the type {type(value).__name__} has no text format here")
    return encode(value)


def _str(value: str) -> bytes:
    try:
        text = value.encode()
    except UnicodeEncodeError:
        raise InvalidInput("a text contains half of a surrogate pair, which cannot be stored") from None
    if b"\0" in text:
        raise InvalidInput("a text contains U+0000, which cannot be stored")
    return text


def _int(value: int) -> bytes:
    return b"%d" % value


def _bool(value: bool) -> bytes:
    return b"t" if value else b"f"


def _date(value: date) -> bytes:
    return value.isoformat().encode()


def _datetime(value: datetime) -> bytes:
    if value.tzinfo is None:
        raise ValueError("a time without its offset means another moment on every server")
    return value.isoformat().encode()


def _decimal(value: Decimal) -> bytes:
    return str(value).encode()


def _float(value: float) -> bytes:
    return repr(value).encode()


def _array(values: Sequence[object]) -> bytes:
    """An array literal; every text is quoted, so that none is taken for NULL or a brace."""
    return b"{" + b",".join(map(_element, values)) + b"}"


def _element(value: object) -> bytes:
    if value is None:
        return b"NULL"
    text = _text(value)
    if isinstance(value, str):
        return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return text


# In the order in which a subclass looks for its own: bool is an int, datetime is a date.
_ENCODERS: dict[type, Callable[..., bytes]] = {
    str: _str,
    bool: _bool,
    int: _int,
    datetime: _datetime,
    date: _date,
    Decimal: _decimal,
    float: _float,
    list: _array,
    TextArray: lambda value: value.literal,
    tuple: _array,
}

"""What a client's value may be before it is bound: text, ids, cursors, page sizes."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from kernel.entities import Entity, Kind
from kernel.errors import InvalidInput
from kernel.ids import parse_global_id
from kernel.languages import language_tag

DEFAULT_PAGE = 20
MAX_PAGE = 100
MAX_TEXT = 20_000
MAX_IDS = 100


def text(value: Any, *, name: str) -> str:
    """A text that PostgreSQL can hold: no U+0000, no lone surrogate."""
    if "\x00" in value:
        raise InvalidInput(
            f"{name} contains the character U+0000, which no text here can hold", argument=name
        )
    if len(value) > MAX_TEXT:
        raise InvalidInput(
            f"{name} has {len(value)} characters; at most {MAX_TEXT} are allowed", argument=name
        )
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidInput(
            f"{name} contains a lone surrogate, which is no character", argument=name
        ) from None
    return str(value)


def row_id(value: str, *entities: Entity, name: str) -> int:
    """The number in an id of one of these. An id of another kind of object is an error that names both kinds."""
    found = parse_global_id(value)
    if found.prefix not in [entity.prefix for entity in entities]:
        kinds = " or ".join(entity.name for entity in entities)
        prefixes = " or ".join(f"'{entity.prefix}_'" for entity in entities)
        raise InvalidInput(
            f"{name} is {value!r}, which is not an id of type {kinds}: those begin with {prefixes}",
            argument=name,
        )
    return found.number


def page_size(value: int | None, *, name: str) -> int:
    """How many rows a page may have; the default where none is asked."""
    if value is None:
        return DEFAULT_PAGE
    if not 0 <= value <= MAX_PAGE:
        raise InvalidInput(f"{name} is {value}; a page holds 0 to {MAX_PAGE} rows", argument=name)
    return value


def member_of(kind: Kind, *, name: str, entities: Sequence[Entity] = ()) -> Callable[[Any], Any]:
    """What turns a filter's GraphQL value of this kind into what PostgreSQL compares with; an id is of one of `entities`."""
    if kind is Kind.ID:
        assert entities
        return lambda value: row_id(value, *entities, name=name)
    if kind is Kind.ENUM:
        return lambda value: str(getattr(value, "value", value)).lower()
    if kind is Kind.TEXT:
        return lambda value: text(value, name=name)
    if kind is Kind.LANGUAGE:
        return lambda value: _language(value, name)
    return lambda value: value


def _language(value: str, name: str) -> str:
    try:
        return language_tag(value)
    except InvalidInput as error:
        raise InvalidInput(f"{name}: {error.message}", argument=name) from None


class CursorCodec:
    """Reads the cursors of one order: base64 of the JSON list `[order, value …, id]`, each value of the column's type."""

    def __init__(self, order: str, types: Sequence[type]) -> None:
        self._order = order
        self._types = types

    def value(self, cursor: str, position: int) -> Any:
        """The value at `position` (the id is the last)."""
        return self._decode(cursor)[position]

    def _decode(self, cursor: str) -> list[Any]:
        try:
            order, *values = json.loads(base64.b64decode(cursor, validate=True))
        except (binascii.Error, ValueError, TypeError, RecursionError):
            raise _malformed(cursor) from None
        if order != self._order:
            raise InvalidInput(
                f"this cursor belongs to another order ({str(order)[:32]!r}), this list is ordered by {self._order}"
            )
        if len(values) != len(self._types):
            raise _malformed(cursor)
        try:
            return [_typed(value, type_) for value, type_ in zip(values, self._types, strict=True)]
        except (ValueError, TypeError, OverflowError, InvalidInput):
            raise _malformed(cursor) from None


def _typed(value: Any, type_: type) -> Any:
    if not isinstance(value, str):
        raise TypeError(value)
    if type_ is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(value)
        return moment.astimezone(UTC)
    if type_ is date:
        return date.fromisoformat(value)
    if type_ is int:
        number = int(value)
        if not -(2**63) <= number < 2**63:
            raise ValueError(value)
        return number
    return text(value, name="cursor")


def _malformed(cursor: str) -> InvalidInput:
    return InvalidInput(f"{cursor[:60]!r} is not a cursor; cursors come from `pageInfo` and `edges`")

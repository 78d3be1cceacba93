"""Parameters as text: what is sent is what was meant, and what cannot be stored is refused."""

import struct
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.database.wire.values import encoded
from kernel.errors import InvalidInput


class Colour(StrEnum):
    RED = "red"


class Number(int):
    """As ids are."""


def one(value: object) -> bytes | None:
    """The text of a single parameter."""
    message = encoded([value])
    count, length = struct.unpack_from("!Hi", message)
    assert count == 1
    return None if length == -1 else message[6 : 6 + length]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", b""),
        (Colour.RED, b"red"),
        (Number(-5), b"-5"),
        (True, b"t"),
        (Decimal("1.50"), b"1.50"),
        (datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), b"2024-01-02T03:04:05+00:00"),
        ([1, None, 2], b"{1,NULL,2}"),
        (['a"b\\', "NULL", None], b'{"a\\"b\\\\","NULL",NULL}'),
        ([["a"], ["b"]], b'{{"a"},{"b"}}'),
        ((Colour.RED,), b'{"red"}'),
    ],
)
def test_values_have_their_text(value: object, text: bytes | None) -> None:
    assert one(value) == text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_text_is_sent_as_it_is(text: str) -> None:
    assert one(text) == text.encode()


@pytest.mark.parametrize("value", ["a\0", "\udc80", ["x", "\0"], ["\ud800"]])
def test_what_cannot_be_stored_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        encoded([value])


def test_a_time_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        encoded([datetime(2024, 1, 1)])


def test_a_type_without_text_format_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        encoded([object()])


def test_more_parameters_than_the_protocol_can_count_are_refused() -> None:
    encoded([1] * 65535)
    with pytest.raises(InvalidInput, match="65536"):
        encoded([1] * 65536)

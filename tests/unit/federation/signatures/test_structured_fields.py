"""Structured field values are read as RFC 8941 says, and written in the one canonical way."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.signatures import SignatureRefused, Why
from federation.signatures.structured_fields import (
    InnerList,
    Item,
    Token,
    serialize,
    serialize_string,
)
from federation.signatures.structured_reading import parse_dictionary

NO_DEADLINE = settings(deadline=None)  # other tests use the machine too


def member(text: str) -> Item | InnerList:
    return parse_dictionary(f"a={text}", what="the field")["a"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-15", -15),
        ("999999999999999", 999999999999999),
        ("1.5", Decimal("1.5")),
        ("-0.125", Decimal("-0.125")),
        ('"a b"', "a b"),
        (r'"q\"\\"', 'q"\\'),
        ('""', ""),
        (":aGk=:", b"hi"),
        ("::", b""),
        ("?1", True),
        ("?0", False),
        ("*token/x:y", Token("*token/x:y")),
    ],
)
def test_values_are_read_and_written_again(text: str, value: object) -> None:
    read = member(text)
    assert isinstance(read, Item)
    assert (read.value, type(read.value)) == (value, type(value))
    assert serialize(read) == text


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("007", "7"),
        ("1.500", "1.5"),
        ("2.0", "2.0"),
        ('(  "a"   "b"  )', '("a" "b")'),
        ("()", "()"),
        ('("a";x "b";y=1);z; w', '("a";x "b";y=1);z;w'),
        ("?1;a=?1;b=?0", "?1;a;b=?0"),
    ],
)
def test_odd_writings_become_canonical(text: str, canonical: str) -> None:
    assert serialize(member(text)) == canonical


def test_members_keep_their_order_and_may_be_bare() -> None:
    read = parse_dictionary(' b , a;x=1 ,\t c=("d") ', what="the field")
    assert list(read) == ["b", "a", "c"]
    assert read["a"] == Item(True, {"x": 1})
    assert parse_dictionary("", what="the field") == {}


@pytest.mark.parametrize(
    "text",
    [
        "1.",
        "1.2345",
        "1234567890123456",
        "--1",
        "1.2.3",
        '"a',
        '"\x00"',
        '"\\a"',
        '"é"',
        ":a:",
        ":a",
        "?2",
        "",
        "@1",
        "%",
        "(",
        '("a"',
    ],
)
def test_values_of_no_type_are_refused(text: str) -> None:
    with pytest.raises(SignatureRefused) as refused:
        member(text)
    assert refused.value.why is Why.MALFORMED


@pytest.mark.parametrize(
    "text", ["A=1", "a=1,", "a=1 b=2", "a=1;", "a=1,,b=2", "=1", ",", "a =1", "a= 1", "a=1;B=1"]
)
def test_dictionaries_out_of_form_are_refused(text: str) -> None:
    with pytest.raises(SignatureRefused) as refused:
        parse_dictionary(text, what="the field")
    assert refused.value.why is Why.MALFORMED
    assert "the field" in refused.value.message


@pytest.mark.parametrize("text", ["a=1, a=1", "a;x;x", '("a");x=1;x=2'])
def test_what_is_said_twice_is_refused(text: str) -> None:
    with pytest.raises(SignatureRefused) as refused:
        parse_dictionary(text if text.startswith("a") else f"a={text}", what="the field")
    assert refused.value.why is Why.DUPLICATED


def test_endless_dictionaries_are_refused() -> None:
    with pytest.raises(SignatureRefused) as refused:
        parse_dictionary(",".join(f"k{n}" for n in range(200)), what="the field")
    assert refused.value.why is Why.MALFORMED


@pytest.mark.parametrize("text", ["é", "a\nb", "\x7f"])
def test_text_that_no_header_holds_is_not_written(text: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        serialize_string(text)


bare = st.one_of(
    st.integers(-999999999999999, 999999999999999),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20),
    st.binary(max_size=20),
    st.booleans(),
    st.decimals(-999999999, 999999999, places=3, allow_nan=False, allow_infinity=False),
    st.from_regex(r"[A-Za-z*][A-Za-z0-9:/!#]{0,8}", fullmatch=True).map(Token),
)
parameters = st.dictionaries(st.from_regex(r"[a-z*][a-z0-9_.*-]{0,6}", fullmatch=True), bare, max_size=3)
items = st.builds(Item, bare, parameters)
members = items | st.builds(InnerList, st.lists(items, max_size=4).map(tuple), parameters)


@NO_DEADLINE
@given(members)
def test_what_was_written_is_read_as_it_was(written: Item | InnerList) -> None:
    assert member(serialize(written)) == written

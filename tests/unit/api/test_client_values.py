"""What a client's values may be: moments, cursors, languages, page sizes, and what is said of wrong variables."""

import base64
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strawberry.exceptions import StrawberryInputCoercionError

from api.plan.coercion import CursorCodec, page_size, text
from api.plan.documents import DocumentRefused, Documents
from api.plan.filters import prefix_end
from api.plan.values import asked_languages, language_range
from api.schema.build import SCHEMA
from api.schema.scalars import moment
from kernel.errors import InvalidInput


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31), timezones=st.timezones()))
def test_a_moment_is_kept_to_the_microsecond_in_utc(value: datetime) -> None:
    found = moment(value.isoformat())
    assert found == value.astimezone(UTC)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-01T00:00:00",
        "2026-01-01",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "10000-01-01T00:00:00Z",
        "-0044-03-15T00:00:00Z",
        "infinity",
        "now",
        "",
        5,
        None,
        {"a": 1},
    ],
)
def test_what_is_no_moment_is_refused(value: Any) -> None:
    with pytest.raises(StrawberryInputCoercionError, match="offset"):
        moment(value)


def _cursor(*parts: Any) -> str:
    return base64.b64encode(json.dumps(parts).encode()).decode()


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (datetime, "0001-01-01T00:00:00+14:00"),
        (datetime, "2026-01-01T00:00:00"),
        (datetime, "infinity"),
        (date, "10000-01-01"),
        (int, str(2**63)),
        (int, "NaN"),
        (str, "a\x00b"),
        (str, 5),
        (str, None),
    ],
)
def test_a_cursor_of_wrong_values_is_malformed(type_: type, value: Any) -> None:
    with pytest.raises(InvalidInput, match="is not a cursor"):
        CursorCodec("O", [type_, int]).value(_cursor("O", value, "1"), 0)


@given(st.text() | st.binary().map(lambda raw: base64.b64encode(raw).decode()))
def test_arbitrary_text_is_no_cursor_and_told_so(value: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        CursorCodec("CODE", [str, int]).value(value, 0)


@given(st.lists(st.text(max_size=6), max_size=6), st.text(max_size=4))
def test_a_prefix_is_everything_between_its_bounds(words: list[str], prefix: str) -> None:
    try:
        low, high = text(prefix, name="p"), prefix_end(prefix)
    except InvalidInput:
        return
    for word in words:
        try:
            raw = word.encode()
        except UnicodeEncodeError:
            continue
        assert (low.encode() <= raw < high.encode()) is word.startswith(prefix)


def test_languages_are_tried_from_the_narrow_to_the_wide_whatever_their_case() -> None:
    assert asked_languages(["EN-gb", "de"]) == ["en-GB", "en", "de"]
    for wrong in (["a\x00b"], ["%"], [""], ["de"] * 21):
        with pytest.raises(InvalidInput):
            asked_languages(wrong)
    assert language_range(["de"] * 50) == ["de"]


@pytest.mark.parametrize("value", [-1, 101, 2**31 - 1])
def test_a_page_has_its_bounds(value: int) -> None:
    with pytest.raises(InvalidInput, match="0 to 100"):
        page_size(value, name="first")


SIGN_IN = "mutation($i: SignInInput!) { signIn(input: $i) { userErrors { code } } }"
MANY = "query($n: Int, $o: CourseOrder, $d: Date!, $l: [ID!]!) { courses(first: $n, orderBy: $o) { totalCount } termAt(date: $d) { id } nodes(ids: $l) { id } }"


@pytest.mark.parametrize(
    ("document", "variables", "said"),
    [
        (SIGN_IN, {}, ["the variable $i is missing: it is SignInInput!"]),
        (SIGN_IN, {"i": None}, ["$i is null: it is SignInInput!"]),
        (SIGN_IN, {"i": []}, ["$i is a list and no object: it is SignInInput"]),
        (
            SIGN_IN,
            {"i": {"handleOrEmail": "ada", "passwort": "hunter2"}},
            [
                "$i has no member 'password', which SignInInput requires",
                "$i has the member 'passwort', which SignInInput does not know",
            ],
        ),
        (
            SIGN_IN,
            {"i": {"handleOrEmail": "ada", "password": {"is": "hunter2"}}},
            ["$i.password is an object, which is no String"],
        ),
        (
            MANY,
            {"n": 2**40, "o": {"field": "hunter2"}, "d": "hunter2", "l": ["a", None, 1.5]},
            [
                "$n is a whole number, which is no Int: it is a whole number of 32 bits",
                "$o.field is a string, which is no CourseOrderField: it is one of CODE, TITLE, UPDATED_AT, ID",
                "$d is a string, which is no Date: it is a day such as 2026-04-01",
                "$l[1] is null: it is ID!",
                "$l[2] is a number with a fraction, which is no ID",
            ],
        ),
    ],
)
def test_wrong_variables_are_told_by_place_and_type_and_not_by_value(
    document: str, variables: dict[str, Any], said: list[str]
) -> None:
    with pytest.raises(DocumentRefused) as refused:
        Documents(SCHEMA).get(document).operation(None).coerce(SCHEMA, variables)
    assert [error.message for error in refused.value.errors] == said
    assert "hunter2" not in str(refused.value)

"""Where a browser may be sent back to."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.protocol.addresses import Addresses
from federation.signin.returning import checked_return, with_answer
from kernel.errors import InvalidInput

HERE = Addresses("https", "uni.example", frozenset({"www.uni.example"}))
LOCAL = Addresses("http", "uni.localhost:8000")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, "https://uni.example/"),
        ("", "https://uni.example/"),
        ("/", "https://uni.example/"),
        ("/a?b=c#d", "https://uni.example/a?b=c#d"),
        ("https://uni.example", "https://uni.example"),
        ("https://www.uni.example:8443/x", "https://www.uni.example:8443/x"),
        ("https://UNI.example/", "https://UNI.example/"),
    ],
)
def test_pages_of_the_institution_are_fine(given: str | None, expected: str) -> None:
    assert checked_return(given, HERE) == expected


@pytest.mark.parametrize(
    "wanted",
    [
        *("http://uni.example/", "https://other.example/", "https://uni.example.evil/", "//uni.example/"),
        *("/\\evil", "///evil", "uni.example/", "https://a@uni.example/", "https://uni.example@evil/"),
        *(
            "https://uni.example\\.evil/",
            "https://uni.example /",
            "/a b",
            "/\t/evil",
            "/ä",
            "mailto:a@uni.example",
        ),
        *("https://sub.uni.example/", "https://uni.example:99999/", "https://" + "a" * 3000),
    ],
)
def test_others_are_refused(wanted: str) -> None:
    with pytest.raises(InvalidInput):
        checked_return(wanted, HERE)


def test_over_http_both_are_fine_where_we_are_reached_so() -> None:
    assert checked_return("http://uni.localhost:3000/", LOCAL) == "http://uni.localhost:3000/"
    assert checked_return("https://uni.localhost/", LOCAL) == "https://uni.localhost/"


@settings(deadline=None)  # a busy machine is no failure
@given(st.text(max_size=60) | st.from_regex(r"[/\\]{0,3}[a-z.:@\\/]{0,30}", fullmatch=True))
def test_nothing_else_gets_through(wanted: str) -> None:
    try:
        address = checked_return(wanted, HERE)
    except InvalidInput:
        return
    parts = urlsplit(address)
    assert (parts.scheme, parts.hostname in {"uni.example", "www.uni.example"}) == ("https", True)
    assert "\\" not in address


def test_an_answer_stands_before_the_fragment_and_once() -> None:
    assert with_answer("https://a/x?b=1&code=old#c", code="new") == "https://a/x?b=1&code=new#c"

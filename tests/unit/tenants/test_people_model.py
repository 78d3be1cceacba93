"""What a person's values must look like."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from tenants.people.model import (
    checked_email,
    checked_handle,
    email_key,
    https_url,
    line,
    normal_password,
    paragraphs,
)

PATH = ["input", "x"]


@pytest.mark.parametrize(
    "address", ["a@b.c", "first.last+tag@example.org", "用户@例子.公司", "o'neil@uni.example"]
)
def test_addresses_are_kept_as_given(address: str) -> None:
    assert checked_email(f" {address} ", PATH) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "a@",
        "@b",
        "a b@c.d",
        "a@b@c",
        "a@b..c",
        ".a@b.c",
        "a@b.c.",
        "a\n@b.c",
        "a\0@b.c",
        "<a@b.c>",
        "a" * 65 + "@b.c",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput):
        checked_email(address, PATH)


@given(st.text(max_size=20), st.text(max_size=20))
@example("ß\u0301", "x")
def test_spellings_of_an_address_have_one_key(local: str, domain: str) -> None:
    address = f"{local}@{domain}"
    assert email_key(email_key(address)) == email_key(address)


@given(st.text(max_size=80))
def test_a_handle_is_ascii_and_stays_what_it_is(text: str) -> None:
    try:
        handle = checked_handle(text, PATH)
    except InvalidInput:
        return
    assert handle.isascii()
    assert checked_handle(handle, PATH) == handle


@given(st.text(max_size=400))
def test_a_line_has_no_control_characters_and_an_end(text: str) -> None:
    try:
        kept = line(text, PATH, longest=300, what="x")
    except InvalidInput:
        return
    assert 1 <= len(kept) <= 300
    assert not any(sign in kept for sign in "\0\n\r\t\x85")
    kept.encode()


def test_paragraphs_keep_their_lines() -> None:
    assert paragraphs("a\n\n\tb\r\n", PATH, longest=10, what="x") == "a\n\n\tb\r\n"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "https:///x",
        "http://a.example/",
        "//a.example",
        "https://a.example:port/",
        "https://[::1",
        "data:x",
        "https://a\u00a0b/",
        "https://u@a.example/",
    ],
)
def test_what_is_no_https_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        https_url(url, PATH, what="x")


def test_one_password_has_one_spelling() -> None:
    assert normal_password("a\u0308") == normal_password("ä") == "ä"

"""Hosts as people type them: one form, or a sentence that says what a host looks like."""

import pytest

from federation.delivery.commands import host_name
from kernel.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Social.Example", "social.example"),
        (" social.example:8443 ", "social.example:8443"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("127.0.0.1:3000", "127.0.0.1:3000"),
        ("[2001:db8::1]:443", "[2001:db8::1]:443"),
        ("localhost", "localhost"),
    ],
)
def test_hosts_have_one_name(typed: str, name: str) -> None:
    assert host_name(typed) == name


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "bad host!",
        "https://social.example/",
        "@x@social.example",
        "x@social.example",
        "..",
        "a..b",
        ".social.example",
        "social.example.",
        "social.example:99999",
        "social.example:",
        "-a.example",
        "a\x00b.example",
        "a" * 64 + ".example",
    ],
)
def test_what_is_no_host_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput, match=r"like social\.example"):
        host_name(typed)

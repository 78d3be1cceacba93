"""A host has one name in rules, whatever script an address writes it in."""

import pytest

from federation.protocol.origins import host_of, same_origin


@pytest.mark.parametrize("host", ["ü.example", "U\u0308.Example", "xn--tda.example", "XN--TDA.EXAMPLE"])
def test_each_spelling_of_a_host_is_that_host(host: str) -> None:
    assert host_of(f"https://{host}/users/x") == "xn--tda.example"
    assert same_origin(f"https://{host}/users/x", "https://xn--tda.example/inbox")


def test_what_cannot_be_a_host_is_no_origin() -> None:
    assert host_of("https://\u00adü..example/x") == ""

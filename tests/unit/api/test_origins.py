"""Where a request came from, behind proxies that are trusted and proxies that are not."""

from ipaddress import ip_network

import pytest

from api.http.caller import origin_of
from api.http.messages import request_of

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def _address(peer: str, forwarded: str) -> str:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [(b"x-forwarded-for", forwarded.encode())],
        "client": (peer, 1),
    }
    return origin_of(request_of(scope), TRUSTED, "http").address


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:5678", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:DB8:0::1]:80", "2001:db8::1"),
        ("203.0.113.9, 192.0.2.1:5678, 10.0.0.2:81, [fd00::1]:82", "192.0.2.1"),
        ("unknown", "unknown"),
        ("[2001:db8::x]:80", "[2001:db8::x]:80"),
        ("", "10.0.0.1"),
    ],
)
def test_a_forwarded_address_is_one_without_its_port(forwarded: str, address: str) -> None:
    assert _address("10.0.0.1", forwarded) == address


def test_who_is_not_trusted_forwards_nothing() -> None:
    assert _address("198.51.100.1", "192.0.2.1:5678") == "198.51.100.1"

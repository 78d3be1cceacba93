"""Public addresses are told from all others, at every edge of every range."""

import random
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.http import HttpRules, IPAddress, is_public

# First and last address of what is not public, written down apart from the code under test.
NOT_PUBLIC_4 = (
    ("0.0.0.0", "0.255.255.255"),
    ("10.0.0.0", "10.255.255.255"),
    ("100.64.0.0", "100.127.255.255"),
    ("127.0.0.0", "127.255.255.255"),
    ("168.63.129.16", "168.63.129.16"),
    ("169.254.0.0", "169.254.255.255"),
    ("172.16.0.0", "172.31.255.255"),
    ("192.0.0.0", "192.0.0.255"),
    ("192.0.2.0", "192.0.2.255"),
    ("192.88.99.0", "192.88.99.255"),
    ("192.168.0.0", "192.168.255.255"),
    ("198.18.0.0", "198.19.255.255"),
    ("198.51.100.0", "198.51.100.255"),
    ("203.0.113.0", "203.0.113.255"),
    ("224.0.0.0", "255.255.255.255"),
)
NOT_PUBLIC_6 = (
    ("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
)
RANGES_4 = [(int(IPv4Address(first)), int(IPv4Address(last))) for first, last in NOT_PUBLIC_4]
RANGES_6 = [(int(IPv6Address(first)), int(IPv6Address(last))) for first, last in NOT_PUBLIC_6]


def near_edges(ranges: list[tuple[int, int]], bits: int) -> st.SearchStrategy[int]:
    """Numbers anywhere, inside a range, or next to one of its edges."""
    inside = st.sampled_from(ranges).flatmap(lambda edge: st.integers(*edge))
    edges = st.tuples(st.sampled_from([number for edge in ranges for number in edge]), st.integers(-2, 2))
    everywhere = st.integers(0, 2**bits - 1)
    return st.one_of(everywhere, inside, edges.map(lambda pair: (pair[0] + pair[1]) % 2**bits))


@given(near_edges(RANGES_4, 32).map(IPv4Address))
def test_ipv4_is_public_exactly_outside_the_table(address: IPv4Address) -> None:
    assert is_public(address) is not any(first <= int(address) <= last for first, last in RANGES_4)


@given(near_edges(RANGES_6, 128).map(IPv6Address))
def test_ipv6_is_public_exactly_outside_the_table(address: IPv6Address) -> None:
    assert is_public(address) is not any(first <= int(address) <= last for first, last in RANGES_6)


@given(st.ip_addresses())
def test_what_the_standard_library_calls_special_is_never_public(address: IPAddress) -> None:
    special = address.is_private or address.is_multicast or address.is_reserved or address.is_loopback
    assert not (is_public(address) and (special or address.is_link_local or address.is_unspecified))


@pytest.mark.parametrize("prefix", ["::ffff:0:0", "::", "64:ff9b::", "64:ff9b:1::"])
def test_ipv4_inside_ipv6_is_not_public_whatever_it_is(prefix: str) -> None:
    seed = random.Random(7)
    for inner in [int(IPv4Address("8.8.8.8")), *(seed.getrandbits(32) for _ in range(50))]:
        assert not is_public(IPv6Address(int(IPv6Address(prefix)) + inner))


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "168.63.129.15", "2606:4700::1111", "2a01:4f8::1", "2001:200::1"]
)
def test_addresses_of_the_public_internet_are_public(text: str) -> None:
    assert is_public(ip_address(text))


def test_a_scoped_address_is_not_public() -> None:
    assert not is_public(IPv6Address("2606:4700::1111%eth0"))


def test_loopback_setting_opens_loopback_written_plainly_and_nothing_else() -> None:
    rules = HttpRules(allow_loopback_http=True)
    for text, allowed in (
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("::ffff:127.0.0.1", False),
        ("0.0.0.0", False),
        ("169.254.169.254", False),
        ("8.8.8.8", False),  # public, but not by http
    ):
        assert (rules.against(ip_address(text), scheme="http", port=8000) is None) is allowed, text

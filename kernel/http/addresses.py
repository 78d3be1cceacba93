"""Which IP addresses are places on the public internet, and why the others are not.

`ipaddress` alone does not decide: what it calls global depends on the Python release, counts multicast and 6to4 relays
in, and looks at the outside of an IPv6 address that carries an IPv4 one.
"""

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_network,
)

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network


def is_public(address: IPAddress) -> bool:
    """Whether the address is globally routable and nothing but itself (no IPv4 address inside)."""
    return special_use(address) is None


def is_loopback(address: IPAddress) -> bool:
    """Whether the address is this machine, written plainly (an IPv4-mapped form does not count)."""
    return address in _LOOPBACK_4 or address in _LOOPBACK_6


def special_use(address: IPAddress) -> str | None:
    """The purpose that keeps an address off the public internet, None for a public one."""
    for network, purpose in _SPECIAL:
        if address in network:
            return purpose
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return "scoped"
        if address not in _GLOBAL_UNICAST_6:
            return "not global unicast"
    # The standard library's own list: it may learn of a range before this one does.
    return None if address.is_global else "not globally routable"


_LOOPBACK_4 = IPv4Network("127.0.0.0/8")
_LOOPBACK_6 = IPv6Network("::1/128")

# The only block from which public IPv6 addresses are given out.
_GLOBAL_UNICAST_6 = IPv6Network("2000::/3")

# https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry
_SPECIAL: tuple[tuple[IPNetwork, str], ...] = tuple(
    (ip_network(network), purpose)
    for network, purpose in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "cloud host service"),  # Azure's host agent: public by number, local by route
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignment"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::/96", "IPv4-compatible"),
        ("::ffff:0:0/96", "IPv4-mapped"),
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "NAT64"),
        ("2001::/23", "protocol assignment"),  # Teredo, ORCHID, benchmarking
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
        ("fc00::/7", "unique local"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)

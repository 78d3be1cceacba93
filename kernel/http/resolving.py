"""Names to addresses: what a resolver is, and the one that asks this machine's name servers.

Most servers that end do so with their name servers, which then answer nothing for seconds. So names are asked for over the
event loop and never in threads: however many are silent, the next one is asked at once.
"""

from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import SOCK_STREAM

from aiodns import DNSResolver
from aiodns.error import DNSError

from kernel.http.addresses import IPAddress

Resolver = Callable[[str, int], Awaitable[Sequence[IPAddress]]]
"""Gives every address of a host name, best first; none, or `OSError`, where it has none."""

_SECONDS = 2.0  # until a name server is asked again
_TRIES = 2


class NameResolver:
    """The addresses that this machine knows for a name: its hosts file, then its name servers (`servers`: others, as
    "ADDRESS:PORT"). Belongs to the event loop in which it is first asked."""

    def __init__(self, servers: Sequence[str] = ()) -> None:
        self._servers = servers
        self._opened: DNSResolver | None = None

    async def __call__(self, host: str, port: int) -> Sequence[IPAddress]:
        """Every address, best first; `OSError` where there is none."""
        if host == "localhost" or host.endswith(".localhost"):
            # RFC 6761: these are this machine, whatever a name server says; hosts files only know the first.
            return IPv4Address("127.0.0.1"), IPv6Address("::1")
        if self._opened is None:
            self._opened = DNSResolver(self._servers or None, timeout=_SECONDS, tries=_TRIES)
        try:
            found = await self._opened.getaddrinfo(host, port=port, type=SOCK_STREAM)
        except DNSError as error:
            raise OSError(f"no address: {error.args[-1]}") from error
        return tuple(dict.fromkeys(_address(node.addr[0]) for node in found.nodes))

    async def aclose(self) -> None:
        """Asks no more; whoever waits gets an `OSError`."""
        if self._opened is not None:
            await self._opened.close()
            self._opened = None


def _address(told: bytes | str) -> IPAddress:
    return ip_address(told.decode() if isinstance(told, bytes) else told)

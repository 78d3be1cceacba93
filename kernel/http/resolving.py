"""Names to addresses: what a resolver is, and the machine's own."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, ip_address

from kernel.http.addresses import IPAddress

Resolver = Callable[[str, int], Awaitable[Sequence[IPAddress]]]
"""Gives every address of a host name, best first; none, or `OSError`, where it has none."""


async def system_resolver(host: str, port: int) -> Sequence[IPAddress]:
    """The addresses that this machine knows for a name."""
    if host == "localhost" or host.endswith(".localhost"):
        # RFC 6761: these are this machine, whatever a name server says; glibc alone only knows the first.
        return IPv4Address("127.0.0.1"), IPv6Address("::1")
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _look_up, host, port)


# Threads of their own: names that hang must not keep the rest of the process from using its threads.
_THREADS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="resolver")


def _look_up(host: str, port: int) -> tuple[IPAddress, ...]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(ip_address(entry[4][0]) for entry in found))

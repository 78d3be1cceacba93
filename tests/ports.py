"""Servers at addresses of their own: the worlds that tests share remember issuers and hosts, and a port freed is soon another's."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

_had: set[tuple[str, int]] = set()  # by servers of this process
_MOST_TRIES = 100

_Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def serving(serve: _Serve, host: str = "127.0.0.1", **options: int) -> tuple[asyncio.Server, int]:
    """A server on a port that no other of this process had at this host, and the port."""
    for _ in range(_MOST_TRIES):
        server = await asyncio.start_server(serve, host, 0, **options)
        port: int = server.sockets[0].getsockname()[1]
        if (host, port) not in _had:
            _had.add((host, port))
            return server, port
        server.close()
    raise AssertionError(f"no port of {host} is left that no test had")


def held(host: str, port: int = 0) -> socket.socket:
    """A port that nobody else is given until this is closed, and that who names it may listen on meanwhile."""
    holding = socket.socket()
    holding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holding.bind((host, port))
    return holding


def own_port(host: str = "127.0.0.1") -> int:
    """A port for a server in another process: nobody else is given it as long as this one lives."""
    with held(host) as holding:
        port: int = holding.getsockname()[1]
        holding.detach()
    return port

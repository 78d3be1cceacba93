"""Connections that wait for the next request to the same server.

httpcore's own pool is not used: a request cancelled at the wrong moment leaves it with a connection that is neither
free nor closed. Here a connection belongs to one request, or to nobody and is idle.
"""

import httpcore

from kernel.http.urls import Target


class IdleConnections:
    """Keeps idle connections, no more in all than `keep`, and closes those that the server or their age ended."""

    def __init__(self, *, keep: int) -> None:
        self._keep = keep
        self._idle: list[tuple[Target, httpcore.AsyncHTTPConnection]] = []
        self._closed = False

    async def take(self, origin: Target) -> httpcore.AsyncHTTPConnection | None:
        """An idle connection to a server, the latest used first; it is the caller's from now on."""
        await self._close_expired()
        for index in reversed(range(len(self._idle))):
            if self._idle[index][0] == origin:
                return self._idle.pop(index)[1]
        return None

    async def give_back(self, origin: Target, connection: httpcore.AsyncHTTPConnection) -> None:
        """Keep a connection that its last exchange left clean, close any other, and the oldest if there are too many."""
        if not connection.is_available() or self._closed:
            await connection.aclose()
            return
        self._idle.append((origin, connection))
        if len(self._idle) > self._keep:
            await self._idle.pop(0)[1].aclose()

    async def aclose(self) -> None:
        """Close all idle connections; the others close when they come back."""
        self._closed = True
        await _close_all(self._idle)

    async def _close_expired(self) -> None:
        expired = [entry for entry in self._idle if entry[1].has_expired()]
        self._idle = [entry for entry in self._idle if entry not in expired]
        await _close_all(expired)


async def _close_all(entries: list[tuple[Target, httpcore.AsyncHTTPConnection]]) -> None:
    while entries:
        await entries.pop()[1].aclose()

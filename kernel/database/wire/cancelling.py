"""Ends at the server what nobody waits for any more, without hitting the request behind it.

A CancelRequest names a backend, not a statement. So it is sent only while its request is at the head of the connection,
nothing new is sent behind it until the server has dealt with it, and what was already behind it is sent again by whoever
asked, if it was hit.
"""

import asyncio

import structlog

from kernel.database.wire.connection import Connection
from kernel.database.wire.errors import cause
from kernel.database.wire.exchange import Exchange
from kernel.database.wire.server import Server

_GRACE = 0.02  # seconds: most requests are over sooner than a CancelRequest arrives

_log = structlog.get_logger("kernel.database.wire")


class Canceller:
    """Sends CancelRequests in the background."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._under_way: set[asyncio.Task[None]] = set()

    def soon(self, connection: Connection, exchange: Exchange) -> None:
        """Cancels the request, if it is still at the head in a moment."""
        asyncio.get_running_loop().call_later(_GRACE, self.now, connection, exchange)

    def now(self, connection: Connection, exchange: Exchange) -> None:
        """Cancels the request, if it is at the head."""
        if connection.is_quiet or not _is_at_work(connection, exchange):
            return
        connection.is_quiet = True
        task = asyncio.get_running_loop().create_task(self._cancel(connection, exchange))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def stop(self) -> None:
        """Gives up what is under way."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _cancel(self, connection: Connection, exchange: Exchange) -> None:
        try:
            await self._server.cancel(connection.session, lambda: _is_at_work(connection, exchange))
        except (OSError, TimeoutError) as error:
            _log.warning("statement not cancelled", server=connection.session.name, why=cause(error))
        finally:
            connection.resume()


def _is_at_work(connection: Connection, exchange: Exchange) -> bool:
    return connection.head is exchange and not exchange.is_delivered

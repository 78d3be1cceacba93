"""A PostgreSQL server as whoever connects to it: opens connections, and sends CancelRequests on connections of their own."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kernel.database.addresses import Address
from kernel.database.wire.connection import Connection, Owner, Session
from kernel.database.wire.handshake import Handshake
from kernel.database.wire.messages import cancel_request

# A peer that vanished is noticed within a minute, also where nobody waits for an answer.
_KEEPALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}


@dataclass(frozen=True, slots=True)
class Server:
    """An address, the way there, and as whom."""

    address: Address
    user: str
    password: str = field(repr=False)
    tls: ssl.SSLContext | None
    settings: Mapping[str, str]
    connect_timeout: float
    statements: int = 1000

    async def connect(self, owner: Owner) -> Connection:
        """A connection that is ready for requests."""
        async with asyncio.timeout(self.connect_timeout):
            transport, handshake = await self._reach()
            try:
                key = await handshake.begin(transport, self._startup(), self.password)
            except BaseException:
                transport.abort()
                raise
        connection = Connection(transport, Session(str(self.address), key), owner, self.statements)
        handshake.hand_over(transport, connection)
        return connection

    async def cancel(self, session: Session, still: Callable[[], bool]) -> None:
        """Asks the backend to stop, if that is `still` wanted once we are there; returns when it has been told."""
        async with asyncio.timeout(self.connect_timeout):
            transport, handshake = await self._reach()
            try:
                if still():
                    transport.write(cancel_request(session.key))
                    await handshake.ended()
            finally:
                transport.abort()

    async def _reach(self) -> tuple[asyncio.Transport, Handshake]:
        loop, address = asyncio.get_running_loop(), self.address
        if address.is_socket:
            path = f"{address.host}/.s.PGSQL.{address.port}"
            return await loop.create_unix_connection(Handshake, path)
        transport, handshake = await loop.create_connection(Handshake, address.host, address.port)
        try:
            _keep_alive(transport)
            if self.tls is not None:
                return await handshake.secured(transport, self.tls, address.host), handshake
        except BaseException:
            transport.abort()
            raise
        return transport, handshake

    def _startup(self) -> dict[str, str]:
        who = {"user": self.user, "database": self.address.database, "client_encoding": "UTF8"}
        return who | dict(self.settings)


def _keep_alive(transport: asyncio.Transport) -> None:
    connected = transport.get_extra_info("socket")
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket, name):  # macOS knows other ones
            connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

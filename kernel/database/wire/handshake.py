"""The beginning of a connection: TLS, who we are, SCRAM, the session's settings. Nothing here is on the hot path."""

import asyncio
import ssl
from collections.abc import Mapping

import asyncpg

from kernel.database.wire import parsing
from kernel.database.wire.connection import Connection
from kernel.database.wire.messages import (
    PREPARE_TRANSACTION,
    SSL_REQUEST,
    sasl_initial,
    sasl_response,
    startup,
)
from kernel.database.wire.parsing import ProtocolViolation, error_fields
from kernel.database.wire.scram import MECHANISM, Scram, ScramFailed

_OK, _SASL, _SASL_CONTINUE, _SASL_FINAL = 0, 10, 11, 12
_LARGEST = 64 * 1024  # of a handshake's messages


class Handshake(asyncio.Protocol):
    """Reads what arrives one message at a time until somebody else takes over the transport."""

    def __init__(self) -> None:
        self._arrived = bytearray()
        self._waiter: asyncio.Future[None] | None = None
        self._lost: BaseException | None = None

    def hand_over(self, transport: asyncio.Transport, successor: Connection) -> None:
        """From now on the connection reads; it also gets what arrived beyond what was read here."""
        transport.set_protocol(successor)
        if self._arrived:
            successor.get_buffer(-1)[: len(self._arrived)] = self._arrived
            successor.buffer_updated(len(self._arrived))
        if self._lost is not None:
            successor.abort(self._lost)

    async def ended(self) -> None:
        """Returns when the server has closed the connection."""
        while self._lost is None:
            await self._more()

    def data_received(self, data: bytes) -> None:
        """Something arrived."""
        self._arrived += data
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport is gone."""
        self._lost = exc or ConnectionResetError("the server closed the connection")
        self._wake()

    async def secured(
        self, transport: asyncio.Transport, context: ssl.SSLContext, host: str
    ) -> asyncio.Transport:
        """The same way, encrypted."""
        transport.write(SSL_REQUEST)
        if await self._take(1) != b"S":
            raise ConnectionError("it rejected SSL upgrade")
        if self._arrived:  # would be read as if it had come encrypted
            raise ProtocolViolation("bytes before the encryption began")
        loop = asyncio.get_running_loop()
        encrypted = await loop.start_tls(transport, self, context, server_hostname=host)
        if encrypted is None:
            raise ConnectionResetError("the server closed the connection")
        return encrypted

    async def begin(self, transport: asyncio.Transport, settings: Mapping[str, str], password: str) -> bytes:
        """Signs in and prepares BEGIN and COMMIT; returns the key for cancelling."""
        transport.write(startup(settings))
        await self._authenticate(transport, password)
        key = b""
        while (answer := await self._message())[0] != parsing.READY:
            if answer[0] == parsing.BACKEND_KEY:
                key = answer[1]
        transport.write(PREPARE_TRANSACTION)
        while (await self._message())[0] != parsing.READY:
            pass
        return key

    async def _authenticate(self, transport: asyncio.Transport, password: str) -> None:
        kind, rest = await self._authentication()
        if kind == _OK:
            return
        if kind != _SASL:
            raise ScramFailed("the server wants another way to sign in than SCRAM-SHA-256")
        if MECHANISM.encode() not in rest.split(b"\0"):
            raise ScramFailed("the server does not offer SCRAM-SHA-256")
        scram = Scram(password)
        transport.write(sasl_initial(MECHANISM, scram.first()))
        challenge = await self._authentication(_SASL_CONTINUE)
        transport.write(sasl_response(scram.final(challenge[1])))
        scram.verify((await self._authentication(_SASL_FINAL))[1])
        await self._authentication(_OK)

    async def _authentication(self, wanted: int | None = None) -> tuple[int, bytes]:
        kind, body = await self._message()
        if kind != parsing.AUTHENTICATION or len(body) < 4:
            raise ProtocolViolation("another message where authentication was due")
        step = int.from_bytes(body[:4], "big")
        if wanted is not None and step != wanted:
            raise ProtocolViolation("a step of authentication out of order")
        return step, body[4:]

    async def _message(self) -> tuple[int, bytes]:
        head = await self._take(5)
        length = int.from_bytes(head[1:], "big")
        if not 4 <= length <= _LARGEST:
            raise ProtocolViolation(f"a message of {length} bytes")
        body = await self._take(length - 4)
        if head[0] == parsing.ERROR:
            raise asyncpg.PostgresError.new(error_fields(body))
        return head[0], body

    async def _take(self, count: int) -> bytes:
        while len(self._arrived) < count:
            if self._lost is not None:
                raise self._lost
            await self._more()
        taken = bytes(self._arrived[:count])
        del self._arrived[:count]
        return taken

    async def _more(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        await self._waiter

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

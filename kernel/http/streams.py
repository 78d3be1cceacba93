"""A connected stream that gives no more bytes than were granted for the answer that is being read."""

import ssl
from typing import Any

import httpcore

from kernel.http.errors import ResponseTooLarge


class BudgetedStream(httpcore.AsyncNetworkStream):
    """Wraps a stream to one host. Sending grants the bytes of an answer's head, `grant` those of its body.

    The HTTP parser below us bounds one event, but not how many provisional answers or chunk extensions it reads.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream, *, host: str, header_bytes: int) -> None:
        self._stream = stream
        self._host = host
        self._header_bytes = header_bytes
        self._left = header_bytes

    def grant(self, count: int) -> None:
        """Allow that many more bytes to be read."""
        self._left += count

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._left <= 0:
            raise ResponseTooLarge(self._host, "the answer sends more bytes than it may have")
        data = await self._stream.read(min(max_bytes, self._left), timeout)
        self._left -= len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._left = self._header_bytes
        await self._stream.write(buffer, timeout)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            secured = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:  # a cancelled handshake would leave the socket open
            await self._stream.aclose()
            raise
        return BudgetedStream(secured, host=self._host, header_bytes=self._header_bytes)

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

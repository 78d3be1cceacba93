"""Names are asked of name servers; those whose servers are silent keep no other name waiting."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import cast

import pytest

from kernel.http.resolving import NameResolver

_A, _AAAA = 1, 28


class _NameServer(asyncio.DatagramProtocol):
    """Knows `healthy….example`, knows that `missing.example` is not, and says nothing about all others (RFC 1035)."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.was_asked = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        name, kind, question = _question(data)
        self.asked.append(name)
        self.was_asked.set()
        if name.startswith("healthy"):
            records = [bytes([192, 0, 2, 7])] if kind == _A else []
            self._transport.sendto(_answer(data, question, kind, records), addr)
        elif name == "missing.example":
            self._transport.sendto(_answer(data, question, kind, [], code=3), addr)


def _question(data: bytes) -> tuple[str, int, bytes]:
    labels, place = [], 12
    while data[place]:
        labels.append(data[place + 1 : place + 1 + data[place]].decode())
        place += 1 + data[place]
    (kind,) = struct.unpack_from(">H", data, place + 1)
    return ".".join(labels).lower(), kind, data[12 : place + 5]


def _answer(data: bytes, question: bytes, kind: int, records: list[bytes], *, code: int = 0) -> bytes:
    head = data[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(records), 0, 0)
    return (
        head
        + question
        + b"".join(struct.pack(">HHHIH", 0xC00C, kind, 1, 60, len(one)) + one for one in records)
    )


@asynccontextmanager
async def _asking() -> AsyncIterator[tuple[_NameServer, NameResolver]]:
    made, server = await asyncio.get_running_loop().create_datagram_endpoint(
        _NameServer, local_addr=("127.0.0.1", 0)
    )
    resolver = NameResolver([f"127.0.0.1:{made.get_extra_info('sockname')[1]}"])
    try:
        yield server, resolver
    finally:
        await resolver.aclose()
        made.close()


async def test_a_name_has_the_addresses_that_its_server_says() -> None:
    async with _asking() as (_, resolver):
        assert await resolver("healthy.example", 443) == (ip_address("192.0.2.7"),)


async def test_a_name_that_is_not_there_has_none() -> None:
    async with _asking() as (_, resolver):
        with pytest.raises(OSError, match="no address"):
            await resolver("missing.example", 443)


async def test_silent_names_keep_no_other_name_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.http.resolving._SECONDS", 15.0)  # a busy machine asks 20 names within them
    async with _asking() as (server, resolver):
        silent = [asyncio.ensure_future(resolver(f"dead{number}.example", 443)) for number in range(150)]
        async with asyncio.timeout(60):
            await server.was_asked.wait()
            for number in range(20):
                assert await resolver(f"healthy{number}.example", 443)
        assert not any(task.done() for task in silent)
        for task in silent:
            task.cancel()
        await asyncio.wait(silent)


async def test_closing_ends_what_is_asked() -> None:
    async with _asking() as (server, resolver):
        waiting = asyncio.ensure_future(resolver("dead.example", 443))
        async with asyncio.timeout(60):
            await server.was_asked.wait()
        await resolver.aclose()
        with pytest.raises(OSError, match="no address"):
            await waiting

"""Looks at a session between two requests, where no tenant should be set: on the client's own connections."""

import asyncio
from collections.abc import Callable
from typing import Any

from kernel.database.wire import parsing
from kernel.database.wire.client import WireClient
from kernel.database.wire.connection import Connection
from kernel.database.wire.exchange import Exchange
from kernel.database.wire.messages import SYNC, bind_head, parse, run
from kernel.database.wire.parsing import Incoming
from kernel.database.wire.statements import Statements

_LEFT = """select coalesce(pg_catalog.current_setting('app.tenant_id', true), '')
                  || pg_catalog.current_setting('transaction_read_only')"""


class _Peek(Exchange):
    """One statement outside of every transaction."""

    def request(self, prepared: Statements) -> bytes:
        return parse(b"", _LEFT) + run(bind_head(b""), b"\0\0") + SYNC

    def receive(self, kind: int, incoming: Incoming) -> bool:
        if kind == parsing.DATA_ROW:
            self.future.set_result([incoming.single_text()])
        return kind == parsing.READY


def connections_of(client: WireClient) -> list[Connection]:
    """Every connection that is open."""
    return [one for lane in (client._fast, client._slow) for one in lane._connections]


def is_at_rest(client: WireClient) -> bool:
    """Whether no connection is being made, and the server has said all there is on those that are open."""
    is_connecting = any(len(lane._connector) for lane in (client._fast, client._slow))
    return not is_connecting and not any(one.in_flight for one in connections_of(client))


async def until(holds: Callable[[], bool]) -> None:
    """Waits for what happens inside the client; there is no event for it."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.001)  # the pace of polling


async def left_behind(client: WireClient) -> list[Any]:
    """The tenant (none) and 'off' (no read-only transaction) of each session: `b'off'` where nothing was left."""
    # A CancelRequest on its way would hit the look.
    await until(lambda: not any(one.in_flight or one.is_quiet for one in connections_of(client)))
    loop = asyncio.get_running_loop()
    peeks = []
    for connection in connections_of(client):
        peeks.append(_Peek(0, [("", b"")], loop.create_future()))
        connection.send(peeks[-1])
    return [(await asyncio.wait_for(peek.future, 60))[0] for peek in peeks]

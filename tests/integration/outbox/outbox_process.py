"""The outbox of one shard in a process of its own, to be killed: `python -m tests.integration.outbox.outbox_process`.

Reads where and what from one line of JSON on standard input, and says `ready` when it can be told to stop. Its consumers: `ledger` writes into the shard with its
position, `notebook` appends a line per event to a file and so may write it twice.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.database.addresses import Address
from kernel.database.engines import create_engine
from kernel.database.roles import DatabaseRole
from kernel.outbox.consumers import AnyConsumer, Consumer, TransactionalConsumer
from kernel.outbox.event import Event
from kernel.outbox.worker import run_outbox

_ENTRY = text("insert into fediflow.test_effects (position, object_id, version) values (:p, :o, :v)")


async def _main() -> None:
    facts = json.loads(sys.stdin.readline())
    file = os.open(facts["notebook"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def ledger(connection: AsyncConnection, events: Sequence[Event]) -> None:
        entries = [{"p": e.position, "o": e.object_id, "v": e.payload["version"]} for e in events]
        await connection.execute(_ENTRY, entries)

    async def notebook(events: Sequence[Event]) -> None:
        for event in events:
            os.write(file, f"{event.position} {event.object_id} {event.payload['version']}\n".encode())

    address = Address(facts["host"], facts["port"], facts["database"])
    engine = create_engine(address, DatabaseRole.WORKER, facts["password"], pool_size=0)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    os.write(sys.stdout.fileno(), b"ready\n")
    consumers: list[AnyConsumer] = [
        TransactionalConsumer("ledger", ledger, batch=20),
        Consumer("notebook", notebook, batch=20),
    ]
    await run_outbox({"one": engine}, consumers, stop)
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(_main())

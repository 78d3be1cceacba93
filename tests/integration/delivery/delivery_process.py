"""Workers that only deliver, in processes of their own, to be killed: `python -m tests.integration.delivery.delivery_process`.

Reads from one line of JSON on standard input where the databases are and how to get in. For each further line it forks a
worker and says its number; loading everything anew would take longer than the worker lives.
"""

import asyncio
import json
import os
import signal
import sys
from dataclasses import replace
from typing import Any

from fediflow.processes.delivering import opened_deliveries
from fediflow.processes.stack import open_stack
from kernel.database.addresses import Address
from kernel.database.roles import DatabaseRole
from kernel.outbox.worker import run_outbox
from kernel.settings import Settings
from kernel.settings.secret import Secret
from tenants.directory import Directory
from tests.integration.delivery.office import QUICK


def facts_of(settings: Settings) -> dict[str, Any]:
    """What the process has to know of the settings."""
    address = settings.directory_url
    return {
        "host": address.host,
        "port": address.port,
        "database": address.database,
        "password": settings.password(DatabaseRole.WORKER),
        "keys": [key.reveal() for key in settings.key_encryption_keys],
    }


def _main() -> None:
    settings = _settings(json.loads(sys.stdin.readline()))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that are killed
    while sys.stdin.readline():
        worker = os.fork()
        if worker == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            asyncio.run(_work(settings))
            os._exit(0)
        os.write(sys.stdout.fileno(), b"%d\n" % worker)


def _settings(facts: dict[str, Any]) -> Settings:
    return Settings(
        directory_url=Address(facts["host"], facts["port"], facts["database"]),
        worker_password=Secret(facts["password"]),
        key_encryption_keys=tuple(Secret(key) for key in facts["keys"]),
        allow_loopback_http=True,
    )


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    async with open_stack(settings, DatabaseRole.WORKER, pool_size=12) as stack, stack.door() as door:
        directory, pace = Directory(stack.directory), replace(QUICK, lease=1.0, batch=4, window=4, lanes=24)
        opened = opened_deliveries(stack, door, directory, settings, pace)
        async with opened as made, asyncio.TaskGroup() as group:
            group.create_task(run_outbox(stack.served, [made.consumer], stop))
            group.create_task(made.work(stack.served, stop))


if __name__ == "__main__":
    _main()

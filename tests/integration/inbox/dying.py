"""A process that is killed in the midst of receiving: `python -m tests.integration.inbox.dying`, told what by its input.

The input is a pickled `Death`. What it does is the product's own; only the step at which it dies is put in.
"""

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from api.app import create_app
from federation.inbox.processing import Outcome, Processor
from federation.inbox.queue import InboxQueue, Waiting
from federation.inbox.received import Received
from federation.inbox.receiving import Intake
from fediflow.processes import inbox_worker
from fediflow.processes.inbox_worker import opened_inbox_worker
from fediflow.processes.opened import opened_gateway
from fediflow.processes.stack import open_stack
from kernel.database.roles import DatabaseRole
from kernel.telemetry import Metrics
from tenants.directory import Directory
from tests.databases import Databases
from tests.fediverse import PUBLIC_URL
from tests.world import call, settings_for

GATEWAY_STEPS = ("before the row", "before the answer")
WORKER_STEPS = ("before the commit", "after the commit", "before the row goes", "after the row went")


@dataclass(frozen=True, slots=True)
class Death:
    """Where to die, at which activity, and for a gateway the request that it is asked."""

    step: str
    address: str
    databases: Databases
    headers: Mapping[str, str]
    body: bytes


def main() -> None:
    """Works until the step is reached."""
    death: Death = pickle.load(sys.stdin.buffer)
    asyncio.run(_gateway(death) if death.step in GATEWAY_STEPS else _worker(death))


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def _gateway(death: Death) -> None:
    keep = Intake.keep

    async def dying(self: Intake, received: Received) -> bool:
        if death.step == "before the row":
            _die()
        kept = await keep(self, received)
        _die()
        return kept

    Intake.keep = dying  # type: ignore[method-assign]  # the step at which it dies
    async with opened_gateway(settings_for(death.databases), Metrics()) as gateway:
        await call(
            create_app(gateway), "POST", "/inbox", body=death.body, headers=death.headers, peer="127.0.0.1"
        )


async def _worker(death: Death) -> None:
    finish, process = InboxQueue.finish, Processor.process
    # What others left in the inbox is worked on beside it, and is not to be died at.
    at_hand: ContextVar[str] = ContextVar("at_hand", default="")

    async def finishing(self: InboxQueue, row: Waiting) -> None:
        if death.step == "before the row goes" and row.address == death.address:
            _die()
        await finish(self, row)
        if row.address == death.address:
            _die()

    async def processing(self: Processor, row: Waiting) -> Outcome:
        at_hand.set(row.address)
        outcome = await process(self, row)
        if death.step == "after the commit" and row.address == death.address:
            _die()
        return outcome

    def before_commit() -> None:
        if death.step == "before the commit" and at_hand.get() == death.address:
            _die()

    def dying_processor(**given: Any) -> Processor:
        return Processor(**given, before_commit=before_commit)

    InboxQueue.finish = finishing  # type: ignore[method-assign]  # the steps at which it dies
    Processor.process = processing  # type: ignore[method-assign]
    inbox_worker.Processor = dying_processor  # type: ignore[attr-defined]
    settings = settings_for(death.databases, public_url=PUBLIC_URL)
    async with (
        open_stack(settings, DatabaseRole.WORKER, pool_size=8) as stack,
        stack.door() as door,
        opened_inbox_worker(stack, door, Directory(stack.directory), settings, Metrics()) as inbox,
    ):
        await inbox.run(asyncio.Event())


if __name__ == "__main__":
    main()

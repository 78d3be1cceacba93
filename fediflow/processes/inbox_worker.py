"""The worker's inbox put together: what works on what the gateways took in."""

import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from federation.actors.keys import ActorKeys
from federation.inbox.lanes import Lanes
from federation.inbox.platform_rules import PlatformRules
from federation.inbox.processing import Outcome, Processor
from federation.inbox.queue import InboxQueue, Waiting
from federation.inbox.working import InboxWorker
from fediflow.processes.background import beside
from fediflow.processes.http_rules import http_rules
from fediflow.processes.inbox import opened_fetcher, signers
from fediflow.processes.services import key_encryption
from fediflow.processes.social_web import own_platform
from fediflow.processes.stack import Stack
from kernel.http import HttpClient, HttpLimits
from kernel.settings import Settings
from kernel.telemetry import Metrics
from tenants.data_keys import DataKeys
from tenants.directory import Directory
from tenants.door import Door

CONNECTIONS = 4  # of each shard's pool
# Many servers may keep us waiting at one time, none of them much of it.
_LIMITS = HttpLimits(requests=256, requests_per_host=4)


@asynccontextmanager
async def opened_inbox_worker(
    stack: Stack, door: Door, directory: Directory, settings: Settings, metrics: Metrics
) -> AsyncIterator[InboxWorker]:
    """What works on the inbox, with an HTTP client of its own."""
    own = own_platform(directory, door, settings)
    rules = PlatformRules(stack.directory)
    await rules.read()
    queue = InboxQueue(stack.directory, f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}")

    def on_end(outcome: Outcome, _row: Waiting) -> None:
        metrics.inbox_processed.labels(outcome.end.value).inc()

    async with (
        HttpClient(rules=http_rules(settings), limits=_LIMITS) as http,
        opened_fetcher(stack, http, settings, own) as fetcher,
        beside(rules.follow()),
    ):
        fetcher.documents.leave_alone(rules.is_blocked)
        processor = Processor(
            tenants=directory,
            door=door,
            queue=queue,
            fetcher=fetcher,
            rules=rules,
            signer_for=signers(door, ActorKeys(door, DataKeys(key_encryption(settings)))),
            public_url=settings.public_url,
            at_once=CONNECTIONS,
        )
        yield InboxWorker(
            queue, Lanes(queue), processor, on_end=on_end, on_survey=metrics.inbox_oldest_seconds.set
        )

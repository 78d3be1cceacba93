"""Delivery as a worker puts it together: who fans out, who sends, and what both share."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from federation.actors.keys import REMEMBERED, ActorKeys, SigningKey, SigningKeys
from federation.delivery.fanout import deliveries_consumer
from federation.delivery.gone import forget_inboxes
from federation.delivery.model import Pace, Verdict
from federation.delivery.own import OwnPlatform
from federation.delivery.proving import Prove, proving
from federation.delivery.queue import Queue
from federation.delivery.sending import NotNow, Sender
from federation.delivery.signing import Signing
from federation.delivery.slots import Slots
from federation.delivery.working import Everywhere, ShardWork
from federation.hosts.breaker import Hosts
from federation.inbox.receiving import Intake
from fediflow.processes.http_rules import http_rules
from fediflow.processes.open_files import most_open_files
from fediflow.processes.services import key_encryption
from fediflow.processes.stack import Stack
from kernel.http import HttpLimits, HttpPoster
from kernel.outbox.consumers import TransactionalConsumer
from kernel.outbox.waiting import Bell
from kernel.settings import Settings
from tenants.data_keys import DataKeys
from tenants.directory import Directory
from tenants.door import Door
from tenants.model import NotFound

CONNECTIONS = 5  # of each shard's pool: claims, takes, endings, releases, bodies
_ANEW = timedelta(seconds=1)  # the keys of who is refused everywhere are read no more often
_ANSWER_BYTES = 64 * 1024  # of an answer that nobody reads

Counted = Callable[[Mapping[Verdict, int]], None]


class Deliveries:
    """The deliveries of all shards that a worker serves."""

    def __init__(
        self,
        stack: Stack,
        sender: Sender,
        prove: Prove,
        door: Door,
        directory: Directory,
        pace: Pace,
        counted: Counted,
    ) -> None:
        self._stack = stack
        self._sender = sender
        self._prove = prove
        self._forget = forget_inboxes(door, directory)
        self._hosts = Hosts(stack.directory)
        self._pace = pace
        self._counted = counted
        self._news = Bell()
        self._worker = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    @property
    def consumer(self) -> TransactionalConsumer:
        """Who fans out."""
        return deliveries_consumer(self._news)

    async def work(self, served: Mapping[str, AsyncEngine], over: asyncio.Event) -> None:
        """Delivers what waits in these shards until `over`, then finishes what is on its way."""
        queues = {
            shard: Queue(engine, shard, self._worker, self._pace, over) for shard, engine in served.items()
        }
        everywhere = Everywhere(
            self._sender,
            self._prove,
            self._hosts,
            self._forget,
            self._pace,
            queues,
            lambda: len(self._stack.served),
            self._counted,
        )
        async with asyncio.TaskGroup() as group:
            for queue in queues.values():
                group.create_task(ShardWork(queue, everywhere, self._news).run())
            await over.wait()
            self._news.ring()


@asynccontextmanager
async def opened_deliveries(
    stack: Stack,
    door: Door,
    directory: Directory,
    settings: Settings,
    pace: Pace | None = None,
    *,
    counted: Counted = lambda _: None,
) -> AsyncIterator[Deliveries]:
    """What delivers, over an HTTP client of its own; `counted` hears how many attempts ended how."""
    pace = pace or Pace()
    keys = ActorKeys(door, DataKeys(key_encryption(settings)))

    async def keys_of(tenant_id: int, actor_id: int, remembered: timedelta = REMEMBERED) -> SigningKeys:
        tenant = await directory.by_id(tenant_id)
        if tenant is None:
            raise NotFound("the institution is not there any more")
        if tenant.is_suspended:
            raise NotNow("the institution is suspended")
        return await keys.signing(tenant, actor_id, remembered=remembered)

    async def key_of(tenant_id: int, actor_id: int) -> SigningKey:
        return (await keys_of(tenant_id, actor_id)).rsa

    async def key_anew(tenant_id: int, actor_id: int) -> SigningKey:
        return (await keys_of(tenant_id, actor_id, _ANEW)).rsa

    async def proof_key_of(tenant_id: int, actor_id: int) -> SigningKey:
        return (await keys_of(tenant_id, actor_id)).ed25519

    idle = min(pace.idle, most_open_files() // 4)
    limits = HttpLimits(requests=idle, deadline=pace.deadline, max_bytes=_ANSWER_BYTES)
    rules = http_rules(settings)
    intake, signing = Intake(stack.directory), Signing()
    slots = Slots(total=pace.in_flight, slow_after=pace.slow_after, slow=pace.slow)
    async with HttpPoster(rules=rules, limits=limits) as poster:
        own = OwnPlatform(directory, intake, settings.public_url)
        try:
            sender = Sender(poster, signing, key_of, key_anew, own, slots, pace)
            yield Deliveries(stack, sender, proving(proof_key_of), door, directory, pace, counted)
        finally:
            await signing.aclose()
            await intake.aclose()

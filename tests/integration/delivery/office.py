"""Somebody with followers everywhere, and a worker that delivers what they publish, in the process of the test."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select, update

from federation.activities import About, record, send
from federation.delivery.model import Pace
from federation.tables.actors import follows
from federation.tables.delivery import (
    dead_letters,
    deliveries,
    delivery_commands,
    host_lanes,
    tenant_hosts,
)
from federation.tables.hosts import (
    domain_policies,
    federation_settings,
    platform_domains,
    remote_hosts,
)
from federation.tables.inbox import inbox_activities
from fediflow.processes.delivering import Counted, Deliveries, opened_deliveries
from fediflow.processes.stack import Stack, open_stack
from kernel.database.roles import DatabaseRole
from kernel.outbox.worker import run_outbox
from tenants.directory import Directory
from tests.fediverse import Person, following, here, person, stranger
from tests.sinks import Posted, Reply, Sink
from tests.world import World, settings_for

QUICK = Pace(
    lease=3.0,
    look_every=0.05,
    # A busy machine is no host in trouble: what is sent twice because of it would be counted twice.
    deadline=600.0,
    backoff=0.2,
    longest_backoff=0.4,
    refusals=3,
    figures_every=0.2,
    look_back=0.5,
    grace=60.0,
)


@dataclass(slots=True)
class Office:
    """The institution is one on shard one."""

    world: World
    stack: Stack
    author: Person
    slug: str = "alpha"
    pace: Pace = QUICK

    async def at(self, slug: str) -> "Office":
        """The same for somebody of another institution."""
        return replace(self, slug=slug, author=await person(self.world, "author", slug=slug))

    async def follow_from(self, sinks: Sequence[Sink], **values: Any) -> list[int]:
        """An actor of each server follows the author."""
        made = []
        for sink in sinks:
            given = {"inbox": f"http://{sink.host}/users/x/inbox", "shared_inbox": sink.inbox, **values}
            actor_id = await stranger(self.world, host=sink.host, slug=self.slug, **given)
            await following(self.world, actor_id, self.author.actor_id, slug=self.slug)
            made.append(actor_id)
        return made

    async def publish(
        self, count: int = 1, *, actors: Sequence[int] = (), about: About | None = None, **more: Any
    ) -> list[str]:
        """Activities to the followers, or to some actors alone; their ids as others see them."""
        addresses = []
        async with self.author.acting() as tx:
            for _ in range(count):
                activity_id = tx.new_id()
                address = here(self.world, self.slug).activity(activity_id)
                author = here(self.world, self.slug).actor(self.author.actor_id)
                note = {"id": f"{address}/note", "type": "Note", "attributedTo": author, "content": "Hej"}
                made = await record(
                    tx,
                    type="Create",
                    actor_id=self.author.actor_id,
                    document={"id": address, "type": "Create", "actor": author, "object": note},
                    visibility="public",
                    is_local=True,
                    address=address,
                    activity_id=activity_id,
                )
                assert made == activity_id
                whom = {"actors": actors} if actors else {"followers_of": [self.author.actor_id]}
                await send(tx, activity_id, signer_id=self.author.actor_id, about=about, **whom, **more)
                addresses.append(address)
        return addresses

    @asynccontextmanager
    async def delivering(
        self, *, counted: Counted = lambda _: None, **pace: Any
    ) -> AsyncIterator[Deliveries]:
        """A worker, for as long as the block lasts."""
        directory = Directory(self.stack.directory)
        settings = self.stack.settings
        async with self.stack.door() as door:
            pace_here = replace(self.pace, **pace)
            opened = opened_deliveries(self.stack, door, directory, settings, pace_here, counted=counted)
            async with opened as made:
                over = asyncio.Event()
                async with asyncio.TaskGroup() as group:
                    group.create_task(run_outbox(self.stack.served, [made.consumer], over))
                    group.create_task(made.work(self.stack.served, over))
                    try:
                        yield made
                    finally:
                        over.set()

    async def rows(self, table: Any, **where: Any) -> list[dict[str, Any]]:
        """Rows of a queue or of the directory."""
        engine = self.stack.directory if table is remote_hosts else self.stack.served["one"]
        query = select(table).where(*(table.c[name] == value for name, value in where.items()))
        async with engine.connect() as connection:
            return [dict(row) for row in (await connection.execute(query)).mappings()]

    async def waiting(self) -> int:
        """How many deliveries are in the queue."""
        return len(await self.rows(deliveries))

    async def put_off(self, activity_id: int) -> None:
        """What failed of an activity is tried again in an hour: how soon it is by itself says how busy the machine is."""
        those = (deliveries.c.activity_id == activity_id, deliveries.c.not_before.is_not(None))
        in_an_hour = func.now() + timedelta(hours=1)
        async with self.stack.served["one"].begin() as connection:
            await connection.execute(update(deliveries).where(*those).values(not_before=in_an_hour))

    async def tidy(self) -> None:
        """Nobody follows the author any more, nothing waits, no host is known."""
        async with self.author.acting() as tx:
            for table in (follows, domain_policies, federation_settings):
                await tx.connection.execute(delete(table).where(table.c.tenant_id == tx.tenant_id))
        async with self.stack.served["one"].begin() as connection:
            for table in (deliveries, host_lanes, dead_letters, tenant_hosts, delivery_commands):
                await connection.execute(delete(table))
        async with self.stack.directory.begin() as connection:
            for table in (remote_hosts, platform_domains, inbox_activities):
                await connection.execute(delete(table))


@asynccontextmanager
async def opened_office(world: World) -> AsyncIterator[Office]:
    """The author, and a stack as the worker's role; everything is tidied up before."""
    async with AsyncExitStack() as opened:
        settings = settings_for(world.databases)
        stack = await opened.enter_async_context(open_stack(settings, DatabaseRole.WORKER, pool_size=12))
        office = Office(world, stack, await person(world, "author"))
        await office.tidy()
        yield office


async def begun(office: Office, sink: Sink, count: int) -> None:
    """A session in which some of so many were taken, and the others are at one a second; all of them are in the queue."""
    is_there = asyncio.Event()

    async def answers(_: Posted) -> Reply:
        await is_there.wait()
        return Reply(after=1.0 if len(sink.accepted) >= 2 else 0.0)

    async def are_there() -> bool:
        return len(await office.rows(deliveries, signer_id=office.author.actor_id)) >= count

    sink.answer = answers
    await office.follow_from([sink])
    await office.publish(count)
    await until(are_there)  # they come in several transactions
    is_there.set()
    await until(lambda: len(sink.accepted) >= 2)


async def until(what: Callable[[], Any], *, seconds: float = 120.0) -> None:
    """Returns when it is true; fails after so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                found = what()
                if asyncio.iscoroutine(found):
                    found = await found
                if found:
                    return
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"did not happen within {seconds:g} s") from None


__all__ = ["QUICK", "Office", "begun", "opened_office", "until"]

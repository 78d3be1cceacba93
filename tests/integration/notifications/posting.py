"""Sending letters in tests, as a worker does, at whatever time a test says it is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.notifications.letters.sending import LetterSender, MailPace, MailWay
from federation.notifications.letters.taking import LetterBox
from federation.tables.notifications import due_emails
from fediflow.processes.services import key_encryption
from kernel.database.roles import DatabaseRole
from kernel.ids import FixedLease, IdFactory
from kernel.leases import wall_clock_ms
from tenants.data_keys import DataKeys
from tenants.door import Door
from tests.integration.notifications.post_office import PostOffice
from tests.integration.notifications.told import tenant_of
from tests.world import World, settings_for

PUBLIC_URL = "https://gateway.test"
MAIL_FROM = "Fédiflow <no-reply@fediflow.test>"


@dataclass
class Posting:
    """A worker's side of letters; `late` is how far its clock is ahead of ours."""

    world: World
    shard: AsyncEngine
    box: LetterBox
    late: timedelta = timedelta(minutes=2)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def now(self) -> datetime:
        """The time it is for the worker."""
        return datetime.now(UTC) + self.late

    def at(self, moment: datetime) -> None:
        """Sets the worker's clock."""
        self.late = moment - datetime.now(UTC)

    def sender(self, office: PostOffice, **pace: Any) -> LetterSender:
        """What sends."""
        way = MailWay(office.server, None)
        return LetterSender(self.box, way, tenant_of(self.world), pace=MailPace(**pace), clock=self.now)

    async def send(self, office: PostOffice, **pace: Any) -> int:
        """Sends all that is due; how many letters were looked at."""
        sender, looked_at = self.sender(office, **pace), 0
        while count := await sender.send_due(self.shard, self.stop):
            looked_at += count
        return looked_at

    async def waiting(self, letter_id: int) -> datetime | None:
        """When a letter is looked at; None where it never is again."""
        async with self.shard.connect() as connection:
            query = select(due_emails.c.due_at).where(due_emails.c.id == letter_id)
            return (await connection.execute(query)).scalar_one_or_none()


@asynccontextmanager
async def posting(world: World) -> AsyncIterator[Posting]:
    """Letters of the first shard."""
    engine = world.databases.engine(world.databases.shards["one"], DatabaseRole.WORKER, pool_size=6)
    door = Door({"one": engine}, new_id=IdFactory(FixedLease(1001), wall_clock_ms))
    keys = DataKeys(key_encryption(settings_for(world.databases)))
    try:
        yield Posting(world, engine, LetterBox(door, keys, PUBLIC_URL, MAIL_FROM))
    finally:
        await engine.dispose()

"""What people are told of in tests: the outbox handed to the real consumer, and what it wrote."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import insert

from federation.notifications.consumer import notifications_consumer
from federation.tables.notifications import (
    notification_email_items,
    notification_emails,
    notification_preferences,
    notifications,
)
from kernel.clock import Clock, system_clock
from kernel.database.roles import DatabaseRole
from kernel.outbox.batches import handle_batch, position_of, register
from kernel.outbox.relay import number_batch
from tenants.door import driver_of
from tenants.model import Tenant
from tenants.people.emails import NewEmail, set_emails
from tests.fediverse import Person, rows
from tests.world import World

_BATCH = 500


def tenant_of(world: World) -> Callable[[int], Awaitable[Tenant | None]]:
    """The institutions of the world by id."""

    async def find(tenant_id: int) -> Tenant | None:
        return next((one.tenant for one in world.institutions.values() if one.tenant.id == tenant_id), None)

    return find


async def tell(world: World, *, sends_mail: bool = False, clock: Clock = system_clock) -> list[str]:
    """Hands everything that the first shard's outbox was told to the consumer; the statements that it took."""
    asked: list[str] = []
    consumer = notifications_consumer(tenant_of(world), sends_mail=sends_mail, clock=clock)
    async with world.databases.connect(world.databases.shards["one"], DatabaseRole.WORKER) as connection:
        await register(connection, [consumer])
        while await number_batch(connection):
            pass
        position = await position_of(connection, consumer.name)
        count = _BATCH
        driver_of(connection).add_query_logger(lambda record: asked.append(record.query))
        while count:
            count, position = await handle_batch(connection, consumer, position, _BATCH)
        await asyncio.sleep(0)  # they are logged in the loop's next round
    return asked


async def told_of(world: World, user_id: int, *, slug: str = "alpha") -> Sequence[Any]:
    """A person's notifications, oldest first."""
    return await rows(world, notifications, slug=slug, user_id=user_id)


async def kinds_of(world: World, user_id: int, *, slug: str = "alpha") -> list[str]:
    """The kinds of what they are shown, oldest first."""
    return [one["kind"] for one in await told_of(world, user_id, slug=slug) if one["is_shown"]]


async def letters_of(world: World, user_id: int, *, slug: str = "alpha") -> Sequence[Any]:
    """The letters to a person, oldest first."""
    return await rows(world, notification_emails, slug=slug, user_id=user_id)


async def items_of(world: World, letter_id: int, *, slug: str = "alpha") -> list[int]:
    """What a letter tells of."""
    found = await rows(world, notification_email_items, slug=slug, email_id=letter_id)
    return [one["notification_id"] for one in found]


async def reachable(someone: Person, *, is_verified: bool = True) -> str:
    """Gives a person a primary address; which one."""
    address = f"{someone.username}@mail.example"
    slug = someone.principal.tenant.slug
    async with someone.world.door.write(someone.world.as_system(slug)) as tx:
        emails = [NewEmail(address, is_primary=True, is_verified=is_verified)]
        await set_emails(tx, user_id=someone.user_id, emails=emails)
    return address


async def wants(someone: Person, kind: str, *, in_app: bool = True, email: str = "never") -> None:
    """What a person chose for a kind."""
    async with someone.acting() as tx:
        row = {"tenant_id": tx.tenant_id, "user_id": someone.user_id, "kind": kind}
        row |= {"in_app": in_app, "email": email, "updated_at": tx.now}
        await tx.connection.execute(insert(notification_preferences).values(row))

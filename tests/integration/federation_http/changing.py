"""What institutions change, and the worker's consumer that hears of it."""

from datetime import UTC, datetime
from typing import Any

from federation.actors.consumer import actors_consumer
from kernel.database.roles import DatabaseRole
from kernel.outbox.event import Event
from tenants.directory import Directory
from tests.fediverse import PUBLIC_URL
from tests.world import World

_CHANGE = "mutation($i: %s!) { %s(input: $i) { userErrors { code message } } }"


async def change(
    world: World, mutation: str, *, at: str = "alpha", role: str = "tenant_admin", **given: Any
) -> None:
    """Has somebody call a mutation that succeeds; `input_type` where it is not named like the mutation."""
    named = given.pop("input_type", f"{mutation[0].upper()}{mutation[1:]}Input")
    data = await world.data(_CHANGE % (named, mutation), {"i": given}, at=at, role=role)
    assert data[mutation]["userErrors"] == []


async def hear(world: World, event: str, object_id: int, *, at: str = "alpha", **payload: Any) -> None:
    """Hands an event to the consumer as the worker does, twice as after a crash."""
    engine = world.databases.engine(world.databases.directory, DatabaseRole.WORKER)
    consumer = actors_consumer(world.door, Directory(engine), PUBLIC_URL)
    now = datetime.now(UTC)
    told = Event(1, 1, world[at].tenant.id, event, event.partition(".")[0], object_id, payload, now)
    await consumer.handle([told, told])
    await engine.dispose()

"""What people are told is told to them at once, and to nobody else."""

from sqlalchemy import insert

from federation.tables.notifications import notifications
from tests.integration.live.clients import ws_client
from tests.integration.live.conftest import Served
from tests.world import World

_CREATED = """subscription ($filter: NotificationCreatedFilter) { notificationCreated(filter: $filter) {
  eventId notification { id kind isRead } } }"""


async def _tell(world: World, role: str, kind: str) -> str:
    """As the consumer does for somebody who is shown it in the app."""
    user_id = world["alpha"].number(f"user:{role}")
    async with world.door.write(world.as_system("alpha")) as tx:
        notification_id = tx.new_id()
        await tx.connection.execute(
            insert(notifications).values(
                tenant_id=tx.tenant_id,
                id=notification_id,
                user_id=user_id,
                kind=kind,
                once_key=f"test:{notification_id}",
                created_at=tx.now,
            )
        )
        await tx.announce("notification.created", "notification", notification_id, user=user_id, kind=kind)
    return f"notification_{notification_id}"


async def test_each_hears_what_they_are_told_and_nothing_of_others(live: Served) -> None:
    world = live.world
    async with (
        ws_client(live.port, live.token("student")) as student,
        ws_client(live.port, live.token("tenant_admin")) as admin,
    ):
        for client in (student, admin):
            await client.subscribe("1", _CREATED)
        await live.heard(2)
        told = [await _tell(world, role, "like") for role in ("student", "tenant_admin", "student")]
        heard = [await client.data("1") for client in (student, admin, student)]
    assert [one["notificationCreated"]["notification"]["id"] for one in heard] == told


async def test_a_filter_names_kinds(live: Served) -> None:
    async with ws_client(live.port, live.token("student")) as student:
        await student.subscribe("1", _CREATED, {"filter": {"kinds": ["PROMOTED", "SEAT_OFFERED"]}})
        await live.heard(1)
        await _tell(live.world, "student", "like")
        promoted = await _tell(live.world, "student", "promoted")
        told = (await student.data("1"))["notificationCreated"]["notification"]
    assert told == {"id": promoted, "kind": "PROMOTED", "isRead": False}


async def test_nobody_hears_without_signing_in(live: Served) -> None:
    async with ws_client(live.port) as nobody:
        await nobody.subscribe("1", _CREATED, {"filter": None})
        refused = await nobody.receive()
    assert refused["type"] == "error"
    assert refused["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"

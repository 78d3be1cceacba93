"""Going on after a cut: nothing is lost and nothing told twice, with Redis and without it, in this process or another."""

from collections.abc import AsyncIterator

import pytest

from api.live import hub as live_hub
from fediflow.local.redis import RedisServer
from kernel.settings.secret import Secret
from tests import servers
from tests.integration.live.clients import WsClient, events, ws_client
from tests.integration.live.conftest import Served, served, until, working
from tests.integration.live.test_hearing import COURSE, update_course
from tests.world import World

ISCED = "subscription { courseChanged { eventId course { code iscedF } } }"


@pytest.fixture
async def own_redis() -> AsyncIterator[RedisServer]:
    """A Redis that a test may kill."""
    with servers.server_folder() as folder:
        server = RedisServer(folder / "redis", servers.redis_binary())
        await server.start()
        yield server
        await server.stop()


async def told(client: WsClient, name: str = "1") -> tuple[str, str]:
    """The next event: its id and its course."""
    payload = await client.next(name)
    return payload["extensions"]["eventId"], payload["data"]["courseChanged"]["course"]["code"]


async def test_what_was_missed_comes_after_a_cut_once_and_in_order(live: Served) -> None:
    world, token = live.world, live.token("registrar")
    async with ws_client(live.port, token) as client:
        await client.subscribe("1", ISCED)
        await live.heard(1)
        await update_course(world, "course:1")
        last, _ = await told(client)
    for course in ("course:2", "course:5", "course:1"):
        await update_course(world, course)
    async with ws_client(live.port, token) as client:
        await client.subscribe("1", ISCED, extensions={"lastEventId": last})
        assert [(await told(client))[1] for _ in range(3)] == ["C2", "C5", "C1"]
        await update_course(world, "course:2")
        newest, code = await told(client)
        assert code == "C2"
        # going on from the middle and from the end
        await client.subscribe("2", ISCED, extensions={"lastEventId": newest})
        await live.heard(2)
        await update_course(world, "course:5")
        heard = {(await client.receive())["id"] for _ in range(2)}
        assert heard == {"1", "2"}


async def test_changes_during_the_catching_up_are_heard_once(live: Served) -> None:
    world, token = live.world, live.token("registrar")
    async with ws_client(live.port, token) as client:
        await client.subscribe("1", ISCED)
        await live.heard(1)
        await update_course(world, "course:1")
        last, _ = await told(client)
    for _ in range(29):
        await update_course(world, "course:1")
    async with ws_client(live.port, token) as client:
        await client.subscribe("1", ISCED, extensions={"lastEventId": last})
        for _ in range(30):
            await update_course(world, "course:1")
        ids = [(await told(client))[0] for _ in range(59)]
        assert len(set(ids)) == 59
        positions = [int(one.split("-")[1]) for one in ids]
        assert positions == sorted(positions)


async def test_a_browser_goes_on_by_last_event_id(live: Served) -> None:
    world, token = live.world, live.token("registrar")
    async with events(live.port, ISCED, token=token) as stream:
        await live.heard(1)
        await update_course(world, "course:1")
        first = await stream.event()
    assert first is not None
    await update_course(world, "course:2")
    async with events(live.port, ISCED, token=token, last_event_id=str(first.id)) as stream:
        second = await stream.event()
    assert second is not None
    assert second.json["data"]["courseChanged"]["course"]["code"] == "C2"


async def test_who_heard_nothing_yet_can_go_on_too(live: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign of life says up to where everything was heard, and so does the acknowledgement."""
    monkeypatch.setattr(live_hub, "PULSE_SECONDS", 0.2)
    world, token = live.world, live.token("registrar")
    async with events(live.port, ISCED, token=token) as stream:
        await live.heard(1)
        await update_course(world, "course:1")
        assert await stream.event() is not None
        async with ws_client(live.port, token) as client:
            acknowledged = client.acknowledged["lastEventId"]
    await update_course(world, "course:2")
    async with ws_client(live.port, token) as client:
        await client.subscribe("1", ISCED, extensions={"lastEventId": acknowledged})
        assert (await told(client))[1] == "C2"


@pytest.mark.parametrize(
    "last", ["00000000-1-1795257190", "{mark}-1-1000000000", "{mark}-999999999999-{now}"]
)
async def test_what_is_no_longer_kept_is_said_and_not_skipped(live: Served, last: str) -> None:
    world, token = live.world, live.token("registrar")
    async with ws_client(live.port, token) as client:
        await client.subscribe("1", ISCED)
        await live.heard(1)
        await update_course(world, "course:1")
        mark, _, now = (await told(client))[0].split("-")
        given = last.format(mark=mark, now=now)
        await client.subscribe("2", ISCED, extensions={"lastEventId": given})
        message = await client.receive()
    assert (message["id"], message["type"]) == ("2", "error")
    extensions = message["payload"][0]["extensions"]
    assert (extensions["code"], extensions["reason"]) == ("CONFLICT", "refetch")


async def test_without_redis_everything_is_heard(world: World) -> None:
    async with (
        working(world, None),
        served(world) as alone,
        ws_client(alone.port, alone.token("registrar")) as client,
    ):
        await client.subscribe("1", COURSE)
        await alone.heard(1)
        for _ in range(3):
            await update_course(world, "course:1")
        assert len({(await client.next("1"))["extensions"]["eventId"] for _ in range(3)}) == 3


async def test_nothing_is_missed_while_redis_is_dead_and_after_it_is_back(
    world: World, own_redis: RedisServer
) -> None:
    async with (
        working(world, own_redis.url),
        served(world, redis_url=Secret(own_redis.url)) as one,
        ws_client(one.port, one.token("registrar")) as client,
    ):
        await client.subscribe("1", ISCED)
        await one.heard(1)
        await update_course(world, "course:1")
        seen = [await told(client)]
        await own_redis.kill()
        await update_course(world, "course:2")
        seen.append(await told(client))
        await own_redis.start()
        await update_course(world, "course:5")
        seen.append(await told(client))
        hub = one.gateway.hub
        await until(lambda: hub._announcements.is_listened(world["alpha"].tenant.id))
        await update_course(world, "course:1")
        seen.append(await told(client))
    assert [code for _, code in seen] == ["C1", "C2", "C5", "C1"]
    assert len({event_id for event_id, _ in seen}) == 4


async def test_another_gateway_goes_on_where_one_stopped(world: World, own_redis: RedisServer) -> None:
    redis = Secret(own_redis.url)
    async with working(world, own_redis.url), served(world, redis_url=redis) as second:
        last = await _heard_by_both(world, second, redis)
        await update_course(world, "course:5")
        async with ws_client(second.port, second.token("registrar")) as client:
            await client.subscribe("1", ISCED, extensions={"lastEventId": last})
            assert (await told(client))[1] == "C5"


async def _heard_by_both(world: World, second: Served, redis: Secret) -> str:
    """The last event that a gateway told before it stopped; another one told what it told."""
    async with (
        served(world, redis_url=redis) as first,
        ws_client(first.port, first.token("registrar")) as client,
        ws_client(second.port, second.token("registrar")) as other,
    ):
        await client.subscribe("1", ISCED)
        await other.subscribe("1", ISCED)
        await first.heard(1)
        await second.heard(1)
        await update_course(world, "course:2")
        last = await told(client)
        assert await told(other) == last
        await first.gateway.hub.drain()
        assert (await client.closed())[0] == 1001
    return last[0]

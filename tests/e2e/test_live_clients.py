"""The clients that people use, npm graphql-ws and graphql-sse, hear changes from a served gateway and come again."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from kernel.settings.secret import Secret
from tests.e2e.judges import node_packages
from tests.integration.live.conftest import Served, served, working
from tests.integration.live.test_hearing import update_course
from tests.servers import RunningRedis
from tests.world import World

_SCRIPT = Path(__file__).parent / "live.mjs"
_QUERY = "subscription { courseChanged { change course { code } } }"
_PATIENCE = 60.0


@pytest.fixture
async def live(world: World, redis_server: RunningRedis) -> AsyncIterator[Served]:
    node_packages()  # skips before anything is started
    async with (
        working(world, redis_server.url),
        served(world, redis_url=Secret(redis_server.url)) as made,
    ):
        yield made


@pytest.mark.parametrize("kind", ["ws", "sse", "sse-single"])
async def test_a_client_asks_and_hears(live: Served, kind: str) -> None:
    async with _client(live, kind, events=3) as client:
        assert (await client.saying("query"))["viewer"]["handle"] == "registrar"
        await live.heard(1)
        for course in ("course:1", "course:3", "course:2"):
            await update_course(live.world, course)
        heard = [(await client.saying("next"))["data"]["courseChanged"] for _ in range(3)]
        assert await client.saying("done")
    assert heard == [{"change": "UPDATED", "course": {"code": code}} for code in ("C1", "C3", "C2")]


@pytest.mark.parametrize("kind", ["ws", "sse", "sse-single"])
async def test_a_client_that_is_sent_away_comes_again(live: Served, kind: str) -> None:
    async with _client(live, kind, events=2) as client:
        await live.heard(1)
        await update_course(live.world, "course:1")
        assert (await client.saying("next"))["data"]["courseChanged"]["course"]["code"] == "C1"
        hub = live.gateway.hub
        await hub.drain()
        hub.is_draining = False  # as if another process had taken over the port
        await live.heard(1)
        await update_course(live.world, "course:2")
        assert (await client.saying("next"))["data"]["courseChanged"]["course"]["code"] == "C2"
        assert await client.saying("done")


class _Client:
    """A Node process and what it says."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def saying(self, what: str) -> Any:
        """The next thing of that kind."""
        assert self._process.stdout is not None
        async with asyncio.timeout(_PATIENCE):
            while line := await self._process.stdout.readline():
                said = json.loads(line)
                if what in said:
                    return said[what]
        raise AssertionError(f"it ended without saying {what}")


@asynccontextmanager
async def _client(live: Served, kind: str, *, events: int) -> AsyncIterator[_Client]:
    url = f"http://127.0.0.1:{live.port}/graphql"
    words = [str(_SCRIPT), str(node_packages()), kind, url, live.token("registrar"), str(events), _QUERY]
    process = await asyncio.create_subprocess_exec("node", *words, stdout=asyncio.subprocess.PIPE)
    try:
        yield _Client(process)
        assert await asyncio.wait_for(process.wait(), _PATIENCE) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

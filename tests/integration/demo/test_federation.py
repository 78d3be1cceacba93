"""The demo on the social web: two universities on two shards that hear of each other, and the page that shows how."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from fediflow.demo import join_social_web, tokens
from fediflow.demo.universities import AOIHAMA, AUENFELS
from fediflow.processes.opened import opened_gateway
from fediflow.processes.social_web import published_here
from kernel.ids import FixedLease, IdFactory
from kernel.leases import wall_clock_ms
from kernel.telemetry import Metrics
from tenants.directory import Directory
from tenants.door import Door
from tests.integration.cli.commands import Commands
from tests.integration.cli.commands import settings_for as environment_for
from tests.integration.demo.pages import Demo, run
from tests.integration.demo.world import World, made_world
from tests.servers import RunningPostgres
from tests.world import settings_for

PAGE = Path(__file__).parents[3] / "docs" / "federation-tutorial.md"
_URL = "http://localhost:8000"  # as the page has it; nobody listens there


@dataclass(frozen=True, slots=True)
class Web:
    """The demo, its gateway, and a worker process that delivers; `handles` are of who joined."""

    world: World
    demo: Demo
    handles: dict[str, list[str]]
    again: Any  # makes it once more


@pytest.fixture(scope="module")
async def web(
    postgres: RunningPostgres, run_dir: Path, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Web]:
    log = tmp_path_factory.mktemp("web") / "worker.log"
    async with AsyncExitStack() as opened:
        world = await opened.enter_async_context(made_world(postgres, run_dir, f"{worker_id}_social_demo"))
        await world.create(today=datetime.now(UTC).date())
        settings = settings_for(world.databases, public_url=_URL)
        door = Door(world.readers, new_id=IdFactory(FixedLease(1001), wall_clock_ms))
        directory = Directory(world.directory)

        async def join() -> dict[str, list[str]]:
            published = published_here(door, settings)
            return dict(await join_social_web(door=door, directory=directory, published=published))

        handles = await join()
        given = await tokens(door=door, directory=directory)
        known = {(one.slug, role): token for one in given for role, token in one.tokens.items()}
        gateway = await opened.enter_async_context(opened_gateway(settings, Metrics()))
        commands = Commands(environment_for(world.databases.directory, world.databases.passwords))
        opened.enter_context(commands.running("worker", log=log, PUBLIC_URL=_URL))
        yield Web(world, Demo(create_app(gateway), known), handles, join)


async def test_making_it_again_changes_nothing(web: Web) -> None:
    towns, said = (AUENFELS, AOIHAMA), "select count(*) from fediflow.posts where is_local"
    assert len({await web.world.shard_of(one) for one in towns}) == 2
    before = [await web.world.value(one, said) for one in towns]
    assert await web.again() == web.handles
    assert [await web.world.value(one, said) for one in towns] == before == [12, 12]


async def test_every_example_answers_as_the_page_shows(web: Web) -> None:
    assert await run(web.demo, PAGE, {}) >= 12

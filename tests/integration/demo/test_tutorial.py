"""Every example of the tutorial is run against the demo and answers in the shape that the page shows.

The README's picture is what the demo's student asks and is answered, to the letter and on any day.
"""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from html import unescape
from pathlib import Path
from unittest.mock import patch

import pytest

from api.app import create_app
from api.executor import Executor
from fediflow.demo import tokens
from fediflow.processes.opened import opened_gateway
from kernel.ids import FixedLease, IdFactory
from kernel.leases import wall_clock_ms
from kernel.telemetry import Metrics
from tenants.directory import Directory
from tenants.door import Door
from tests.integration.demo.pages import Demo, run, without_cost
from tests.integration.demo.world import made_world
from tests.servers import RunningPostgres
from tests.world import call, settings_for

_DOCS = Path(__file__).parents[3] / "docs"
PAGE = _DOCS / "tutorial.md"
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
PICTURE = _DOCS / "images" / "query-and-answer.svg"


@pytest.fixture(scope="module")
async def demo_gateway(postgres: RunningPostgres, run_dir: Path, worker_id: str) -> AsyncIterator[Demo]:
    """A demo made for today, because the page asks for what is current; it stays noon, which is today everywhere."""
    async with made_world(postgres, run_dir, f"{worker_id}_tutorial") as world:
        await world.create(today=NOON.date())
        await world.index()
        door = Door(world.readers, new_id=IdFactory(FixedLease(1001), wall_clock_ms))
        given = await tokens(door=door, directory=Directory(world.directory))
        known = {(one.slug, role): token for one in given for role, token in one.tokens.items()}
        async with opened_gateway(settings_for(world.databases), Metrics()) as gateway:
            with patch("api.app.Executor", partial(Executor, clock=lambda: NOON)):
                app = create_app(gateway)
            yield Demo(app, known)


async def test_every_example_answers_as_the_page_shows(demo_gateway: Demo) -> None:
    assert await run(demo_gateway, PAGE, {"today": NOON.date().isoformat()}) >= 10


async def test_the_picture_shows_what_the_demo_answers(demo_gateway: Demo) -> None:
    query, answer = _columns(PICTURE.read_text(encoding="utf-8"))
    headers = {
        "content-type": "application/json",
        "authorization": f"Bearer {demo_gateway.tokens['auenfels', 'student']}",
    }
    body = json.dumps({"query": query}).encode()
    answered = await call(demo_gateway.app, "POST", "/graphql", body=body, headers=headers, peer="127.0.0.1")
    assert without_cost(answered.json) == json.loads(answer)


def _columns(picture: str) -> list[str]:
    """The texts of the picture that are typed: those to the left and those to the right."""
    typed = re.findall(r'<text x="(\d+)" [^>]*font-family="monospace"[^>]*>(.*?)</text>', picture)
    columns = sorted({int(x) for x, _ in typed})
    return ["\n".join(unescape(text) for x, text in typed if int(x) == column) for column in columns]

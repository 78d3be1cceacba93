"""The stage of the explorer's tests: the demo behind a served gateway with a worker beside it, and what people do there."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, expect

from api.app import Gateway, create_app
from fediflow.local.sockets import listen
from fediflow.processes.http_server import http_server
from fediflow.processes.opened import opened_gateway
from kernel.cache import Cache
from kernel.outbox.announcer import announcer
from kernel.outbox.worker import run_outbox
from kernel.settings import Environment
from kernel.telemetry import Metrics
from tests.e2e.browser import Watched, opened_page
from tests.integration.demo.world import World, made_world
from tests.servers import RunningPostgres
from tests.world import settings_for

UNIVERSITIES = ("auenfels", "aoihama", "zitoun")


@asynccontextmanager
async def served_demo(postgres: RunningPostgres, run_dir: Path, name: str) -> AsyncIterator[str]:
    """Where a gateway serves the demo made for today."""
    async with made_world(postgres, run_dir, name) as world:
        await world.create(today=datetime.now(UTC).date())
        settings = settings_for(world.databases, environment=Environment.DEMO)
        async with _working(world), opened_gateway(settings, Metrics()) as gateway:
            with listen("127.0.0.1", 0, "the gateway") as bound:
                async with _served(gateway, bound):
                    yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@asynccontextmanager
async def opened_explorer(browser: Browser, address: str, **options: Any) -> AsyncIterator[Watched]:
    """The page, ready, in a profile of its own."""
    options = {"viewport": {"width": 1280, "height": 800}, **options}
    async with opened_page(browser, address, **options) as opened:
        await opened.page.goto("/explorer")
        await ready(opened.page)
        yield opened


async def ready(page: Page) -> None:
    """Waits until the page can be used."""
    await page.locator("html[data-ready]").wait_for(state="attached")


async def sign_in(page: Page, role: str, at: str = "auenfels") -> None:
    """Signs in by one click."""
    await page.locator("#who").click()
    card = page.locator("section.institution").nth(UNIVERSITIES.index(at))
    await card.get_by_role("button", name=role, exact=True).click()
    await expect(page.locator("#people")).to_be_hidden()


async def run(page: Page) -> None:
    """Runs what is open and waits until it is over."""
    await page.locator("#run").click()
    await over(page)


async def over(page: Page) -> None:
    """Waits until what runs is over."""
    await expect(page.locator("#run-label")).to_have_text("Run")


async def answer(page: Page) -> Any:
    """The JSON that is shown; what is scrolled out of sight is copied out by selecting all of it."""
    text: str = await page.evaluate(
        "document.querySelector('#answer-view').shadowRoot.querySelector('.cm-content').cmTile.root.view.state.doc.toString()"
    )
    return json.loads(text)


async def write(page: Page, document: str) -> None:
    """A document of its own with this text, as it stands."""
    await page.locator("#new-document").click()
    await page.locator("#document-editor .cm-content").fill(document)


@asynccontextmanager
async def _working(world: World) -> AsyncIterator[None]:
    """What a worker does for the outboxes."""
    engines = {name: shard.worker for name, shard in world.shards.items()}
    stop = asyncio.Event()
    running = asyncio.create_task(run_outbox(engines, [announcer(Cache.connect(None))], stop))
    try:
        yield
    finally:
        stop.set()
        await running


@asynccontextmanager
async def _served(gateway: Gateway, bound: socket.socket) -> AsyncIterator[None]:
    app = create_app(gateway)
    server = http_server(app, quick=app.quick)
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        yield
    finally:
        await gateway.hub.drain()
        server.should_exit = True
        await serving

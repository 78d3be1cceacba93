"""Pages of the social web in a real browser: nothing is refused by their own policy, and everybody can read them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from fediflow.local.sockets import listen
from fediflow.processes.http_server import http_server
from tests.databases import made_databases
from tests.e2e.browser import opened_browser, opened_page
from tests.e2e.judges import node_packages
from tests.integration.federation_http.fetching import BASE, joined, new_course, posted
from tests.servers import RunningPostgres
from tests.world import World, made_world

TEXT = """Hello **all**, see https://example.org and #Fediverse

- one
- two

> quoted

| a | b |
|---|---|
| 1 | 2 |
"""


@pytest.fixture(scope="module")
async def world(postgres: RunningPostgres, run_dir: Path, worker_id: str) -> AsyncIterator[World]:
    """A world of its own: this adds people and courses."""
    async with (
        made_databases(postgres, run_dir, f"{worker_id}_pages") as databases,
        made_world(databases) as made,
    ):
        yield made


@asynccontextmanager
async def served(world: World) -> AsyncIterator[str]:
    """The gateway as alpha's, under an address that a browser finds."""

    async def as_alpha(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            others = [(name, value) for name, value in scope["headers"] if name != b"host"]
            host = (b"host", BASE.format(slug="alpha").removeprefix("http://").encode())
            await world.app({**scope, "headers": [host, *others]}, receive, send)

    with listen("127.0.0.1", 0, "the gateway") as bound:
        server = http_server(as_alpha)
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


async def test_pages_keep_to_their_policy_and_are_accessible(world: World) -> None:
    fields = [{"name": "Web", "value": "https://example.org/ines"}]
    await joined(
        world,
        "instructor",
        username="ines",
        exposedFields=["DISPLAY_NAME", "COURSES_TAUGHT"],
        profileFields=fields,
    )
    post = await posted(world, "instructor", TEXT, format="MARKDOWN", language="en")
    await posted(world, "instructor", "Warned of", contentWarning="Spoilers", language="de")
    _, offering = await new_course(world, "SHOW1")
    paths = ("/@ines", post.removeprefix(BASE.format(slug="alpha")), "/@show1", f"/offerings/{offering}")
    axe = (node_packages() / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    async with served(world) as base, opened_browser() as browser:
        for scheme in ("light", "dark"):
            async with opened_page(browser, base, color_scheme=scheme, bypass_csp=True) as watched:
                await watched.page.add_init_script(axe)
                for path in paths:
                    await watched.page.goto(path)
                    found = await watched.page.evaluate("axe.run()")
                    assert [one["id"] for one in found["violations"]] == [], path
        for locale in ("en", "ar"):
            narrow = {"width": 360, "height": 740}
            async with opened_page(browser, base, viewport=narrow, locale=locale) as watched:
                for path in paths:
                    await watched.page.goto(path)
                    wide = await watched.page.evaluate("document.documentElement.scrollWidth")
                    assert wide <= 360, (path, locale)
                assert await watched.complaints() == []

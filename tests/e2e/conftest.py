"""What several files here share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.databases import Databases
from tests.e2e.browser import Watched, opened_browser
from tests.e2e.explorer import opened_explorer, served_demo
from tests.e2e.gateway import Gateway, running_gateway
from tests.servers import RunningPostgres
from tests.world import World


@pytest.fixture(scope="session")
def gateway(
    world: World, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """A gateway process over the world, with the settings that it has by itself."""
    assert world["alpha"].tenant.slug == "alpha"
    with running_gateway(databases, tmp_path_factory.mktemp("gateway") / "log") as made:
        yield made


@pytest.fixture(scope="module")
async def address(
    request: pytest.FixtureRequest, postgres: RunningPostgres, run_dir: Path, worker_id: str
) -> AsyncIterator[str]:
    """Where a gateway serves the demo made for today, with a worker beside it: one for each file about the explorer."""
    module = request.path.stem.removeprefix("test_")
    async with served_demo(postgres, run_dir, f"{worker_id}_{module}") as at:
        yield at


@pytest.fixture(scope="module")
async def browser(address: str) -> AsyncIterator[Browser]:
    """A browser for all tests of a file; each gets a profile of its own."""
    async with opened_browser() as opened:
        yield opened


@pytest.fixture
async def explorer(browser: Browser, address: str) -> AsyncIterator[Watched]:
    """The page as a first visitor sees it. At the end it must not have complained of anything."""
    async with opened_explorer(browser, address) as opened:
        yield opened
        assert await opened.complaints() == []

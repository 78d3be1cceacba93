"""What a process remembers of the directory: kept up to date together, one object for each institution."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import event, update

from kernel.database.roles import DatabaseRole
from tenants import directory as directory_module
from tenants.directory import Directory, by_host, by_id, by_slug
from tenants.tables import tenants
from tests.databases import Databases
from tests.world import World


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def looked_up(databases: Databases, world: World) -> AsyncIterator[tuple[Directory, Clock, list[str]]]:
    """A directory, its clock, and the statements it runs."""
    assert world["alpha"].tenant
    engine, clock, statements = databases.engine(databases.directory, DatabaseRole.WORKER), Clock(), []
    event.listen(engine.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    yield Directory(engine, now=clock), clock, statements
    await engine.dispose()


async def test_all_names_of_an_institution_lead_to_one_object(
    looked_up: tuple[Directory, Clock, list[str]], world: World
) -> None:
    directory, _, _ = looked_up
    by_name = await directory.by_slug("alpha")
    assert by_name == world["alpha"].tenant
    assert await directory.by_host("ALPHA.test:8000") is by_name
    assert await directory.by_id(world["alpha"].tenant.id) is by_name
    keys = (by_slug("alpha"), by_host("alpha.test"), by_id(world["alpha"].tenant.id))
    assert [entry and entry.tenant for entry in map(directory.fresh, keys)] == [by_name] * 3


async def test_what_is_not_known_just_now_is_not_made_up(
    looked_up: tuple[Directory, Clock, list[str]],
) -> None:
    directory, clock, _ = looked_up
    assert directory.fresh(by_slug("alpha")) is None
    assert await directory.by_slug("nobody") is None
    entry = directory.fresh(by_slug("nobody"))
    assert entry is not None
    assert entry.tenant is None
    clock.seconds += directory_module.TTL_SECONDS
    assert directory.fresh(by_slug("nobody")) is None


async def test_what_is_used_is_looked_up_again_together_before_it_is_old(
    looked_up: tuple[Directory, Clock, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory_module, "REFRESH_SECONDS", 0.001)
    directory, clock, statements = looked_up
    for slug in ("alpha", "beta", "gamma", "nobody"):
        await directory.by_slug(slug)
    await directory.by_host("alpha.test")
    for key in (by_slug("alpha"), by_slug("beta"), by_host("alpha.test")):
        assert directory.fresh(key)  # used
    clock.seconds += directory_module.TTL_SECONDS
    statements.clear()
    clock.seconds += 2
    await _followed(directory, lambda: directory.fresh(by_host("alpha.test")) is not None)
    assert len(statements) == 2, "one for the slugs, one for the host"
    assert directory.fresh(by_slug("alpha"))
    assert directory.fresh(by_slug("beta"))
    assert directory.fresh(by_slug("gamma")) is None, "nobody asked for it"


async def test_what_was_looked_up_before_everything_was_forgotten_is_not_kept(
    looked_up: tuple[Directory, Clock, list[str]], databases: Databases, world: World
) -> None:
    directory, _, statements = looked_up
    engine = databases.engine(databases.directory, DatabaseRole.WORKER)
    name = world["gamma"].tenant.name
    try:
        looking = asyncio.create_task(directory.by_slug("gamma"))
        async with asyncio.timeout(60):
            while not statements:  # noqa: ASYNC110  # the loop turns until the question is on its way
                await asyncio.sleep(0)
        directory.forget()
        statements.clear()
        assert await directory.by_slug("gamma")
        assert len(statements) == 1, "who asks afterwards does not share the look from before"
        await looking
        async with engine.begin() as connection:
            await connection.execute(
                update(tenants).where(tenants.c.slug == "gamma").values(name={"en": "Another name"})
            )
        directory.forget()
        changed = await directory.by_slug("gamma")
        assert changed is not None
        assert changed.name == {"en": "Another name"}
    finally:
        async with engine.begin() as connection:
            await connection.execute(update(tenants).where(tenants.c.slug == "gamma").values(name=dict(name)))
        await engine.dispose()


async def _followed(directory: Directory, enough: Callable[[], bool]) -> None:
    following = asyncio.create_task(directory.follow())
    async with asyncio.timeout(60):
        while not enough():  # noqa: ASYNC110  # it is the pace of a loop that says nothing
            await asyncio.sleep(0.001)
    following.cancel()
    await asyncio.wait([following])

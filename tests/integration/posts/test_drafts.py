"""Drafts: kept, changed, published now or when their time comes, each once."""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.content.composing import TextFormat
from federation.posts.drafts import discard_draft, publish_draft, save_draft
from federation.posts.model import GroupRef, NewPost
from federation.posts.publishing import Publisher
from federation.tables.actors import actors
from federation.tables.posts import post_drafts
from federation.tables.posts import posts as post_rows
from kernel.database.roles import DatabaseRole
from kernel.errors import InvalidInput
from kernel.ids import FixedLease, IdFactory
from kernel.leases import wall_clock_ms
from tenants.changing import VersionConflict
from tenants.directory import Directory
from tenants.door import Door
from tenants.model import NotFound
from tests.fediverse import PUBLIC_URL, Person, here, person, row, rows
from tests.integration.outbox.shards import until
from tests.world import World

LATER = timedelta(hours=1)
_PATIENCE = 180.0  # a process has to begin first


@dataclass(frozen=True, slots=True)
class _Workers:
    """The publishers of two workers, and the shard they look at."""

    publishers: tuple[Publisher, ...]
    shard: AsyncEngine

    async def publish(self, after: timedelta = LATER) -> None:
        """Both look at once, after that time."""
        now = datetime.now(UTC) + after + timedelta(seconds=1)
        await asyncio.gather(*(one.publish_due(self.shard, now) for one in self.publishers))


@pytest.fixture(scope="module")
async def workers(world: World) -> AsyncIterator[_Workers]:
    databases = world.databases
    shard = databases.engine(databases.shards["one"], DatabaseRole.WORKER)
    directory = databases.engine(databases.directory, DatabaseRole.WORKER)
    doors = [Door({"one": shard}, new_id=IdFactory(FixedLease(node), wall_clock_ms)) for node in (901, 902)]
    look_up = Directory(directory).by_id
    yield _Workers(tuple(Publisher(door, look_up, PUBLIC_URL) for door in doors), shard)
    await shard.dispose()
    await directory.dispose()


async def _save(someone: Person, text: str = "Later", after: timedelta | None = LATER, **given: Any) -> int:
    kept = {name: given.pop(name) for name in ("draft_id", "expected_version") if name in given}
    async with someone.acting() as tx:
        return await save_draft(
            tx,
            draft=NewPost(text, **given),
            here=here(someone.world),
            publish_at=tx.now + after if after else None,
            **kept,
        )


async def _texts(someone: Person) -> list[str]:
    return [one["source"] for one in await rows(someone.world, post_rows, actor_id=someone.actor_id)]


async def test_a_draft_is_kept_changed_and_published(world: World) -> None:
    ana = await person(world, "ana")
    given = {"format": TextFormat.MARKDOWN, "visibility": "unlisted", "title": "T", "content_warning": "W"}
    draft_id = await _save(ana, "# One", None, **given, language="en", is_sensitive=True)
    assert await _save(ana, "# Two", None, **given, draft_id=draft_id, expected_version=1) == draft_id
    with pytest.raises(VersionConflict):
        await _save(ana, "# Three", None, draft_id=draft_id, expected_version=1)
    async with ana.acting() as tx:
        post_id = await publish_draft(tx, draft_id=draft_id, here=here(world))
    stored = await row(world, post_rows, id=post_id)
    assert (stored["source"], stored["source_media_type"], stored["visibility"]) == (
        "# Two",
        "text/markdown",
        "unlisted",
    )
    assert (stored["title"], stored["content_warning"], stored["is_sensitive"]) == ("T", "W", True)
    assert await rows(world, post_drafts, user_id=ana.user_id) == []


async def test_a_draft_is_its_persons_alone(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    draft_id = await _save(ana, after=None)
    with pytest.raises(NotFound):
        async with bea.acting() as tx:
            await publish_draft(tx, draft_id=draft_id, here=here(world))
    with pytest.raises(NotFound):
        async with bea.acting() as tx:
            await discard_draft(tx, draft_id=draft_id)
    with pytest.raises(NotFound):
        await _save(bea, draft_id=draft_id)
    async with ana.acting() as tx:
        await discard_draft(tx, draft_id=draft_id)
    assert await rows(world, post_drafts, user_id=ana.user_id) == []


async def test_a_scheduled_post_is_published_once_when_its_time_comes(
    world: World, workers: _Workers
) -> None:
    ana = await person(world, "ana")
    for number in range(10):
        await _save(ana, f"Number {number}", LATER + timedelta(seconds=number / 100))
    await workers.publish(LATER / 2)
    assert await _texts(ana) == []
    await workers.publish()
    await workers.publish()
    assert sorted(await _texts(ana)) == [f"Number {number}" for number in range(10)]
    assert await rows(world, post_drafts, user_id=ana.user_id) == []


async def test_a_time_that_was_changed_does_not_count(world: World, workers: _Workers) -> None:
    ana = await person(world, "ana")
    later, never, gone = [await _save(ana, text) for text in ("later", "never", "gone")]
    await _save(ana, "later", 3 * LATER, draft_id=later)
    await _save(ana, "never", None, draft_id=never)
    async with ana.acting() as tx:
        await discard_draft(tx, draft_id=gone)
    await workers.publish()
    assert await _texts(ana) == []
    await workers.publish(3 * LATER)
    assert await _texts(ana) == ["later"]
    assert (await row(world, post_drafts, id=never))["state"] == "draft"


async def test_what_can_no_longer_be_published_says_why(world: World, workers: _Workers) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    suspended, fine = await _save(ana, "suspended"), await _save(bea, "fine")
    async with world.door.write(world.as_system("alpha")) as tx:
        await tx.connection.execute(
            update(actors)
            .where(actors.c.tenant_id == tx.tenant_id, actors.c.id == ana.actor_id)
            .values(restriction="suspended")
        )
    await workers.publish()
    assert (await _texts(ana), await _texts(bea)) == ([], ["fine"])
    draft = await row(world, post_drafts, id=suspended)
    assert (draft["state"], draft["publish_at"]) == ("draft", None)
    assert "suspended" in draft["problem"]
    assert await rows(world, post_drafts, id=fine) == []
    assert await _save_again(world, ana, suspended) is None


async def _save_again(world: World, ana: Person, draft_id: int) -> str | None:
    async with world.door.write(world.as_system("alpha")) as tx:
        await tx.connection.execute(
            update(actors)
            .where(actors.c.tenant_id == tx.tenant_id, actors.c.id == ana.actor_id)
            .values(restriction="none")
        )
    await _save(ana, "again", draft_id=draft_id)
    problem: str | None = (await row(world, post_drafts, id=draft_id))["problem"]
    return problem


async def test_what_failed_in_the_middle_is_published_by_the_next(
    world: World, workers: _Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await person(world, "ana")
    await _save(ana, "whole")
    whole = "federation.posts.publishing.publish_draft"

    async def dies(tx: Any, **given: Any) -> int:
        await publish_draft(tx, **given)
        raise ConnectionResetError("the process is gone before the commit")

    with monkeypatch.context() as broken:
        broken.setattr(whole, dies)
        with pytest.raises(ConnectionResetError):
            await workers.publishers[0].publish_due(workers.shard, datetime.now(UTC) + 2 * LATER)
    assert await _texts(ana) == []
    await workers.publish()
    assert await _texts(ana) == ["whole"]


async def test_a_time_is_to_come_and_names_are_known_when_it_is_set(world: World) -> None:
    ana = await person(world, "ana")
    with pytest.raises(InvalidInput) as refused:
        await _save(ana, after=-LATER)
    assert refused.value.details["path"] == ["input", "publishAt"]
    with pytest.raises(InvalidInput, match="ghost"):
        await _save(ana, "@ghost@far.example")
    with pytest.raises(InvalidInput):
        await _save(ana, on_behalf_of=GroupRef())


async def test_publishers_that_are_killed_publish_each_once(world: World) -> None:
    ana = await person(world, "ana")
    texts = [f"Number {number}" for number in range(80)]
    for text in texts:
        await _save(ana, text)
    chance = random.Random(7)
    for node in range(910, 914):
        async with _killed(world, node):
            await until(partial(_has, ana, len(await _texts(ana)) + chance.randint(1, 15)), within=_PATIENCE)
    async with _killed(world, 914):
        await until(partial(_has, ana, len(texts)), within=_PATIENCE)
    assert sorted(await _texts(ana)) == sorted(texts)
    assert await rows(world, post_drafts, user_id=ana.user_id) == []


async def _has(someone: Person, least: int) -> bool:
    return len(await _texts(someone)) >= least


@asynccontextmanager
async def _killed(world: World, node: int) -> AsyncIterator[None]:
    """A process that publishes, killed at the end."""
    databases = world.databases
    facts = {
        "shard": astuple(databases.shards["one"]),
        "directory": astuple(databases.directory),
        "password": databases.passwords[DatabaseRole.WORKER],
        "node": node,
        "public_url": PUBLIC_URL,
        "now": (datetime.now(UTC) + 2 * LATER).isoformat(),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.integration.posts.publishing_process"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(facts).encode() + b"\n")
    try:
        assert await process.stdout.readline() == b"ready\n"
        yield
    finally:
        process.kill()
        await process.wait()

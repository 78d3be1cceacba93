"""Indexing into the engines there are: what the database says is what they find."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from academic.courses.courses import CourseChanges, update_course
from search.documents.tokens import MEMBERS, PUBLIC
from search.engine import Engine
from search.model import Audience, Institution, Kind, Published, Query, Reference
from tests.databases import made_databases
from tests.indices import own_indices
from tests.integration.search.engines import NAMES, opened_opensearch, opened_postgres
from tests.integration.search.indexing.libraries import Library, opened_library
from tests.servers import RunningPostgres
from tests.world import made_world

_MEMBER = Audience(frozenset({PUBLIC, MEMBERS}))


@pytest.fixture(params=NAMES)
async def shelved(
    request: pytest.FixtureRequest, postgres: RunningPostgres, run_dir: Path, worker_id: str
) -> AsyncIterator[Library]:
    """The institutions in an index of each engine."""
    async with made_databases(postgres, run_dir, worker_id) as databases, made_world(databases) as world:
        if request.param == "postgresql":
            opened = opened_postgres(databases)
            async with opened as made, opened_library(databases, world, made.engine) as library:
                yield library
            return
        url = request.getfixturevalue("opensearch_url")
        with own_indices(url) as prefix:
            opened = opened_opensearch(url, prefix, databases)
            async with opened as made, opened_library(databases, world, made.engine) as library:
                yield library


async def found(engine: Engine, library: Library, text: str) -> set[Reference]:
    """Which courses and offerings a member of alpha finds."""
    kinds = frozenset({Kind.COURSE, Kind.OFFERING})
    query = Query(text, ("en", "de"), kinds=kinds, first=100)
    answer = await engine.search(Institution(library.world["alpha"].tenant), query, _MEMBER)
    return {hit.reference for hit in answer.hits}


async def test_an_index_is_filled_followed_and_found_good(shelved: Library) -> None:
    library, asked, world = shelved, shelved.asked, shelved.world["alpha"]
    assert await library.filling.look()
    for shard in library.shards:
        await library.catch_up(shard)
    open_ones = {Reference(Kind.COURSE, world.number(f"course:{n}")) for n in (1, 2, 4, 5)}
    hidden = Reference(Kind.COURSE, world.number("course:3"))
    courses = await found(asked, library, "course")
    assert open_ones <= courses
    assert hidden not in courses
    async with library.world.door.write(library.world.as_system("alpha")) as tx:
        course_id = world.number("course:1")
        await update_course(
            tx, course_id=course_id, changes=CourseChanges(title={"en": "Volcanoes"}, visibility="private")
        )
        course_id = world.number("course:2")
        await update_course(tx, course_id=course_id, changes=CourseChanges(title={"en": "Volcanoes"}))
    await library.catch_up()
    assert await found(asked, library, "volcanoes") == {
        Reference(Kind.COURSE, world.number("course:2")),
        Reference(Kind.OFFERING, world.number("offering:2")),
        Reference(Kind.OFFERING, world.number("offering:1")),
    }
    everywhere = await asked.search(Published(), Query("volcanoes", ("en",)), Audience(frozenset({PUBLIC})))
    assert [hit.reference.kind for hit in everywhere.hits] == [Kind.OFFERING]
    for institution in library.world.institutions.values():
        verdict = await library.verifying(repairs=False).verify(institution.tenant)
        assert verdict.is_good, verdict
    assert not await library.filling.look()

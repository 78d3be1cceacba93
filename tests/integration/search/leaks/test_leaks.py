"""No hit, count, facet, suggestion, snippet or spelling shows what is hidden: whatever happens, whoever asks whatever."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kernel.settings.model import SearchEngine
from kernel.settings.secret import Secret
from search.engine import Engine
from search.model import Audience, Collection, Facet, Institution, Prefix, Query
from search.opensearch.engine import OpenSearchEngine
from search.postgres.engine import PostgresEngine
from tenants.model import Tenant
from tests.indices import own_indices
from tests.integration.graphql.gateways import gateway_of
from tests.integration.search.engines import NAMES, opened_opensearch, opened_postgres
from tests.integration.search.hearing import hear_everything
from tests.integration.search.leaks.changes import WITHDRAWING, put_into_unit, something_changes
from tests.integration.search.leaks.keeping import Keeper, keeping
from tests.integration.search.leaks.marks import misspelt
from tests.integration.search.leaks.stage import EVERYWHERE, VIEWERS, Stage, texts
from tests.integration.search.leaks.staging import staged
from tests.world import World

_PATIENCE_SECONDS = 120  # a loaded machine is slow
_CLASSES: dict[str, type[Any]] = {"postgresql": PostgresEngine, "opensearch": OpenSearchEngine}


@dataclass(frozen=True, slots=True)
class Play:
    """The stage before one engine, and who keeps its index."""

    name: str
    stage: Stage
    keeper: Keeper

    async def look(self, chance: random.Random) -> None:
        """Somebody asks all that can be asked."""
        where = chance.choice(self.stage.institutions)
        viewer = chance.choice(VIEWERS)
        for text in texts(self.stage, where, chance):
            await self.stage.asked(where, viewer, text)


@pytest.fixture(scope="module", params=NAMES)
async def play(request: pytest.FixtureRequest, world: World) -> AsyncIterator[Play]:
    databases, name = world.databases, request.param
    if name == "postgresql":
        async with (
            opened_postgres(databases) as opened,
            gateway_of(world, databases, search_timeout=_PATIENCE_SECONDS) as searched,
            _played(name, searched, opened.engine) as made,
        ):
            yield made
        return
    url = request.getfixturevalue("opensearch_url")
    with own_indices(url) as prefix:
        chosen = {
            "search_engine": SearchEngine.OPENSEARCH,
            "opensearch_url": Secret(url),
            "opensearch_prefix": prefix,
        }
        async with (
            opened_opensearch(url, prefix, databases) as opened,
            gateway_of(world, databases, search_timeout=_PATIENCE_SECONDS, **chosen) as searched,
            _played(name, searched, opened.engine) as made,
        ):
            yield made


_PLAYS = iter(range(100))


@asynccontextmanager
async def _played(name: str, world: World, engine: Engine) -> AsyncIterator[Play]:
    await hear_everything(world.databases)  # what other tests did is none of this index's
    async with keeping(world, engine) as keeper:
        stage = await staged(world, f"leak-{next(_PLAYS)}", seed=7)
        await keeper.caught_up()
        yield Play(name, stage, keeper)


async def test_everybody_finds_what_is_theirs(play: Play) -> None:
    """The property is not held by finding nothing. Asked first: later all that somebody finds may be hidden."""
    await play.keeper.caught_up()
    for where in play.stage.institutions:
        for viewer in VIEWERS:
            seen = await play.stage.seen(where, viewer)
            found = await play.stage.found(where, viewer, EVERYWHERE)
            assert found, viewer
            assert found <= seen
            open_kinds = {row for row in seen if row[0] == "COURSE"} & found
            assert open_kinds, viewer


# What happened before stays: a smaller example would be another one.
@settings(
    deadline=None,
    max_examples=10,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 4))
async def test_whatever_happens_nothing_hidden_is_shown_or_counted(play: Play, seed: int, steps: int) -> None:
    chance = random.Random(seed)
    for _ in range(steps):
        await something_changes(play.stage, chance.choice(play.stage.institutions), chance)
        await play.look(chance)  # before the index has heard of it, or while it does
    await play.keeper.caught_up()
    await play.look(chance)


async def test_people_whose_course_left_a_unit_are_counted_by_its_readers_no_more(play: Play) -> None:
    """On a stage of its own: on the other one the course may be archived by now."""
    stage = await staged(play.stage.world, f"unit-{next(_PLAYS)}", seed=11)
    where = stage.institutions[1]
    await put_into_unit(stage, where, "faculty")
    await play.keeper.caught_up()
    assert ("USER", where.made.number("user:author")) in await stage.found(where, "reader", EVERYWHERE)
    async with play.keeper.standing_still():
        await put_into_unit(stage, where, "unit")
        await stage.asked(where, "reader", EVERYWHERE)
    await play.keeper.caught_up()
    await stage.asked(where, "reader", EVERYWHERE)


async def test_what_is_withdrawn_is_gone_before_the_index_hears_of_it(play: Play) -> None:
    """The worker stands still: the gateway knows by itself what changed since."""
    where = play.stage.institutions[0]
    await play.keeper.caught_up()
    chance = random.Random(5)
    async with play.keeper.standing_still():
        for change in WITHDRAWING:
            await change(play.stage, where, chance)
            viewer = chance.choice(VIEWERS)
            for text in texts(play.stage, where, chance):
                await play.stage.asked(where, viewer, text)
    await play.keeper.caught_up()


# What a wrong engine does. Each must be found out by the same looks as above.


def _of_everybody(play: Play, collection: Collection, audience: Audience) -> tuple[Collection, Audience]:
    """The filter by audience is gone."""
    tokens = {"public", "members", "catalog", "users"}
    return collection, Audience(frozenset(tokens))


def _of_the_other(play: Play, collection: Collection, audience: Audience) -> tuple[Collection, Audience]:
    """The filter by institution lets another one through."""
    if not isinstance(collection, Institution):
        return collection, audience
    one, other = (where.made.tenant for where in play.stage.institutions)
    tenants: dict[int, Tenant] = {one.id: other, other.id: one}
    return Institution(tenants.get(collection.tenant.id, collection.tenant)), audience


async def test_without_the_filter_by_audience_something_shows(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    await play.keeper.caught_up()
    _mutate(play, _of_everybody, monkeypatch)
    with pytest.raises(AssertionError):
        await _look_everywhere(play)


async def test_without_the_filter_by_institution_the_engine_shows_another_one_and_the_gateway_still_does_not(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    await play.keeper.caught_up()
    await _look_at_the_engine(play)
    _mutate(play, _of_the_other, monkeypatch)
    with pytest.raises(AssertionError):
        await _look_at_the_engine(play)
    await _look_everywhere(play)  # the rows are read again, and are not there


async def test_without_a_mutation_nothing_is_killed(play: Play) -> None:
    await play.keeper.caught_up()
    await _look_everywhere(play)


async def _look_everywhere(play: Play) -> None:
    chance = random.Random(3)
    for where, other in zip(play.stage.institutions, reversed(play.stage.institutions), strict=True):
        for mark in sorted(other.held["COURSE", other.made.number("course:1")]):
            await play.stage.asked(where, "student", misspelt(mark))
    for viewer in ("student", "reader", None):
        for where in play.stage.institutions:
            for text in texts(play.stage, where, chance):
                await play.stage.asked(where, viewer, text)


async def _look_at_the_engine(play: Play) -> None:
    """Whoever finds everything finds their institution's rows."""
    everybody = Audience(frozenset({"public", "members", "catalog", "users"}))
    for where in play.stage.institutions:
        rows = await play.stage.seen(where, "tenant_admin")
        collection = Institution(where.made.tenant)
        query = Query(EVERYWHERE, first=100, facets=(Facet.INSTITUTION,))
        answer = await play.keeper.engine.search(collection, query, everybody)
        found = {(hit.reference.kind.value.upper(), hit.reference.id) for hit in answer.hits}
        assert found
        assert found <= rows
        assert [one.value for one in answer.facets[Facet.INSTITUTION]] == [where.slug]


def _mutate(play: Play, mutant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one = _CLASSES[play.name]
    search, suggest = one.search, one.suggest

    async def searched(self: Engine, collection: Collection, query: Query, audience: Audience) -> Any:
        other, wider = mutant(play, collection, audience)
        return await search(self, other, query, wider)

    async def suggested(self: Engine, collection: Collection, prefix: Prefix, audience: Audience) -> Any:
        other, wider = mutant(play, collection, audience)
        return await suggest(self, other, prefix, wider)

    monkeypatch.setattr(one, "search", searched)
    monkeypatch.setattr(one, "suggest", suggested)

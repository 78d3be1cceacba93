"""Asks an engine what is new for saved searches, and as little of it as will do."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import orjson

from kernel.clock import Clock, system_clock
from kernel.errors import FediflowError
from search.engine import Engine, SearchUnavailable
from search.model import MOST_FIRST, Audience, Facet, Institution, Kind, Point, Query, Reference
from search.readers.arguments import kept, query_of
from search.readers.due import Indexed
from search.readers.looks import Look, Saved, failed, look, unasked
from search.readers.tuning import tuning
from tenants.directory import Directory
from tenants.door import Door
from tenants.model import Tenant

_AT_ONCE = 4  # people whose searches are asked at one time
CONNECTIONS = _AT_ONCE
"""Of the pool of each shard, where the engine is in the same database."""

PlaceOf = Callable[[str], Awaitable[Point | None]]
"""Where the institution of a slug is."""


def places(directory: Directory) -> PlaceOf:
    """As the directory says it."""

    async def find(slug: str) -> Point | None:
        tenant = await directory.by_slug(slug)
        if tenant is None or tenant.latitude is None or tenant.longitude is None:
            return None
        return Point(tenant.latitude, tenant.longitude)

    return find


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose searches are due."""

    user_id: int
    is_active: bool
    language: str | None
    searches: tuple[Saved, ...]
    audience: Audience


class Asking:
    """Looks for what is new to people of an institution. `place_of` says where institutions are."""

    def __init__(self, door: Door, place_of: PlaceOf, engine: Engine, *, clock: Clock = system_clock) -> None:
        self._door = door
        self._place_of = place_of
        self._engine = engine
        self._clock = clock

    async def look_at(
        self, tenant: Tenant, people: Sequence[Person], indexed: Indexed, without: frozenset[Reference]
    ) -> dict[int, list[Look]]:
        """What is new for each of these people, `without` what the index has not heard of."""
        fresh = await self._fresh(tenant, people)
        barren = await self._barren(tenant, people, fresh)
        slots = asyncio.Semaphore(_AT_ONCE)

        async def at(person: Person) -> list[Look]:
            async with slots:
                return [
                    unasked(one, indexed)
                    if _question(person, one) in barren
                    else await self._look(tenant, person, one, fresh, indexed, without)
                    for one in person.searches
                ]

        try:
            async with asyncio.TaskGroup() as group:
                tasks = {person.user_id: group.create_task(at(person)) for person in people}
        except ExceptionGroup as trouble:
            raise trouble.exceptions[0] from trouble  # the first says it: the others were ended for it
        return {user_id: task.result() for user_id, task in tasks.items()}

    async def _fresh(self, tenant: Tenant, people: Sequence[Person]) -> frozenset[Kind]:
        """Of which kinds anything appeared that any of them may find: nobody is asked about the others."""
        since = min(one.looked_to for person in people for one in person.searches)
        everybody = Audience(frozenset().union(*(person.audience.tokens for person in people)))
        query = Query(appeared_after=since, facets=(Facet.KIND,), first=1)
        answer = await self._engine.search(Institution(tenant), query, everybody)
        if not answer.total:
            return frozenset()
        counted = frozenset(Kind(one.value) for one in answer.facets.get(Facet.KIND, ()))
        return counted or frozenset(Kind)

    async def _barren(
        self, tenant: Tenant, people: Sequence[Person], fresh: frozenset[Kind]
    ) -> frozenset[bytes]:
        """What several of them ask, and nothing new answers to any of them: they are not asked for one by one."""
        askers: dict[bytes, list[tuple[Person, Saved]]] = {}
        for person in people:
            for one in person.searches:
                if one.arguments is not None and fresh.intersection(one.arguments.kinds or fresh):
                    askers.setdefault(_question(person, one), []).append((person, one))
        found: set[bytes] = set()
        for question, those in askers.items():
            if len(those) > 1:
                person, saved = min(those, key=lambda asked: asked[1].looked_to)
                query = await self._query(tenant, person, saved)
                everybody = Audience(frozenset().union(*(one.audience.tokens for one, _ in those)))
                if query is not None:
                    answer = await self._engine.search(
                        Institution(tenant), replace(query, first=1), everybody
                    )
                    found.update(() if answer.total else (question,))
        return frozenset(found)

    async def _look(
        self,
        tenant: Tenant,
        person: Person,
        saved: Saved,
        fresh: frozenset[Kind],
        indexed: Indexed,
        without: frozenset[Reference],
    ) -> Look:
        if saved.arguments is None:
            return failed(saved, saved.problem or "")
        if not fresh.intersection(saved.arguments.kinds or fresh):
            return unasked(saved, indexed)
        try:
            query = await self._query(tenant, person, saved)
            if query is None:
                return failed(saved, f"nobody knows where the institution {saved.arguments.near!r} is")
            query = replace(query, without=without)
            answer = await self._engine.search(Institution(tenant), query, person.audience)
            return look(saved, answer, indexed)
        except SearchUnavailable:
            raise
        except FediflowError as error:
            return failed(saved, error.message)

    async def _query(self, tenant: Tenant, person: Person, saved: Saved) -> Query | None:
        """What the engine is asked; None where it is about a place that nobody knows."""
        assert saved.arguments is not None
        near = saved.arguments.near
        point = await self._place_of(near) if isinstance(near, str) else near
        if near is not None and point is None:
            return None
        query = query_of(
            saved.arguments,
            tenant=tenant,
            near=point,
            reader=person.language,
            appeared_after=saved.looked_to,
            first=MOST_FIRST,
        )
        return await self._tuned(tenant, query)

    async def _tuned(self, tenant: Tenant, query: Query) -> Query:
        if not query.text:
            return query
        today = tenant.day_of(self._clock())
        async with self._door.read(tenant) as driver:
            tuned = await tuning(driver, tenant.id, query.text, today=today, languages=query.languages)
        return replace(query, synonyms=tuned.synonyms)


def _question(person: Person, saved: Saved) -> bytes:
    """Equal for all who are asked for alike, but for what they may find and since when."""
    asked = kept(saved.arguments) if saved.arguments is not None else saved.id
    return orjson.dumps([person.language, asked], option=orjson.OPT_SORT_KEYS)

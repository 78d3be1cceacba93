"""An institution whose rows change as in a busy week of enrolment: many enrol, some courses are renamed, some are new."""

import asyncio
import json
import time
from collections.abc import Iterable
from itertools import islice
from random import Random
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.search_corpus import code_of, document
from search.tables.index import tenant_tables
from tenants.door import driver_of
from tenants.model import Tenant

# The changes of one step: two events of each who enrols, one of each of the others.
_ENROL, _RENAME, _NEW = 11, 2, 1
STEP = 2 * _ENROL + _RENAME + _NEW
_BATCH = 2_000
_OFFERING, _USER, _ENROLLMENT = 10**7, 2 * 10**7, 3 * 10**7  # numbers of rows begin here

_STRUCTURE = """
insert into fediflow.org_units (tenant_id, id, code, name, kind, created_at, updated_at)
values ($1, 1, 'UNI', '{"en": "University"}', 'university', now(), now());
insert into fediflow.academic_sessions (tenant_id, id, code, title, kind, starts_on, ends_on, created_at, updated_at)
values ($1, 1, 'T', '{"en": "Term"}', 'semester', current_date, current_date + 120, now(), now())"""
_COURSES = """
insert into fediflow.courses (tenant_id, id, org_unit_id, code, title, description, sort_title, visibility, created_at, updated_at)
select $1, made.id::bigint, 1, made.code, made.title::jsonb, nullif(made.description, '{}')::jsonb, made.code,
       case when made.id::bigint % 3 = 0 then 'federation' else 'tenant' end, now(), now()
from unnest($2::text[], $3::text[], $4::text[], $5::text[]) made (id, code, title, description)"""
_OFFERINGS = f"""
insert into fediflow.offerings (tenant_id, id, course_id, academic_session_id, code, state, effective_starts_on,
                                effective_ends_on, created_at, updated_at)
select $1, {_OFFERING} + id, id, 1, code, 'published', current_date, current_date + 120, now(), now()
from fediflow.courses where tenant_id = $1;
insert into fediflow.offering_seats (tenant_id, offering_id, capacity, taken)
select $1, id, 200, id * 7919 % 90 from fediflow.offerings where tenant_id = $1;
insert into fediflow.users (tenant_id, id, handle, given_name, family_name, display_name, created_at, updated_at)
select $1, {_USER} + n, 'p' || n, 'Given' || n, 'Family' || n, 'Given' || n || ' Family' || n, now(), now()
from generate_series(1, $2) n"""
_TOLD = "insert into fediflow.outbox (tenant_id, event, object_type, object_id, payload)"
_ENTER = f"""
with given as (
  select g.id::bigint as id, g.offering_id::bigint as offering_id, g.user_id::bigint as user_id
  from unnest($2::text[], $3::text[], $4::text[]) g (id, offering_id, user_id)
), entered as (
  insert into fediflow.enrollments (tenant_id, id, offering_id, user_id, role, state, state_changed_at, created_at, updated_at)
  select $1, id, offering_id, user_id, 'student', 'active', now(), now(), now() from given
), seated as (
  update fediflow.offering_seats s set taken = s.taken + 1 from given
  where s.tenant_id = $1 and s.offering_id = given.offering_id
  returning s.offering_id, s.capacity, s.taken
)
{_TOLD}
select $1, 'enrollment.changed', 'enrollment', id,
       jsonb_build_object('offering_id', offering_id, 'user_id', user_id, 'from_state', null, 'to_state', 'active')
from given
union all
select $1, 'offering.seats_changed', 'offering', offering_id,
       jsonb_build_object('capacity', capacity, 'taken', taken, 'waitlisted', 0,
                          'was', jsonb_build_object('capacity', capacity, 'taken', taken - 1))
from seated"""
_RENAMED = f"""
with renamed as (
  update fediflow.courses set title = made.title::jsonb from unnest($2::text[], $3::text[]) made (id, title)
  where tenant_id = $1 and courses.id = made.id::bigint returning courses.id
)
{_TOLD} select $1, 'course.updated', 'course', id, '{{"changed": ["title"]}}' from renamed"""
_MADE = f"{_TOLD} select $1, 'course.created', 'course', made.id::bigint, '{{}}' from unnest($2::text[]) made (id)"
# Not the enrolments: there are none yet, and PostgreSQL leaves alone what is empty.
_ANALYZED = ("courses", "offerings", "offering_seats", "users")


class Changing:
    """Writes rows and events past row-level security; `size` is how many courses, offerings and people there are at first."""

    def __init__(self, connection: "asyncpg.Connection[Any]", tenant: Tenant, size: int) -> None:
        self._connection = connection
        self._tenant = int(tenant.id)
        self._size = size
        self._courses = 0
        self._enrolled: set[tuple[int, int]] = set()
        self._random = Random(4)

    async def fill(self) -> None:
        """All rows that there are at first, without events."""
        # what is measured is not how rows come to be
        await self._connection.execute("set session_replication_role = replica")
        for statement in _STRUCTURE.split(";"):
            await self._connection.execute(statement, self._tenant)
        while self._courses < self._size:
            await self._make_courses(min(_BATCH, self._size - self._courses))
        *seated, people = _OFFERINGS.split(";")
        for statement in seated:
            await self._connection.execute(statement, self._tenant)
        await self._connection.execute(people, self._tenant, self._size)
        await self.analyze()

    async def analyze(self) -> None:
        """What PostgreSQL does by itself within a minute."""
        await analyze(self._connection, (*_ANALYZED, *(table.name for table in tenant_tables)))

    async def change(self, rate: int, seconds: float) -> int:
        """So many events a second for that long; how many that were. Raises `TimeoutError` where they cannot be made."""
        steps, began = round(rate * seconds / STEP), time.perf_counter()
        async with asyncio.timeout(2 * seconds + 10):
            for step in range(steps):
                await asyncio.sleep(began + step * STEP / rate - time.perf_counter())
                await self._step()
        return steps * STEP

    async def heap(self, count: int) -> int:
        """About so many events at once; how many that were."""
        async with self._connection.transaction():
            for _ in range(count // STEP):
                await self._step()
        return count // STEP * STEP

    async def _step(self) -> None:
        async with self._connection.transaction():
            pairs = self._pairs()
            ids = [_ENROLLMENT + len(self._enrolled) - place for place in range(len(pairs))]
            await self._run(
                _ENTER, ids, [_OFFERING + one for one, _ in pairs], [_USER + one for _, one in pairs]
            )
            renamed = self._random.sample(range(1, self._size + 1), _RENAME)
            await self._run(_RENAMED, renamed, [_titles(one, self._random) for one in renamed])
            await self._run(_MADE, await self._make_courses(_NEW))

    def _pairs(self) -> list[tuple[int, int]]:
        """Offerings, each once and the first ones more often, and who enrols in them."""
        pairs: dict[int, int] = {}
        while len(pairs) < _ENROL:
            offering = 1 + int(self._size * self._random.random() ** 2)
            user = self._random.randint(1, self._size)
            if offering not in pairs and (offering, user) not in self._enrolled:
                pairs[offering] = user
        self._enrolled.update(pairs.items())
        return list(pairs.items())

    async def _make_courses(self, count: int) -> list[int]:
        numbers = list(range(self._courses + 1, self._courses + count + 1))
        self._courses += count
        documents = [document(number) for number in numbers]
        texts = [json.dumps(dict(one.texts), ensure_ascii=False) for one in documents]
        titles = [json.dumps(dict(one.titles), ensure_ascii=False) for one in documents]
        await self._run(_COURSES, numbers, [code_of(one) for one in numbers], titles, texts)
        return numbers

    async def _run(self, statement: str, *columns: list[Any]) -> None:
        await self._connection.execute(
            statement, self._tenant, *([str(one) for one in column] for column in columns)
        )


async def analyze(connection: "asyncpg.Connection[Any]", tables: Iterable[str]) -> None:
    """Tells the planner what is in the tables."""
    for table in tables:
        await connection.execute(f"analyze fediflow.{table}")


def _titles(number: int, random: Random) -> str:
    """Another title of a course, with a word of another's."""
    given = dict(document(number).titles)
    other = dict(document(random.randint(1, 10_000)).titles)
    words = [text.split()[0] for text in islice(other.values(), 1)]
    return json.dumps({tag: f"{text} {words[0]}" for tag, text in given.items()}, ensure_ascii=False)


async def unnumbered(engine: AsyncEngine) -> bool:
    """Whether events of a shard have no position yet."""
    async with engine.connect() as connection:
        found = await driver_of(connection).fetchval(
            "select exists (select from fediflow.outbox where position is null)"
        )
    return bool(found)

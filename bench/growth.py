"""Institutions of any size and number, made in bulk: what the curves are measured over.

Ids are small and follow one another, every course is public, and its code says its number: whoever asks knows the answer.
Rows are there once; another run on the same installation finds them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.stand import Stand, Tell
from fediflow.processes.machine import DIRECTORY

COURSES = (10_000, 100_000, 1_000_000)  # in one tenant each
TENANTS = (10, 1_000, 10_000)
COURSES_OF_EACH = 50
_FIRST = 9_000_000_000  # no other tenant has such a number
_TENANTS = """
insert into fediflow.tenants (id, slug, name, shard_id, region, time_zone, languages, created_at, updated_at)
select $1 + n, $2 || n, name, shard_id, region, time_zone, languages, now(), now()
from fediflow.tenants, generate_series(0, $3::bigint - 1) n where slug = $4
on conflict do nothing"""
_UNITS = """
insert into fediflow.org_units (tenant_id, id, code, name, kind, created_at, updated_at)
select $1 + n, 1, 'UNI', '{"en": "University"}', 'university', now(), now()
from generate_series(0, $2::bigint - 1) n"""
_COURSES = """
insert into fediflow.courses
  (tenant_id, id, org_unit_id, code, title, sort_title, teaching_languages, visibility, created_at, updated_at)
select $1 + tenant, n, 1, 'C' || lpad(n::text, 8, '0'), jsonb_build_object('en', 'Course ' || n), 'Course ' || n,
  '{en}', 'public', now(), now()
from generate_series(0, $2::bigint - 1) tenant, generate_series(1, $3::bigint) n"""


@dataclass(frozen=True, slots=True)
class Grown:
    """Tenants with the same number of courses each."""

    slugs: Sequence[str]
    courses: int


async def grown(stand: Stand, tell: Tell) -> tuple[list[Grown], list[Grown]]:
    """One tenant for each of `COURSES`, and for each of `TENANTS` so many; those are each other's first ones."""
    big = [
        await _made(stand, tell, f"curve-courses-{count}-", _FIRST + place, 1, count)
        for place, count in enumerate(COURSES)
    ]
    many = await _made(stand, tell, "curve-tenant-", _FIRST + 100, TENANTS[-1], COURSES_OF_EACH)
    async with stand.administrator() as connection:
        tell("vacuum")
        for table in ("courses", "org_units"):
            await connection.execute(f"vacuum (analyze) fediflow.{table}", timeout=600)
    return big, [Grown(many.slugs[:count], COURSES_OF_EACH) for count in TENANTS]


def code_of(number: int) -> str:
    """The code of a tenant's n-th course."""
    return f"C{number:08}"


async def _made(stand: Stand, tell: Tell, slug: str, first: int, tenants: int, courses: int) -> Grown:
    found = Grown([f"{slug}{number}" for number in range(tenants)], courses)
    async with stand.administrator() as connection:
        if not await _is_there(connection, first):
            tell(f"making {tenants:,} tenants of {courses:,} courses")
            async with connection.transaction():
                # a foreign key's check for each of a million rows would take longer than the rows
                await connection.execute("set local session_replication_role = replica")
                await connection.execute(_UNITS, first, tenants)
                await connection.execute(_COURSES, first, tenants, courses, timeout=600)
    async with stand.administrator(DIRECTORY) as connection:
        await connection.execute(_TENANTS, first, slug, tenants, stand.tenant)
    return found


async def _is_there(connection: Any, tenant_id: int) -> bool:
    return bool(
        await connection.fetchval("select true from fediflow.org_units where tenant_id = $1", tenant_id)
    )

"""Offerings and people of the bench's own, so that every enrolment can be of a pair that was never there before.

Their ids follow one another: pgbench, which only counts, can name them.
"""

import time
from dataclasses import dataclass
from typing import Any

from bench.stand import Stand
from kernel.ids import EPOCH_MS, NODE_BITS, SEQUENCE_BITS

PEOPLE = 4_000
OFFERINGS = 64  # of each taker: more than there are connections, so that few wait for the same seat row
_TAKERS = 3

_PEOPLE = """
insert into fediflow.users (tenant_id, id, handle, given_name, family_name, display_name, created_at, updated_at)
select $1, $2 + n, 'bench-' || $2 + n, 'Bench', 'Person ' || n, 'Bench Person ' || n, now(), now()
from generate_series(0, $3::bigint - 1) n"""
_OFFERINGS = """
insert into fediflow.offerings
  (tenant_id, id, course_id, academic_session_id, code, state,
   effective_starts_on, effective_ends_on, created_at, updated_at)
select $1, $2 + n, course.id, session.id, 'BENCH-' || $2 + n, 'published',
  current_date - 30, current_date + 90, now(), now()
from generate_series(0, $3::bigint - 1) n,
  (select id from fediflow.courses where tenant_id = $1 order by code limit 1) course,
  (select id from fediflow.academic_sessions where tenant_id = $1 order by starts_on desc limit 1) session"""
_SEATS = """
insert into fediflow.offering_seats (tenant_id, offering_id, taken)
select $1, $2 + n, $4 from generate_series(0, $3::bigint - 1) n"""
_ENTERED = """
select count(*), max(id) from fediflow.enrollments
where tenant_id = $1 and offering_id between $2 and $3 and state = 'active'"""


@dataclass(frozen=True, slots=True)
class Places:
    """The offerings of one taker. Pair n is person `n / OFFERINGS` in offering `n % OFFERINGS`."""

    tenant_id: int
    first_offering: int
    first_person: int

    def pair(self, number: int) -> dict[str, str]:
        """A pair as GraphQL names it."""
        return {
            "offering": f"offering_{self.first_offering + number % OFFERINGS}",
            "person": f"user_{self.first_person + number // OFFERINGS}",
        }

    async def entered(self, connection: Any) -> tuple[int, int]:
        """How many are in, and the highest id of their enrollments (0 where nobody is)."""
        last = self.first_offering + OFFERINGS - 1
        count, highest = await connection.fetchrow(_ENTERED, self.tenant_id, self.first_offering, last)
        return count, highest or 0


async def make_places(stand: Stand, connection: Any, *, taken: int) -> list[Places]:
    """New people and, for each taker, new offerings with endless seats of which so many count as taken."""
    first = (int(time.time() * 1000) - EPOCH_MS) << (NODE_BITS + SEQUENCE_BITS)
    tenant = await stand.tenant_id()
    async with connection.transaction():
        await connection.execute(_PEOPLE, tenant, first, PEOPLE)
        await connection.execute(_OFFERINGS, tenant, first, _TAKERS * OFFERINGS)
        await connection.execute(_SEATS, tenant, first, _TAKERS * OFFERINGS, taken)
    for table in ("users", "offerings", "offering_seats"):
        await connection.execute(f"analyze fediflow.{table}")
    return [Places(tenant, first + taker * OFFERINGS, first) for taker in range(_TAKERS)]

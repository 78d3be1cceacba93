"""Reading a tenant's news: what the outbox tells of it after a position, for those who listen.

The text is for a reader of one tenant's rows under row-level security. A look goes over a bounded number of positions,
since those of all tenants of the shard are numbered together: who is far behind looks several times.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

LOOK = 20_000  # positions in one look: some 20 ms where none of them is the tenant's

NEWS = f"""
select json_build_object('clock', c.position, 'upto', c.upto, 'events', coalesce((
  select json_agg(json_build_array(e.position, e.event, e.object_id, e.payload, e.at) order by e.position)
  from (
    select o.position, o.event, o.object_id, o.payload, extract(epoch from o.created_at) as at
    from fediflow.outbox o
    where o.tenant_id = $1::bigint and o.position > $2::bigint and o.position <= c.upto
      and o.event = any($3::text[])
    order by o.position limit $4::bigint
  ) e), '[]'::json))::text
from (select position, least(position, $2::bigint + {LOOK}) as upto from fediflow.outbox_clock) c
"""

CLOCK = "select position::text from fediflow.outbox_clock"


@dataclass(frozen=True, slots=True)
class Told:
    """One row of the outbox as a listener needs it; `at` is when it was written, in seconds since 1970."""

    position: int
    event: str
    object_id: int
    payload: dict[str, Any]
    at: float


@dataclass(frozen=True, slots=True)
class News:
    """What one look found: rows in order, how far it saw, and the last position that the shard has given out."""

    told: tuple[Told, ...]
    upto: int
    clock: int

    @property
    def is_all(self) -> bool:
        """Whether there was no more when it looked."""
        return self.upto >= self.clock


def news_parameters(tenant_id: int, after: int, events: Sequence[str], limit: int) -> list[object]:
    """What binds `NEWS`."""
    return [tenant_id, after, list(events), limit]


def read_news(text: bytes, limit: int) -> News:
    """What the text that `NEWS` yields says. A look that was cut by `limit` saw as far as its last row."""
    found = orjson.loads(text)
    told = tuple(Told(*row) for row in found["events"])
    upto = told[-1].position if len(told) >= limit else found["upto"]
    return News(told, upto, found["clock"])

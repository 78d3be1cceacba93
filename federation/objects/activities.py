"""Activities of ours as they were sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from federation.objects.asking import Asking, ask
from federation.objects.posts import NOBODY, OPEN
from federation.protocol.writing import Document
from federation.tables.actors import SHOWS_LIKES
from kernel.tables import SCHEMA
from tenants.model import Tenant

# What holds a post whole, and so leaves with it.
_HOLDING = ("Create", "Update")


@dataclass(frozen=True, slots=True)
class FoundActivity:
    """An activity of an actor of ours that is there and not suspended."""

    document: Document
    actor_id: int
    recorded_at: datetime
    type: str
    visibility: str
    post_id: int | None

    @property
    def is_open(self) -> bool:
        """Whether everybody may see it."""
        return self.visibility in OPEN

    @property
    def holds_post(self) -> bool:
        """Whether the post stands in it."""
        return self.type in _HOLDING


async def find_activity(
    asking: Asking, tenant: Tenant, activity_id: int, viewer: int = NOBODY
) -> FoundActivity | None:
    """An activity of ours by its id. A like of who does not show what they like is there for the post's author alone."""
    (found,) = await ask(asking, tenant, (_ACTIVITY, (tenant.id, activity_id, viewer)))
    return None if found is None else _activity(found)


def _activity(found: Mapping[str, Any]) -> FoundActivity:
    post_id = found["post_id"]
    return FoundActivity(
        orjson.loads(found["document"]),
        int(found["actor_id"]),
        datetime.fromisoformat(found["recorded_at"]),
        found["type"],
        found["visibility"],
        int(post_id) if post_id is not None else None,
    )


_ACTIVITY = f"""
select json_build_object('document', v.document, 'actor_id', v.actor_id::text, 'recorded_at', v.created_at,
  'type', v.type, 'visibility', v.visibility, 'post_id', v.post_id::text)::text
from {SCHEMA}.activities v
join {SCHEMA}.actors a on a.tenant_id = $1 and a.id = v.actor_id
where v.tenant_id = $1::bigint and v.id = $2::bigint and v.is_local and v.visibility <> 'tenant'
  and a.is_local and a.status not in ('gone', 'withdrawn') and a.restriction <> 'suspended'
  and (
    (v.type <> 'Like' and coalesce(v.object_type, '') <> 'Like')
    or a.user_id is null or '{SHOWS_LIKES}' = any(a.exposed)
    or exists (
      select from {SCHEMA}.posts p where p.tenant_id = $1 and p.id = v.post_id and p.actor_id = $3::bigint
    )
  )
"""

"""An actor of ours with what its document needs: names in languages, published keys, and whether it is shown at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from federation.actors.key_storing import PublishedKeys, published
from federation.actors.rows import ActorRow, actor_row
from kernel.database.wire.client import Statement
from kernel.tables import SCHEMA
from tenants.door import Transaction
from tenants.model import Tenant

_MOMENTS = ("created_at", "updated_at")


@dataclass(frozen=True, slots=True)
class ShownActor:
    """`is_shown`: it is active and not suspended, and its person, course or unit may be seen by everybody."""

    row: ActorRow
    keys: PublishedKeys
    names: Mapping[str, str] | None  # by language, of courses and units; None: `row.display_name`
    description: Mapping[str, str] | None  # plain text by language, of courses
    is_shown: bool
    is_gone: bool
    course: Mapping[str, Any] | None  # code, credits and such, of a course's group

    @property
    def has_keys(self) -> bool:
        """Whether its keys were made already."""
        return self.keys.pem is not None


def by_id(tenant: Tenant, actor_id: int) -> Statement:
    """Asks for an actor of ours by its id."""
    return f"{_SELECT} and a.id = $2::bigint", (tenant.id, actor_id)


def by_address(tenant: Tenant, address: str) -> Statement:
    """Asks for one by its address."""
    return f"{_SELECT} and a.address = $2::text", (tenant.id, address)


def by_username(tenant: Tenant, username_key: str, hosts: list[str]) -> Statement:
    """Asks for one by its username, under any of the institution's hosts."""
    sql = f"{_SELECT} and a.username_key = $2::text and a.host = any($3::text[]) order by a.id limit 1"
    return sql, (tenant.id, username_key, hosts)


def by_course(tenant: Tenant, course_id: int) -> Statement:
    """Asks for the group of a course."""
    return f"{_SELECT} and a.course_id = $2::bigint", (tenant.id, course_id)


def by_org_unit(tenant: Tenant, org_unit_id: int) -> Statement:
    """Asks for the group of an org unit."""
    return f"{_SELECT} and a.org_unit_id = $2::bigint", (tenant.id, org_unit_id)


def shown_actor(found: Mapping[str, Any] | None) -> ShownActor | None:
    """The actor of what one of these statements gave."""
    if found is None:
        return None
    row = actor_of_json(found["actor"])
    course, unit = found["course"], found["unit"]
    is_gone = row.status == "gone" or found["user_status"] == "deleted"
    is_shown = not is_gone and row.restriction != "suspended" and _owner_is_shown(row, found)
    names = course["title"] if course else unit["name"] if unit else None
    return ShownActor(
        row,
        published(found["keys"], row.address),
        names,
        course["description"] if course else None,
        is_shown,
        is_gone,
        course,
    )


def actor_of_json(given: Mapping[str, Any]) -> ActorRow:
    """An actor of its row as PostgreSQL's `row_to_json` writes it."""
    return actor_row({**given, **{name: datetime.fromisoformat(given[name]) for name in _MOMENTS}})


async def shown_in(tx: Transaction, actor_id: int) -> ShownActor:
    """The same inside a transaction, for an actor of ours that is there."""
    sql, values = by_id(tx.tenant, actor_id)
    text = await tx.driver.fetchval(sql, *values)
    assert text is not None
    shown = shown_actor(orjson.loads(text))
    assert shown is not None
    return shown


def _owner_is_shown(row: ActorRow, found: Mapping[str, Any]) -> bool:
    if row.user_id is not None:
        return bool(found["user_status"] == "active")
    if row.course_id is not None:
        return bool(found["course"]["visibility"] == "public")
    if row.org_unit_id is not None:
        return bool(found["unit"]["status"] == "active")
    return row.is_institution


_SELECT = f"""
select json_build_object(
  'actor', row_to_json(a),
  'keys', (
    select coalesce(json_agg(json_build_object('algorithm', k.algorithm, 'fragment', k.fragment,
      'public_key', k.public_key, 'signs_for', extract(epoch from k.signs_until - now()))
      order by k.signs_until, k.id), '[]')
    from {SCHEMA}.actor_keys k
    where k.tenant_id = $1 and k.actor_id = a.id and (k.published_until is null or k.published_until > now())
  ),
  'user_status', u.status,
  'course', case when c.id is not null then json_build_object('id', c.id::text, 'code', c.code, 'title', c.title,
    'description', c.description, 'visibility', c.visibility, 'teaching_languages', c.teaching_languages,
    'credits', c.credits, 'status', c.status) end,
  'unit', case when o.id is not null then json_build_object('id', o.id::text, 'code', o.code, 'name', o.name,
    'status', o.status) end
)::text
from {SCHEMA}.actors a
left join {SCHEMA}.users u on u.tenant_id = $1 and u.id = a.user_id
left join {SCHEMA}.courses c on c.tenant_id = $1 and c.id = a.course_id
left join {SCHEMA}.org_units o on o.tenant_id = $1 and o.id = a.org_unit_id
where a.tenant_id = $1::bigint and a.is_local
"""

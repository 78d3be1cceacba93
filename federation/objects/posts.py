"""Posts of ours as documents, and who may fetch them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from federation.actors.rows import ActorRow
from federation.actors.shown import actor_of_json
from federation.objects.asking import Asking, ask
from federation.posts.documents import Addressed, StoredPost, post_document
from federation.protocol.addresses import Addresses
from federation.protocol.model import Tombstone
from federation.protocol.writing import Document, write_tombstone
from kernel.database.wire.client import Statement
from kernel.tables import SCHEMA
from tenants.model import Tenant

NOBODY = 0
"""The viewer of a request that is not signed: the id of no actor."""

OPEN = ("public", "unlisted")
_MOMENTS = ("published_at", "edited_at", "created_at", "updated_at")
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FoundPost:
    """A post with what its document and page need; `is_shown` to the viewer it was asked for."""

    id: int
    stored: StoredPost
    is_shown: bool
    is_gone: bool  # deleted, and everybody could see it before

    @property
    def row(self) -> Mapping[str, Any]:
        """The columns of `posts`."""
        return self.stored.row

    @property
    def author(self) -> ActorRow:
        """Whose it is."""
        return self.stored.author

    @property
    def is_open(self) -> bool:
        """Whether everybody may see it, so that it may be kept by caches."""
        return self.row["visibility"] in OPEN


async def find_posts(
    asking: Asking, tenant: Tenant, ids: Sequence[int], viewer: int = NOBODY
) -> dict[int, FoundPost]:
    """Those of these posts that are here, by id, seen as the actor `viewer` sees them."""
    if not ids:
        return {}
    (found,) = await ask(asking, tenant, posts_statement(tenant, ids, viewer))
    return {post.id: post for post in map(found_post, found)}


def posts_statement(tenant: Tenant, ids: Sequence[int], viewer: int) -> Statement:
    """Asks for the facts of some posts, as a JSON list."""
    return _POSTS, (tenant.id, [str(one) for one in ids], viewer)


def found_post(facts: Facts) -> FoundPost:
    """A post of what the statement gave."""
    row = {**facts["post"], **{name: _moment(facts["post"][name]) for name in _MOMENTS}}
    author = actor_of_json(facts["author"])
    addressed = [
        Addressed(int(one["id"]), one["address"], one["handle"], one["is_named"], one["is_local"])
        for one in facts["mentions"]
    ]
    stored = StoredPost(row, author, addressed, dict(facts["hashtags"] or {}), facts["group_address"])
    is_gone = row["state"] == "deleted" or author.status == "gone"
    is_hidden = is_gone or facts["is_held"] or not _is_shown(author)
    return FoundPost(
        int(row["id"]), stored, not is_hidden and _may_see(facts), is_gone and row["visibility"] in OPEN
    )


def document_of(post: FoundPost, here: Addresses) -> Document:
    """The document of a post of ours."""
    return post_document(post.stored, here)


def post_tombstone(post: FoundPost) -> Document:
    """What is left of a deleted one."""
    row = post.row
    return write_tombstone(Tombstone(row["address"], row["kind"].capitalize(), row["updated_at"]))


def _may_see(facts: Facts) -> bool:
    if facts["is_blocked"]:
        return False
    visibility = facts["post"]["visibility"]
    if visibility in OPEN or bool(facts["is_author"]):
        return bool(visibility != "tenant")
    if visibility == "followers":
        return bool(facts["follows"] or facts["is_mentioned"])
    return bool(visibility == "direct" and facts["is_mentioned"])


def _is_shown(author: ActorRow) -> bool:
    return author.restriction != "suspended" and author.status != "withdrawn"


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


_POSTS = f"""
select coalesce(json_agg(json_build_object(
  'post', row_to_json(p),
  'author', row_to_json(a),
  'group_address', (select g.address from {SCHEMA}.actors g where g.tenant_id = $1 and g.id = p.group_id),
  'mentions', (
    select coalesce(json_agg(json_build_object('id', m.id::text, 'address', m.address,
      'handle', '@' || m.preferred_username || '@' || m.host, 'is_named', n.is_named, 'is_local', m.is_local)
      order by m.id), '[]')
    from {SCHEMA}.post_mentions n
    join {SCHEMA}.actors m on m.tenant_id = $1 and m.id = n.actor_id
    where n.tenant_id = $1 and n.post_id = p.id
  ),
  'hashtags', (
    select json_object_agg(h.tag, h.spelling order by h.tag)
    from {SCHEMA}.post_hashtags h where h.tenant_id = $1 and h.post_id = p.id
  ),
  'is_held', exists (select from {SCHEMA}.held_posts h where h.tenant_id = $1 and h.post_id = p.id),
  'is_author', p.actor_id = $3::bigint,
  'is_mentioned', exists (
    select from {SCHEMA}.post_mentions n where n.tenant_id = $1 and n.post_id = p.id and n.actor_id = $3::bigint
  ),
  'follows', exists (
    select from {SCHEMA}.follows f
    where f.tenant_id = $1 and f.follower_id = $3::bigint and f.followed_id = p.actor_id and f.state = 'accepted'
  ),
  'is_blocked', exists (
    select from {SCHEMA}.blocks b
    where b.tenant_id = $1 and b.actor_id = p.actor_id and b.blocked_id = $3::bigint
  )
) order by p.id desc), '[]')::text
from {SCHEMA}.posts p
join {SCHEMA}.actors a on a.tenant_id = $1 and a.id = p.actor_id
where p.tenant_id = $1::bigint and p.id = any($2::text[]::bigint[])
"""

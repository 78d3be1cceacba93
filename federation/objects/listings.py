"""What is in the collections of actors and posts: the statements that count and list it."""

from dataclasses import dataclass

from federation.objects.posts import OPEN
from federation.protocol.addresses import Collection, PostCollection
from federation.tables.actors import SHOWS_FOLLOWS
from kernel.tables import SCHEMA

PAGE = 20
NEWEST = 2**63 - 1
OLDEST = 0


@dataclass(frozen=True, slots=True)
class Listing:
    """A collection's SQL. Both take tenant and owner as $1 and $2; `rows` gives (id, item) beyond the cursor $3.

    Without `total` the number is not told.
    """

    total: str | None
    rows: str
    is_oldest_first: bool = False

    @property
    def total_statement(self) -> str:
        """Gives the number of items, where it is told."""
        return f"select ({self.total})::text"

    @property
    def page_statement(self) -> str:
        """Gives the items of a page, and one more where there is another page."""
        order = "asc" if self.is_oldest_first else "desc"
        return (
            "select coalesce(json_agg(json_build_object('id', x.id::text, 'item', x.item) "
            f"order by x.id {order}), '[]')::text from ({self.rows} order by 1 {order} limit {PAGE + 1}) x(id, item)"
        )


_OPEN = "('" + "', '".join(OPEN) + "')"
_NOT_HELD = f"not exists (select from {SCHEMA}.held_posts h where h.tenant_id = $1 and h.post_id = p.id)"
_STANDS = f"""exists (select from {SCHEMA}.actors w where w.tenant_id = $1 and w.id = p.actor_id
  and w.restriction <> 'suspended' and w.status not in ('gone', 'withdrawn'))"""
_OWN_POSTS = f"""from {SCHEMA}.posts p where p.tenant_id = $1::bigint and p.actor_id = $2::bigint
  and p.visibility in {_OPEN} and p.state = 'published' and {_NOT_HELD}"""
_OWN_ANNOUNCES = f"""from {SCHEMA}.announces s join {SCHEMA}.posts p on p.tenant_id = $1 and p.id = s.post_id
  where s.tenant_id = $1::bigint and s.actor_id = $2::bigint and s.visibility in {_OPEN}
  and p.visibility in {_OPEN} and p.state = 'published' and {_NOT_HELD} and {_STANDS}"""
_OUTBOX = Listing(
    f"select (select count(*) {_OWN_POSTS}) + (select count(*) {_OWN_ANNOUNCES})",
    f"""select * from (
      (select p.id, json_build_object('post', p.id::text, 'is_announce', false, 'activity', (
          select c.address from {SCHEMA}.activities c
          where c.tenant_id = $1 and c.post_id = p.id and c.type = 'Create' order by c.id limit 1)) as item
        {_OWN_POSTS} and p.id < $3::bigint order by p.id desc limit {PAGE + 1})
      union all
      (select s.id, json_build_object('post', p.id::text, 'is_announce', true, 'activity', s.activity_address,
          'object', p.address, 'at', s.created_at) as item
        {_OWN_ANNOUNCES} and s.id < $3::bigint order by s.id desc limit {PAGE + 1})
    ) both_kinds""",
)


def _follows(end: str, other: str) -> Listing:
    """One end of follows; a person here is named where they show whom they follow, and are to be found in lists."""
    own = f"""from {SCHEMA}.follows f where f.tenant_id = $1::bigint and f.{end} = $2::bigint and f.state = 'accepted'"""
    shown = f"""from {SCHEMA}.follows f
      join {SCHEMA}.actors a on a.tenant_id = $1 and a.id = f.{other}
      where f.tenant_id = $1::bigint and f.{end} = $2::bigint and f.state = 'accepted' and f.id < $3::bigint
      and a.status not in ('gone', 'withdrawn') and a.restriction <> 'suspended'
      and (a.user_id is null or (a.is_discoverable and '{SHOWS_FOLLOWS}' = any(a.exposed)))"""
    return Listing(f"select count(*) {own}", f"select f.id, to_json(a.address) as item {shown}")


_LIKED = f"""from {SCHEMA}.likes l join {SCHEMA}.posts p on p.tenant_id = $1 and p.id = l.post_id
  where l.tenant_id = $1::bigint and l.actor_id = $2::bigint and p.visibility in {_OPEN} and p.state = 'published'
  and {_NOT_HELD} and {_STANDS}"""
OF_ACTORS = {
    Collection.OUTBOX: _OUTBOX,
    Collection.FOLLOWERS: _follows("followed_id", "follower_id"),
    Collection.FOLLOWING: _follows("follower_id", "followed_id"),
    Collection.LIKED: Listing(
        # the number alone is told of what not everybody may see, too
        f"select count(*) from {SCHEMA}.likes l where l.tenant_id = $1::bigint and l.actor_id = $2::bigint",
        f"select l.post_id, to_json(p.address) as item {_LIKED} and l.post_id < $3::bigint",
    ),
}


def _thread(column: str) -> Listing:
    shown = f"""from {SCHEMA}.posts p where p.tenant_id = $1::bigint and p.{column} = $2::bigint
      and p.visibility in {_OPEN} and p.state = 'published' and {_NOT_HELD} and {_STANDS}"""
    return Listing(
        f"select count(*) {shown}",
        f"select p.id, to_json(p.address) as item {shown} and p.id > $3::bigint",
        is_oldest_first=True,
    )


OF_POSTS = {
    PostCollection.REPLIES: _thread("in_reply_to_id"),
    PostCollection.CONTEXT: _thread("conversation_id"),
}
_HAS_TAG = f"""from {SCHEMA}.post_hashtags t join {SCHEMA}.posts p on p.tenant_id = $1 and p.id = t.post_id
  where t.tenant_id = $1::bigint and t.tag = $2::text and p.visibility = 'public' and p.is_local
  and p.state = 'published' and {_NOT_HELD} and {_STANDS}"""
TAGGED = Listing(None, f"select t.post_id, to_json(p.address) as item {_HAS_TAG} and t.post_id < $3::bigint")
FEATURED = f"""
select coalesce(json_agg(x.post_id::text order by x.created_at desc), '[]')::text
from (select f.post_id, f.created_at from {SCHEMA}.featured_posts f
  where f.tenant_id = $1::bigint and f.actor_id = $2::bigint order by f.created_at desc limit {PAGE}) x
"""
# Who moderates a group: those who were named, and who teaches its course and is on the social web.
MODERATORS = f"""
select coalesce(json_agg(x.address order by x.id), '[]')::text from (
  select a.id, a.address from {SCHEMA}.group_moderators m
  join {SCHEMA}.actors a on a.tenant_id = $1 and a.id = m.actor_id
  where m.tenant_id = $1::bigint and m.group_id = $2::bigint and a.status = 'active'
  union
  select a.id, a.address from {SCHEMA}.offerings o
  join {SCHEMA}.enrollments e on e.tenant_id = $1 and e.offering_id = o.id
  join {SCHEMA}.actors a on a.tenant_id = $1 and a.user_id = e.user_id
  where o.tenant_id = $1::bigint and o.course_id = $3::bigint and o.state = 'published' and o.visibility = 'public'
  and e.role in ('instructor', 'assistant') and e.state = 'active' and a.status = 'active'
  and 'courses_taught' = any(a.exposed)
  order by 1 limit 100
) x
"""

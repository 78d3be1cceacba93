-- posts: the next remote posts that nobody here has to do with: their authors are followed by nobody, nobody here liked,
-- announced or answered them, is named in them or keeps them, and they stand in no feed of a group of ours.
select p.id
from fediflow.posts p
where p.tenant_id = $1::bigint and not p.is_local and p.group_id is null and p.id > $2::bigint and p.id < $3::bigint
  and not exists (select from fediflow.follows f
                  where f.tenant_id = $1::bigint and f.followed_id = p.actor_id and f.state <> 'rejected')
  and not exists (select from fediflow.likes l join fediflow.actors a on a.tenant_id = l.tenant_id and a.id = l.actor_id
                  where l.tenant_id = $1::bigint and l.post_id = p.id and a.is_local)
  and not exists (select from fediflow.announces n join fediflow.actors a on a.tenant_id = n.tenant_id and a.id = n.actor_id
                  where n.tenant_id = $1::bigint and n.post_id = p.id and a.is_local)
  and not exists (select from fediflow.posts r where r.tenant_id = $1::bigint and r.in_reply_to_id = p.id and r.is_local)
  and not exists (select from fediflow.posts r where r.tenant_id = $1::bigint and r.id = p.in_reply_to_id and r.is_local)
  and not exists (select from fediflow.post_mentions m join fediflow.actors a on a.tenant_id = m.tenant_id and a.id = m.actor_id
                  where m.tenant_id = $1::bigint and m.post_id = p.id and a.is_local)
  and not exists (select from fediflow.featured_posts k where k.tenant_id = $1::bigint and k.post_id = p.id)
  and not exists (select from fediflow.report_posts k where k.tenant_id = $1::bigint and k.post_id = p.id)
  and not exists (select from fediflow.held_posts k where k.tenant_id = $1::bigint and k.post_id = p.id)
  and not exists (select from fediflow.conversation_members c where c.tenant_id = $1::bigint and c.last_post_id = p.id)
order by p.id
limit $4::int;

-- loosen: answers to posts that go keep the address of what they answer.
update fediflow.posts r
set in_reply_to_id = null
where r.tenant_id = $1::bigint and r.in_reply_to_id = any($2::text[]::bigint[]);

-- drop_posts: removes posts.
delete from fediflow.posts p where p.tenant_id = $1::bigint and p.id = any($2::text[]::bigint[]);

-- actors: the next remote actors not asked for since a moment with whom nobody here has to do: no follow either way, no
-- post that is kept, nothing liked or announced, no name in a post, no identity, no case, block or mute, no limit set.
select a.id
from fediflow.actors a
where a.tenant_id = $1::bigint and not a.is_local and a.id > $2::bigint
  and coalesce(a.fetched_at, a.created_at) < $3::timestamptz and a.restriction = 'none'
  and not exists (select from fediflow.follows f where f.tenant_id = $1::bigint and f.follower_id = a.id)
  and not exists (select from fediflow.follows f where f.tenant_id = $1::bigint and f.followed_id = a.id)
  and not exists (select from fediflow.posts p where p.tenant_id = $1::bigint and p.actor_id = a.id
                  and not p.id = any($5::text[]::bigint[]))
  and not exists (select from fediflow.likes l where l.tenant_id = $1::bigint and l.actor_id = a.id)
  and not exists (select from fediflow.announces n where n.tenant_id = $1::bigint and n.actor_id = a.id)
  and not exists (select from fediflow.post_mentions m where m.tenant_id = $1::bigint and m.actor_id = a.id)
  and not exists (select from fediflow.group_moderators g where g.tenant_id = $1::bigint and g.actor_id = a.id)
  and not exists (select from fediflow.reports r where r.tenant_id = $1::bigint and a.id in (r.reporter_id, r.target_id))
  and not exists (select from fediflow.moderation_actions m where m.tenant_id = $1::bigint and m.actor_id = a.id)
  and not exists (select from fediflow.blocks b where b.tenant_id = $1::bigint and a.id in (b.actor_id, b.blocked_id))
  and not exists (select from fediflow.mutes m where m.tenant_id = $1::bigint and m.muted_id = a.id)
  and not exists (select from fediflow.federation_identities i
                  where i.tenant_id = $1::bigint and i.actor_address = a.address)
order by a.id
limit $4::int;

-- drop_actors: removes actors.
delete from fediflow.actors a where a.tenant_id = $1::bigint and a.id = any($2::text[]::bigint[]);

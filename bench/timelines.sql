-- people: so many people of here with an actor each; ids follow one another
with made as (
  insert into fediflow.users (tenant_id, id, handle, given_name, family_name, display_name, created_at, updated_at)
  select $tenant, $first + n, 'bench' || n, 'Bench', n::text, 'Bench ' || n, now(), now()
  from generate_series(1, $followers) n
  on conflict do nothing
)
insert into fediflow.actors (tenant_id, id, address, kind, is_local, user_id, host, preferred_username, username_key,
  created_at, updated_at)
select $tenant, $first + n, 'https://here.example/actors/' || n, 'person', true, $first + n, 'here.example',
  'bench' || n, 'bench' || n, now(), now()
from generate_series(1, $followers) n
on conflict do nothing

-- others: people elsewhere, and the reader's own actor
insert into fediflow.actors (tenant_id, id, address, kind, is_local, user_id, host, preferred_username, username_key,
  inbox, created_at, updated_at)
select $tenant, $first + 1000000 + n, 'https://far.example/users/' || n, 'person', false, null, 'far.example',
  'far' || n, 'far' || n, 'https://far.example/inbox', now(), now()
from generate_series(0, $followed - 1) n
union all
select $tenant, $first - 1, 'https://here.example/actors/reader', 'person', true, $reader, 'here.example', 'reader',
  'reader', null, now(), now()
where not exists (select from fediflow.actors where tenant_id = $tenant and user_id = $reader)
on conflict do nothing

-- follows: everybody follows the first of them
insert into fediflow.follows (tenant_id, id, follower_id, followed_id, state, activity_address, created_at, updated_at)
select $tenant, $first + n, $first + n, $first + 1000000, 'accepted', 'https://here.example/follows/' || n, now(), now()
from generate_series(1, $followers) n
on conflict do nothing

-- reader_follows: the reader follows all of them
insert into fediflow.follows (tenant_id, id, follower_id, followed_id, state, activity_address, created_at, updated_at)
select $tenant, $first + 2000000 + n, own.id, $first + 1000000 + n, 'accepted',
  'https://here.example/reads/' || n, now(), now()
from generate_series(0, $followed - 1) n, fediflow.actors own
where own.tenant_id = $tenant and own.user_id = $reader
on conflict do nothing

-- posts: a hundred of each, of everybody in turn
insert into fediflow.posts (tenant_id, id, address, actor_id, is_local, visibility, content, conversation_id,
  published_at, created_at, updated_at)
select $tenant, $first + n, 'https://far.example/notes/' || n, $first + 1000000 + n % $followed, false, 'public',
  '<p>' || repeat('Something of note ', 12) || '</p>', $first + n, now(), now(), now()
from generate_series(1, $followed * 100) n
on conflict do nothing

-- entries: the newest of them in the timeline of the reader
insert into fediflow.timeline_entries (tenant_id, user_id, id, post_id, reason)
select $tenant, $reader, id, id, 'followed'
from (
  select id from fediflow.posts where tenant_id = $tenant and id between $first and $first + 5000000
  order by id desc limit $kept
) newest
on conflict do nothing

-- post: one more
insert into fediflow.posts (tenant_id, id, address, actor_id, is_local, visibility, content, conversation_id,
  published_at, created_at, updated_at)
values ($tenant, $post, 'https://far.example/notes/' || $post, $actor, false, 'public', '<p>New</p>', $post,
  now(), now(), now())
on conflict do nothing

-- read_written: the page, of what was written when it was published
select entry.post_id
from fediflow.timeline_entries entry
where entry.tenant_id = $tenant and entry.user_id = $reader
order by entry.id desc limit 20

-- read_gathered: the page, gathered from all whom the reader follows
select post.id
from fediflow.actors me
join fediflow.follows follow on follow.tenant_id = me.tenant_id and follow.follower_id = me.id
cross join lateral (
  select p.id from fediflow.posts p
  where p.tenant_id = follow.tenant_id and p.actor_id = follow.followed_id and p.state = 'published'
  order by p.id desc limit 20
) post
where me.tenant_id = $tenant and me.user_id = $reader and follow.state = 'accepted'
order by post.id desc limit 20

-- read_both: the page, of what was written and of the ten with most followers, whose posts would not be written
select post_id
from (
  (
    select entry.post_id from fediflow.timeline_entries entry
    where entry.tenant_id = $tenant and entry.user_id = $reader
    order by entry.id desc limit 20
  )
  union
  (
    select post.id
    from (
      select followed.id, followed.tenant_id
      from fediflow.actors me
      join fediflow.follows follow on follow.tenant_id = me.tenant_id and follow.follower_id = me.id
      join fediflow.actors followed on followed.tenant_id = me.tenant_id and followed.id = follow.followed_id
      where me.tenant_id = $tenant and me.user_id = $reader and follow.state = 'accepted'
      order by followed.followers_count desc limit 10
    ) big
    cross join lateral (
      select p.id from fediflow.posts p
      where p.tenant_id = big.tenant_id and p.actor_id = big.id and p.state = 'published'
      order by p.id desc limit 20
    ) post
  )
) page
order by post_id desc limit 20

-- read_plain: a plain list of posts
select post.id
from fediflow.posts post
where post.tenant_id = $tenant and post.visibility = 'public'
order by post.id desc limit 20

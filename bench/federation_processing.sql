-- institutions: so many more, like one of the demo's and on its shard
with made as (
  insert into fediflow.tenants (slug, name, shard_id, region, time_zone, languages, created_at, updated_at)
  select 'bench-' || n, name, shard_id, region, time_zone, languages, now(), now()
  from fediflow.tenants, generate_series(1, $2::int) n where id = $1
  on conflict do nothing returning id, slug)
insert into fediflow.tenant_domains (domain, tenant_id, is_primary) select slug || '.example', id, true from made

-- made: the first so many of them
select id, slug from fediflow.tenants where slug like 'bench-%' order by id limit $1

-- paused: nothing is delivered to these servers, it only gets in line
insert into fediflow.remote_hosts (host, paused_at, pause_reason, created_at, updated_at)
select 'server' || n || '.example', now(), 'bench', now(), now() from generate_series(0, $1::int - 1) n
on conflict do nothing

-- people: of each institution, on the social web
with made as (
  insert into fediflow.users (tenant_id, id, handle, given_name, family_name, display_name, created_at, updated_at)
  select t, $2::bigint + n, 'bench' || n, 'Bench', n::text, 'Bench ' || n, now(), now()
  from unnest($1::bigint[]) t, generate_series(0, $3::int - 1) n on conflict do nothing)
insert into fediflow.actors (tenant_id, id, address, kind, is_local, user_id, host, preferred_username, username_key,
  created_at, updated_at)
select t, $2 + n, 'https://here.example/actors/' || n, 'person', true, $2 + n, 'here.example', 'bench' || n, 'bench' || n,
  now(), now()
from unnest($1::bigint[]) t, generate_series(0, $3 - 1) n on conflict do nothing

-- others: one on each of the other servers, known to each institution
insert into fediflow.actors (tenant_id, id, address, kind, is_local, host, preferred_username, username_key, inbox,
  shared_inbox, followers_address, fetched_at, created_at, updated_at)
select t, $2::bigint + n, 'https://server' || n || '.example/users/ann', 'person', false, 'server' || n || '.example',
  'ann', 'ann', 'https://server' || n || '.example/users/ann/inbox', 'https://server' || n || '.example/inbox',
  'https://server' || n || '.example/users/ann/followers', now(), now(), now()
from unnest($1::bigint[]) t, generate_series(0, $3::int - 1) n on conflict do nothing

-- follows: each of the others is followed by so many people
insert into fediflow.follows (tenant_id, id, follower_id, followed_id, state, activity_address, created_at, updated_at)
select t, $2::bigint + n * 1000 + m, $3::bigint + (n + m) % $4::int, $5::bigint + n, 'accepted',
  'https://here.example/follows/' || n || '-' || m, now(), now()
from unnest($1::bigint[]) t, generate_series(0, $6::int - 1) n, generate_series(0, $7::int - 1) m on conflict do nothing

-- posts: of the others in turn, so many in all, older than all that comes
insert into fediflow.posts (tenant_id, id, address, actor_id, is_local, visibility, content, conversation_id,
  published_at, created_at, updated_at)
select ($1::bigint[])[1 + n % cardinality($1)], $2::bigint + n, 'https://server.example/old/' || n, $3::bigint + n % $4::int,
  false, 'public', '<p>Something of note</p>', $2 + n, now(), now(), now()
from generate_series(0, $5::int - 1) n on conflict do nothing

-- idle: whether all that was told to the outbox has been worked on
select not exists (select from fediflow.outbox where position is null) and not exists (
  select from fediflow.outbox_consumers where position < (select position from fediflow.outbox_clock)) as idle

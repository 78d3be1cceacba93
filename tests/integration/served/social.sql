-- The social web of the same institutions: everybody joined (an actor has its person's id), every tenth course has a group
-- (1 000 000 + course), the others are of remote servers (2 000 000 + n). Actor 5 is followed and read most.
create temporary table social (t bigint, users int, courses int, remote int, posts int);
insert into social select t, users, courses, users / 4, users * 4 from sizes;

insert into fediflow.actors (tenant_id, id, address, kind, is_local, user_id, host, preferred_username, username_key, exposed, is_discoverable, created_at, updated_at)
  select t, n, 'https://large.test/actors/' || n, 'person', true, n, 'large.test', 'person' || n, 'person' || n, case when n % 3 > 0 or n = 9000 then '{follows,likes}'::text[] else '{}' end, n % 10 <> 8, timestamptz '2026-01-01',
    timestamptz '2026-01-01' + n * interval '1 second' from social, generate_series(1, users) n
  union all
  select t, 1000000 + n, 'https://large.test/actors/' || 1000000 + n, 'group', true, null, 'large.test', 'course' || n, 'course' || n, '{}', true, timestamptz '2026-01-01',
    timestamptz '2026-01-01' from social, generate_series(1, courses) n where n % 10 = 5;
update fediflow.actors set course_id = id - 1000000 where id > 1000000;
insert into fediflow.actors (tenant_id, id, address, kind, is_local, host, inbox, preferred_username, username_key, restriction, created_at, updated_at)
  select t, 2000000 + n, 'https://host' || n % 300 || '.example/users/' || n, 'person', false, 'host' || n % 300 || '.example',
    'https://host' || n % 300 || '.example/inbox', 'remote' || n, 'remote' || n,
    case when n % 211 = 0 then 'suspended' when n % 97 = 0 then 'limited' else 'none' end, '2026-01-01', '2026-01-01'
  from social, generate_series(1, remote) n;

-- Person 9000 follows a thousand, half of all people follow actor 5 and others actor 6, who does not show it; a few requests wait.
insert into fediflow.follows (tenant_id, id, follower_id, followed_id, state, activity_address, created_at, updated_at)
  select t, row_number() over (partition by t order by follower, followed), follower, followed,
    case when follower % 401 = 0 then 'pending' else 'accepted' end, 'https://large.test/activities/' || follower || '-' || followed,
    '2026-01-01', '2026-01-01'
  from (select t, n as follower, 5 as followed from social, generate_series(6, users) n where n % 2 = 0
    union all select t, n, 6 from social, generate_series(7, users) n where n % 2 = 1 and 1 + n * 31 % users <> 6
    union all select t, 9000, n * 7 from social, generate_series(1, 1000) n where users >= 50000
    union all select t, n, 1 + n * 31 % users from social, generate_series(6, users) n where n <> 9000 and n <> 1 + n * 31 % users
      and 1 + n * 31 % users <> 5
    union all select t, n, 9000 from social, generate_series(401, 40100, 401) n where users >= 50000 and n <> 9000 and 1 + n * 31 % users <> 9000
    union all select t, n, 1000005 from social, generate_series(1, users) n where n % 2 = 0) f;

-- A tenth of the posts is of actor 5, a quarter of remote ones; a tenth answers post 7, a fifth others.
insert into fediflow.posts (tenant_id, id, address, actor_id, is_local, state, visibility, content, in_reply_to_id, in_reply_to_address,
    conversation_id, group_id, published_at, created_at, updated_at)
  select t, n, 'https://large.test/posts/' || n,
    case when n % 10 = 0 then 5 when n % 4 = 1 then 2000000 + 1 + n * 7919::bigint % remote else 1 + n * 104729::bigint % users end, n % 4 <> 1,
    case when n % 199 = 0 then 'deleted' else 'published' end,
    (array['public', 'public', 'public', 'public', 'public', 'public', 'public', 'unlisted', 'followers', 'tenant', 'direct'])[1 + n / 7 % 11],
    '<p>Text</p>', case when n <= 20 then null when n % 10 = 3 then 7 when n % 5 = 4 then n - 11 end,
    case when n <= 20 then null when n % 10 = 3 then 'https://large.test/posts/7' when n % 5 = 4 then 'https://large.test/posts/' || n - 11 end,
    case when n % 10 = 3 or n = 7 then 7 else n end, case when n % 20 = 6 and n / 20 % 4 > 0 then 1000005 when n % 20 = 6 then 1000015 end,
    '2026-01-01', '2026-01-01', '2026-01-01' from social, generate_series(1, posts) n;
insert into fediflow.post_hashtags (tenant_id, tag, post_id, spelling)
  select t, 'frequent', n, 'Frequent' from social, generate_series(1, posts) n where n % 4 = 2 and n / 7 % 11 < 7
  union all select t, 'rare', n, 'Rare' from social, generate_series(1, posts) n where n % 40009 = 0;
insert into fediflow.post_mentions (tenant_id, post_id, actor_id)
  select t, n, 1 + n * 17 % users from social, generate_series(1, posts) n where n / 7 % 11 = 10 or n % 50 = 0;
insert into fediflow.likes (tenant_id, post_id, actor_id, activity_address, created_at)
  select t, n, 1 + n * 13 % users, 'https://large.test/likes/' || n, '2026-01-01' from social, generate_series(1, posts) n where n % 3 = 0;
insert into fediflow.announces (tenant_id, id, post_id, actor_id, activity_address, visibility, created_at)
  select t, n, n, case when n % 20 = 1 then 5 else 1 + n * 19 % users end, 'https://large.test/announces/' || n, 'public', '2026-01-01'
  from social, generate_series(1, posts) n where n % 10 = 1;
insert into fediflow.held_posts (tenant_id, post_id, why, created_at)
  select t, n, 'links', '2026-01-01' from social, generate_series(1, posts) n where n % 997 = 0;
insert into fediflow.blocks (tenant_id, id, actor_id, blocked_id, activity_address, created_at)
  select t, n, n * 100, 1 + n * 3001 % users, 'https://large.test/blocks/' || n, '2026-01-01' from social, generate_series(1, users / 100) n
  where n * 100 <> 1 + n * 3001 % users;
insert into fediflow.mutes (tenant_id, id, user_id, muted_id, created_at)
  select t, n, case when n <= 20 then 9000 else 1 + n * 37 % users end, 2000000 + n, '2026-01-01' from social, generate_series(1, users / 100) n where users > 9000 or n > 20;
insert into fediflow.muted_domains (tenant_id, user_id, domain, created_at)
  select t, least(9000, users), 'host7.example', '2026-01-01' from social;

-- Eight hundred entries for each of a few hundred people, conversations and drafts of everybody.
insert into fediflow.timeline_entries (tenant_id, user_id, id, post_id, announced_by_id, reason)
  select t, u * 90, u * 1000000 + n, (u * 7919 + n * 11) % posts + 1, case when n % 9 = 0 then 5 end, case when n % 9 = 0 then 'announced' else 'followed' end
  from social, generate_series(1, 200) u, generate_series(1, 800) n where u * 90 <= users and posts >= 10000;
insert into fediflow.conversation_members (tenant_id, user_id, id, last_post_id)
  select t, case when n % 4 = 0 and users >= 9000 then 9000 else 1 + n * 31 % users end, n, n from social, generate_series(1, users / 2) n;
insert into fediflow.post_drafts (tenant_id, id, user_id, actor_id, state, document, created_at, updated_at)
  select t, n, case when n % 4 = 0 and users >= 9000 then 9000 else 1 + n * 31 % users end, 5, 'draft', '{"text": "x"}', '2026-01-01', '2026-01-01'
  from social, generate_series(1, users / 5) n;

-- Ids of activities are times: all of these came in the last hours.
insert into fediflow.activities (tenant_id, id, address, type, actor_id, is_local, visibility, post_id, object_actor_id, document, published_at, created_at)
  select t, (((extract(epoch from now()) * 1000)::bigint - 1735689600000 - posts * 10 + n * 10) << 22) + n,
    'https://large.test/activities/' || n,
    case when n % 40009 = 0 then 'Move' when n % 3 = 0 then 'Like' when n % 7 = 0 then 'Follow' else 'Create' end,
    case when n % 10 = 0 then 5 when n % 4 = 1 then 2000000 + 1 + n * 7919::bigint % remote else 1 + n * 104729::bigint % users end, n % 4 <> 1,
    (array['public', 'public', 'public', 'public', 'public', 'public', 'public', 'unlisted', 'followers', 'tenant', 'direct'])[1 + n / 7 % 11],
    case when n % 3 = 0 and n % 2 = 0 then 7 when n % 7 > 0 then n end, case when n % 21 = 7 then 5 when n % 7 = 0 and n % 3 > 0 then 1 + n * 17 % users end,
    '{}', now(), now() from social, generate_series(1, posts) n;

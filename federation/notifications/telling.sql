-- tell: writes what those found are told as each of them wishes, and the letters that will say it; gives how many ids it took.
-- Nobody is told of themselves, of whom they blocked or muted, or of a post that they may not see.
with found as materialized (
    {found}
), wanted as materialized (
    select w.*, $7::bigint + row_number() over (order by w.once_key, w.user_id) as id
    from (
    select distinct on (f.user_id, f.once_key)
           f.*, coalesce(w.in_app, d.in_app) as in_app,
           case when m.user_id is null then 'never' else coalesce(w.email, d.email) end as email
    from found f
    join unnest($3::text[], $4::text[]::boolean[], $5::text[]) as d(kind, in_app, email) on d.kind = f.kind
    -- each looked up by itself: of an institution that is new the statistics say that it has no rows
    cross join lateral (
        select u.id from fediflow.users u
        where u.tenant_id = $1::bigint and u.id = f.user_id and u.status = 'active' limit 1) u
    left join lateral (
        select w.in_app, w.email from fediflow.notification_preferences w
        where w.tenant_id = $1::bigint and w.user_id = f.user_id and w.kind = f.kind limit 1) w on true
    left join lateral (
        select m.user_id from fediflow.user_emails m
        where $6::boolean and m.tenant_id = $1::bigint and m.user_id = f.user_id and m.is_primary
          and m.verified_at is not null limit 1) m on true
    left join lateral (
        select a.id from fediflow.actors a
        where a.tenant_id = $1::bigint and a.user_id = f.user_id and a.status <> 'gone' limit 1) me on true
    left join lateral (
        select a.id, a.user_id, a.host, a.status, a.restriction from fediflow.actors a
        where a.tenant_id = $1::bigint and a.id = f.actor_id limit 1) s on true
    left join lateral (
        select x.* from fediflow.posts x
        where x.tenant_id = $1::bigint and x.id = f.post_id limit 1) p on true
    where (f.actor_id is null or (
            s.status <> 'gone' and s.restriction <> 'suspended' and s.user_id is distinct from f.user_id
            and (s.restriction = 'none' or exists (
                select from fediflow.follows x
                where x.tenant_id = $1::bigint and x.follower_id = me.id and x.followed_id = s.id
                  and x.state = 'accepted'))
            and not exists (
                select from fediflow.blocks x
                where x.tenant_id = $1::bigint and x.actor_id = me.id and x.blocked_id = s.id)
            and not exists (
                select from fediflow.blocks x
                where x.tenant_id = $1::bigint and x.actor_id = s.id and x.blocked_id = me.id)
            and not exists (
                select from fediflow.mutes x
                where x.tenant_id = $1::bigint and x.user_id = f.user_id and x.muted_id = s.id
                  and (x.until is null or x.until > now()))
            and not exists (
                select from fediflow.muted_domains x
                where x.tenant_id = $1::bigint and x.user_id = f.user_id
                  and (s.host = x.domain or right(s.host, length(x.domain) + 1) = '.' || x.domain))))
      and (f.post_id is null or (
            p.state = 'published'
            and not exists (
                select from fediflow.held_posts x where x.tenant_id = $1::bigint and x.post_id = p.id)
            and (p.visibility in ('public', 'unlisted', 'tenant') or p.actor_id = me.id
                 or p.written_by_id = f.user_id
                 or exists (
                    select from fediflow.post_mentions x
                    where x.tenant_id = $1::bigint and x.post_id = p.id and x.actor_id = me.id)
                 or (p.visibility = 'followers' and exists (
                    select from fediflow.follows x
                    where x.tenant_id = $1::bigint and x.follower_id = me.id and x.followed_id = p.actor_id
                      and x.state = 'accepted')))))
    order by f.user_id, f.once_key, f.rank
    ) w
    where w.in_app or w.email <> 'never'
), written as (
    insert into fediflow.notifications
        (tenant_id, id, user_id, kind, once_key, actor_id, post_id, enrollment_id, offering_id, details, is_shown,
         created_at)
    select $1::bigint, w.id, w.user_id, w.kind, w.once_key, w.actor_id, w.post_id, w.enrollment_id, w.offering_id,
           w.details, w.in_app, now()
    from wanted w
    -- what was taken back and done again is shown again, and told to nobody a second time
    on conflict (tenant_id, user_id, once_key) do update
        set is_shown = true
        where excluded.is_shown and not notifications.is_shown
    returning id, user_id, kind, is_shown, xmax = 0 as is_new
), announced as (
    insert into fediflow.outbox (tenant_id, event, object_type, object_id, payload)
    select $1::bigint, 'notification.created', 'notification', w.id,
           jsonb_build_object('user', w.user_id, 'kind', w.kind)
    from written w
    where w.is_shown and w.is_new
    order by w.id
), due as materialized (
    select w.id, w.user_id, w.email = 'daily' as is_digest, o.id as open_id,
           coalesce(o.id, $7::bigint + dense_rank() over (order by w.user_id, w.email)) as letter_id
    from wanted w
    left join lateral (
        -- locked, so that none of them is on its way already when it gets one more thing to say
        select e.id from fediflow.notification_emails e
        where e.tenant_id = $1::bigint and e.user_id = w.user_id and e.state = 'waiting'
          and e.is_digest = (w.email = 'daily')
        order by e.id
        limit 1
        for update) o on true
    where w.email <> 'never' and (w.id in (select n.id from written n where n.is_new)) is true
), begun as (
    insert into fediflow.notification_emails (tenant_id, id, user_id, is_digest, due_at, message_id, created_at)
    select distinct on (d.letter_id) $1::bigint, d.letter_id, d.user_id, d.is_digest,
           case when d.is_digest then $8::timestamptz else now() + $9::interval end, '', now()
    from due d
    where d.open_id is null
    returning id, due_at
), queued as (
    insert into fediflow.due_emails (tenant_id, id, due_at) select $1::bigint, b.id, b.due_at from begun b
), listed as (
    insert into fediflow.notification_email_items (tenant_id, email_id, notification_id)
    select $1::bigint, d.letter_id, d.id from due d
)
select count(*) from wanted;

-- first_id: the first id of this millisecond, by the clock of this shard.
select fediflow.first_id_of(clock_timestamp());

-- take_back: hides what was told of something that is no more, and takes it out of the letters that wait.
with hidden as (
    update fediflow.notifications n
    set is_shown = false
    from ({gone}) g
    where n.tenant_id = $1::bigint and n.user_id = g.user_id and n.once_key = g.once_key
    returning n.id
), waiting as materialized (
    select i.email_id, i.notification_id
    from fediflow.notification_email_items i
    join fediflow.notification_emails e on e.tenant_id = $1::bigint and e.id = i.email_id and e.state = 'waiting'
    where i.tenant_id = $1::bigint and i.notification_id in (select h.id from hidden h)
    for update of e
)
delete from fediflow.notification_email_items i
using waiting w
where i.tenant_id = $1::bigint and i.email_id = w.email_id and i.notification_id = w.notification_id;

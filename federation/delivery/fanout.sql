-- fan_out: a row for each inbox of those whom activities of one institution go to: accepted followers of some actors, and
-- some actors by name; none of the institution's own, gone or suspended, none on hosts it sends nothing to. Gives hosts.
with sent as materialized (
    select s.activity_id, s.signer_id, s.class, s.supersedes
    from unnest($2::text[]::bigint[], $3::text[]::bigint[], $4::text[]::smallint[], $5::text[]::bigint[])
             as s(activity_id, signer_id, class, supersedes)
), reached as materialized (
    select a.activity_id, f.follower_id as actor_id
    from unnest($6::text[]::bigint[], $7::text[]::bigint[]) as a(activity_id, followed_id)
    join fediflow.follows f
        on f.tenant_id = $1::bigint and f.followed_id = a.followed_id and f.state = 'accepted'
    union
    select a.activity_id, a.actor_id
    from unnest($8::text[]::bigint[], $9::text[]::bigint[]) as a(activity_id, actor_id)
), inboxes as materialized (
    select distinct r.activity_id, coalesce(t.shared_inbox, t.inbox) as inbox
    from reached r
    join fediflow.actors t on t.tenant_id = $1::bigint and t.id = r.actor_id
    where not t.is_local and t.status <> 'gone' and t.restriction <> 'suspended'
), hosts as materialized (
    select i.inbox, lower(substring(i.inbox from '^https?://(?:[^/?#@]*@)?([^/?#]+)')) as host
    from (select distinct inbox from inboxes) i
), open_hosts as materialized (
    select h.inbox, h.host
    from hosts h
    cross join lateral (
        select coalesce(bool_or(nearest.action = 'block'), false) as is_blocked,
               coalesce(bool_or(nearest.action = 'allow'), false) as is_allowed
        from (
            select p.action
            from fediflow.domain_policies p
            where p.tenant_id = $1::bigint and p.domain in (
                select h.host
                union all
                select array_to_string(l.labels[n:], '.')
                from (select string_to_array(regexp_replace(h.host, ':[0-9]+$', ''), '.') as labels) l,
                     generate_subscripts(l.labels, 1) n)
            order by length(p.domain) desc
            limit 1
        ) nearest
    ) policy
    where h.host is not null and not policy.is_blocked
      and case coalesce((select s.mode from fediflow.federation_settings s where s.tenant_id = $1::bigint), 'open')
          when 'closed' then false when 'allow_list' then policy.is_allowed else true end
), made as (
    insert into fediflow.deliveries
        (tenant_id, id, host, inbox, activity_id, signer_id, class, supersedes_key)
    select $1::bigint, $10::bigint + row_number() over (order by s.activity_id, o.inbox), o.host, o.inbox,
           s.activity_id, s.signer_id, s.class, s.supersedes
    from sent s
    join inboxes i on i.activity_id = s.activity_id
    join open_hosts o on o.inbox = i.inbox
    returning host
)
select distinct made.host from made;

-- first_id: the first id of this millisecond, by the clock of this shard.
select fediflow.first_id_of(clock_timestamp());

-- lanes: has lanes of hosts worked on that had nothing to do. The rows are locked in order even where nothing changes:
-- whoever gives back a lane looks for what waits while we wait, or waits for us.
insert into fediflow.host_lanes as l (host, next_due_at)
select h.host, now() from unnest($1::text[]) as h(host) order by h.host
on conflict (host) do update set next_due_at = now() where l.next_due_at = 'infinity';

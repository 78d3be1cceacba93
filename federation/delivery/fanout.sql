-- fan_out: a row for each inbox of those whom activities of one institution go to: accepted followers of some actors, and
-- some actors by name; none of the institution's own, gone or suspended, none on hosts it sends nothing to. Whoever is followed
-- has its followers read once, however much it sent. Gives hosts.
with sent as materialized (
    select s.activity_id, s.signer_id, s.class, s.object_key, s.object_effect
    from unnest($2::text[]::bigint[], $3::text[]::bigint[], $4::text[]::smallint[], $5::text[]::bigint[],
                $6::text[]::smallint[])
             as s(activity_id, signer_id, class, object_key, object_effect)
), followers as materialized (
    select distinct f.followed_id, coalesce(t.shared_inbox, t.inbox) as inbox
    from (select distinct a.followed_id from unnest($8::text[]::bigint[]) as a(followed_id)) followed
    join fediflow.follows f
        on f.tenant_id = $1::bigint and f.followed_id = followed.followed_id and f.state = 'accepted'
    join fediflow.actors t on t.tenant_id = $1::bigint and t.id = f.follower_id
    where not t.is_local and t.status <> 'gone' and t.restriction <> 'suspended'
), inboxes as materialized (
    select a.activity_id, r.inbox
    from unnest($7::text[]::bigint[], $8::text[]::bigint[]) as a(activity_id, followed_id)
    join followers r on r.followed_id = a.followed_id
    union
    select a.activity_id, coalesce(t.shared_inbox, t.inbox)
    from unnest($9::text[]::bigint[], $10::text[]::bigint[]) as a(activity_id, actor_id)
    join fediflow.actors t on t.tenant_id = $1::bigint and t.id = a.actor_id
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
        (tenant_id, id, host, inbox, activity_id, signer_id, class, object_key, object_effect)
    select $1::bigint, $11::bigint + row_number() over (order by s.activity_id, o.inbox), o.host, o.inbox,
           s.activity_id, s.signer_id, s.class, s.object_key, s.object_effect
    from sent s
    join inboxes i on i.activity_id = s.activity_id
    join open_hosts o on o.inbox = i.inbox
    returning host
)
select distinct made.host from made;

-- drop: forgets what is made pointless by deliveries of institutions behind an id each. What somebody else works on stays: it is
-- looked at again when it has to be sent again.
with newer as materialized (
    select n.tenant_id, n.id, n.inbox, n.signer_id, n.object_key, n.object_effect
    from unnest($1::text[]::bigint[], $2::text[]::bigint[]) as s(tenant_id, first)
    join fediflow.deliveries n on n.tenant_id = s.tenant_id and n.id > s.first and n.object_effect > 0
)
delete from fediflow.deliveries d
using (
    select pointless.tenant_id, pointless.id
    from newer n
    cross join lateral (
        select o.tenant_id, o.id
        from fediflow.deliveries o
        where o.tenant_id = n.tenant_id and o.object_key = n.object_key and hashtext(o.inbox) = hashtext(n.inbox)
          and o.inbox = n.inbox and o.signer_id = n.signer_id and o.id < n.id
          and ((n.object_effect = 2 and o.object_effect < 2) or (n.object_effect = 1 and o.object_effect = 1))
        for update skip locked
    ) pointless
) o
where d.tenant_id = o.tenant_id and d.id = o.id;

-- first_id: the first id of this millisecond, by the clock of this shard.
select fediflow.first_id_of(clock_timestamp());

-- lanes: has lanes of hosts worked on, unless the host is left alone for a while. The rows are locked in order even where
-- nothing changes: whoever gives back a lane looks for what waits while we wait, or waits for us.
insert into fediflow.host_lanes as l (host, next_due_at)
select h.host, now() from unnest($1::text[]) as h(host) order by h.host
on conflict (host) do update set next_due_at = now() where l.next_due_at > now() and not l.is_put_off;

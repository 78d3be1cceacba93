-- between: the beginning of the next two: the follows from and to actors of servers that are blocked once these domains are.
with recursive known(host) as (
    (select a.host from fediflow.actors a where a.tenant_id = $1::bigint order by a.host limit 1)
    union all
    select (select a.host from fediflow.actors a where a.tenant_id = $1::bigint and a.host > known.host
            order by a.host limit 1)
    from known where known.host is not null
), named as materialized (
    select k.host, k.host as name from known k where k.host is not null
    union
    select k.host, array_to_string(l.labels[n:], '.')
    from known k
    cross join lateral (select string_to_array(regexp_replace(k.host, ':[0-9]+$', ''), '.') as labels) l
    cross join lateral generate_subscripts(l.labels, 1) n
    where k.host is not null
), rules as materialized (
    select b.domain, 'block' as action from unnest($2::text[]) as b(domain)
    union all
    select p.domain, p.action from fediflow.domain_policies p
    where p.tenant_id = $1::bigint and not exists (select from unnest($2::text[]) as b(domain) where b.domain = p.domain)
), nearest as materialized (
    select distinct on (n.host) n.host, r.action, r.domain
    from named n join rules r on r.domain = n.name
    order by n.host, length(n.name) desc
), gone as materialized (
    select a.id
    from nearest h join fediflow.actors a on a.tenant_id = $1::bigint and a.host = h.host and not a.is_local
    where h.action = 'block'
), between as materialized (
    select f.id, true as is_follower
    from gone g join fediflow.follows f on f.tenant_id = $1::bigint and f.follower_id = g.id
    union all
    select f.id, false
    from gone g join fediflow.follows f on f.tenant_id = $1::bigint and f.followed_id = g.id
)

-- count: how many follows there are `between`.
select count(*) filter (where b.is_follower)::int as followers, count(*) filter (where not b.is_follower)::int as following
from between b
join fediflow.follows f on f.tenant_id = $1::bigint and f.id = b.id
where f.state <> 'rejected';

-- sever: ends them, takes them from the counts and tells the outbox; gives how many they were.
, ended as (
    delete from fediflow.follows f
    using between b
    where f.tenant_id = $1::bigint and f.id = b.id
    returning f.id, f.follower_id, f.followed_id, f.state, b.is_follower
), fewer as (
    select c.actor_id, sum(c.following)::int as following, sum(c.followers)::int as followers
    from (
        select e.follower_id as actor_id, 1 as following, 0 as followers from ended e where e.state = 'accepted'
        union all
        select e.followed_id, 0, 1 from ended e where e.state = 'accepted'
    ) c
    group by c.actor_id
), counted as (
    update fediflow.actors a
    set following_count = greatest(a.following_count - w.following, 0),
        followers_count = greatest(a.followers_count - w.followers, 0)
    from fewer w
    where a.tenant_id = $1::bigint and a.id = w.actor_id
), told as (
    insert into fediflow.outbox (tenant_id, event, object_type, object_id, payload)
    select $1::bigint, 'follow.ended', 'follow', e.id,
           jsonb_build_object('follower', e.follower_id, 'followed', e.followed_id)
    from ended e
    where e.state <> 'rejected'
)
select count(*) filter (where e.is_follower)::int as followers, count(*) filter (where not e.is_follower)::int as following
from ended e
where e.state <> 'rejected';

-- remove: takes rules of these domains back.
delete from fediflow.domain_policies p where p.tenant_id = $1::bigint and p.domain = any($2::text[]);

-- policy: the id of the rule for a domain.
select p.id from fediflow.domain_policies p where p.tenant_id = $1::bigint and p.domain = $2::text;

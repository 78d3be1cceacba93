-- indexed: how far the index has heard of what the consumer ($1) hears on a shard, how far the shard is, and when the last event
-- of that was written. Nothing where the index of the engine $2 does not hold what there is.
select h.position, k.position as clock, o.created_at as at
from fediflow.outbox_consumers c
cross join fediflow.outbox_clock k
left join fediflow.search_fillings f on true
cross join lateral (select least(c.position, f.replay_after) as position) h
left join fediflow.outbox o on o.position = h.position
where c.name = $1::text and (f.engine is null or f.engine = $2::text);

-- news: where something was written that may have made documents ($3: of which types), after a position and up to another, and
-- the newest position of each.
select o.tenant_id, max(o.position) as position
from fediflow.outbox o
where o.position > $1::bigint and o.position <= $2::bigint and o.object_type = any($3::text[])
group by o.tenant_id;

-- claim: people whose searches are due, some of each institution in turn, looked at by nobody else until the moment that is
-- given ($2); only where something was written ($5, $6: in which institutions up to which position; $7 in others) after the
-- last look.
with recursive turn(tenant_id) as (
    (select d.tenant_id from fediflow.due_saved_searches d order by d.tenant_id limit 1)
    union all
    select n.tenant_id
    from turn
    cross join lateral (
        select d.tenant_id from fediflow.due_saved_searches d
        where d.tenant_id > turn.tenant_id
        order by d.tenant_id
        limit 1) n
), picked as (
    select p.tenant_id, p.user_id
    from turn
    left join unnest($5::text[]::bigint[], $6::text[]::bigint[]) as w(tenant_id, position) using (tenant_id)
    cross join lateral (
        select d.tenant_id, d.user_id, row_number() over (order by d.position) as nth
        from fediflow.due_saved_searches d
        where d.tenant_id = turn.tenant_id and d.position < coalesce(w.position, $7::bigint)
          and d.due_at <= $1::timestamptz
        order by d.position
        limit $3::int) p
    order by p.nth, p.tenant_id
    limit $4::int
)
update fediflow.due_saved_searches d
set due_at = $2::timestamptz
from picked p
where d.tenant_id = p.tenant_id and d.user_id = p.user_id and d.due_at <= $1::timestamptz
returning d.tenant_id, d.user_id;

-- people: of people ($2) those whose searches are looked at, with the searches; others have none or are suspended.
select u.id as user_id, u.status, u.preferred_language, s.id, s.name, s.arguments::text as arguments, s.looked_to,
       s.version
from fediflow.users u
left join fediflow.saved_searches s on s.tenant_id = $1::bigint and s.user_id = u.id
where u.tenant_id = $1::bigint and u.id = any($2::text[]::bigint[])
order by u.id, s.id;

-- told: what of these searches ($2) was told before and may be found once more.
select t.search_id, t.kind, t.object_id
from fediflow.saved_search_tellings t
where t.tenant_id = $1::bigint and t.search_id = any($2::text[]::bigint[]);

-- looked: searches ($2, versions $3, up to which moments $4, with which problems $5) were looked at now ($6), unless they were
-- changed meanwhile; gives those.
update fediflow.saved_searches s
set looked_to = n.looked_to::timestamptz, looked_at = $6::timestamptz, problem = n.problem
from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as n(id, version, looked_to, problem)
where s.tenant_id = $1::bigint and s.id = n.id::bigint and s.version = n.version::int
returning s.id;

-- tell: notes what a search ($2) was told of (kinds $3, ids $4), now ($5).
insert into fediflow.saved_search_tellings (tenant_id, search_id, kind, object_id, told_at)
select $1::bigint, $2::bigint, n.kind, n.object_id::bigint, $5::timestamptz
from unnest($3::text[], $4::text[]) as n(kind, object_id)
on conflict do nothing;

-- forget: what was told before the moment up to which a search ($2, $3) has looked is not found again.
delete from fediflow.saved_search_tellings t
using unnest($2::text[], $3::text[]) as n(id, looked_to)
where t.tenant_id = $1::bigint and t.search_id = n.id::bigint and t.told_at < n.looked_to::timestamptz;

-- next: when people ($2) are looked at again ($3), who were claimed until a moment ($4), and how far the index was ($5).
update fediflow.due_saved_searches d
set due_at = n.due_at::timestamptz, position = coalesce(n.position::bigint, d.position)
from unnest($2::text[], $3::text[], $5::text[]) as n(user_id, due_at, position)
where d.tenant_id = $1::bigint and d.user_id = n.user_id::bigint and d.due_at = $4::timestamptz
returning d.user_id;

-- person: locks a person, so that nobody saves a search meanwhile.
select u.id from fediflow.users u where u.tenant_id = $1::bigint and u.id = $2::bigint for no key update;

-- end: who has no searches (any more) is not looked at.
delete from fediflow.due_saved_searches d
where d.tenant_id = $1::bigint and d.user_id = $2::bigint and d.due_at = $3::timestamptz
  and not exists (
      select from fediflow.saved_searches s where s.tenant_id = $1::bigint and s.user_id = $2::bigint);

-- claim: leases lanes that are due and nobody works on; the one due longest first.
with due as (
    select l.host
    from fediflow.host_lanes l
    where l.next_due_at <= now() and (l.lease_until is null or l.lease_until <= now())
    order by l.next_due_at
    limit $3::int
    for update skip locked
)
update fediflow.host_lanes l
set leased_by = $1::text, lease_until = now() + make_interval(secs => $2::float8)
from due
where l.host = due.host
returning l.host, l.failures, l.failing_since, coalesce(l.last_tenant_id, -1) as last_tenant_id;

-- renew: prolongs our leases of these hosts; gives those that are still ours.
update fediflow.host_lanes l
set lease_until = now() + make_interval(secs => $2::float8)
where l.leased_by = $1::text and l.host = any($3::text[])
returning l.host;

-- take: what can be sent, for each (host, class, tenant after whom it goes on, last id taken by tenant): tenants in turn, some deliveries of each in
-- order, behind those taken before. A tenant with nothing to send just now gives a row without an id. What is about an object
-- waits for what is of another class, or was tried before, and has the same sender, object and inbox; the rest comes in order.
select w.nth, t.tenant_id, d.id, d.host, d.inbox, d.activity_id, d.signer_id, d.class, d.object_key, d.attempts,
       d.created_at
from unnest($1::text[], $2::text[]::smallint[], $3::text[]::bigint[], $4::text[]::jsonb[]) with ordinality
         as w(host, class, after, seen, nth)
cross join lateral (
    with recursive turn(tenant_id, nth) as (
        (select d.tenant_id, 1
         from fediflow.deliveries d
         where d.host = w.host and d.class = w.class and d.tenant_id > w.after and d.id >= $5::bigint and d.id < $6::bigint
         order by d.tenant_id
         limit 1)
        union all
        select n.tenant_id, turn.nth + 1
        from turn
        cross join lateral (
            select d.tenant_id
            from fediflow.deliveries d
            where d.host = w.host and d.class = w.class and d.tenant_id > turn.tenant_id
              and d.id >= $5::bigint and d.id < $6::bigint
            order by d.tenant_id
            limit 1
        ) n
        where turn.nth < $7::int
    )
    select turn.tenant_id from turn
) t
left join lateral (
    select d.*
    from fediflow.deliveries d
    where d.host = w.host and d.class = w.class and d.tenant_id = t.tenant_id
      and d.id > coalesce((w.seen ->> t.tenant_id::text)::bigint, 0) and d.id >= $5::bigint and d.id < $6::bigint
      and (d.not_before is null or d.not_before <= now())
      and (d.object_key is null or not exists (
          select from fediflow.deliveries e
          where e.tenant_id = d.tenant_id and e.object_key = d.object_key and hashtext(e.inbox) = hashtext(d.inbox)
            and e.inbox = d.inbox and e.signer_id = d.signer_id and e.id < d.id and e.id >= $5::bigint and e.id < $6::bigint
            and (e.not_before is not null or e.class <> d.class)))
    order by d.id
    limit $8::int
) d on true
order by w.nth;

-- lock: takes the rows of lanes that are ours, in order, so that whoever adds to them waits for what we say.
select l.host
from fediflow.host_lanes l
where l.leased_by = $1::text and l.host = any($2::text[])
order by l.host
for update;

-- release: gives back the lanes in which nothing can be sent now, due when something can; the others are not among the rows.
update fediflow.host_lanes l
set next_due_at = coalesce(look.later, 'infinity'), is_put_off = false, lease_until = null, leased_by = null, failures = 0,
    failing_since = null, last_tenant_id = r.last_tenant_id
from unnest($2::text[], $3::text[]::bigint[]) as r(host, last_tenant_id)
cross join lateral (
    select exists (
        select from fediflow.deliveries d
        where d.host = r.host and (d.not_before is null or d.not_before <= now())
          and d.id >= $4::bigint and d.id < $5::bigint
          and (d.object_key is null or not exists (
              select from fediflow.deliveries e
              where e.tenant_id = d.tenant_id and e.object_key = d.object_key and hashtext(e.inbox) = hashtext(d.inbox)
                and e.inbox = d.inbox and e.signer_id = d.signer_id and e.id < d.id and e.id >= $4::bigint and e.id < $5::bigint
                and (e.not_before is not null or e.class <> d.class)))
          and not exists (
              select from fediflow.tenant_hosts p
              where p.tenant_id = d.tenant_id and p.host = d.host and p.paused_at is not null)
    ) as more, (
        select min(d.not_before) from fediflow.deliveries d
        where d.host = r.host and d.not_before > now() and d.id >= $4::bigint and d.id < $5::bigint
    ) as later
) look
where l.host = r.host and l.leased_by = $1::text and not look.more
returning l.host;

-- postpone: gives back lanes that wait until a moment, with how often their host failed in a row.
update fediflow.host_lanes l
set next_due_at = now() + make_interval(secs => r.wait), is_put_off = true, lease_until = null, leased_by = null, failures = r.failures,
    failing_since = case when r.failures = 0 then null else coalesce(l.failing_since, now()) end,
    last_tenant_id = r.last_tenant_id
from unnest($2::text[], $3::text[]::float8[], $4::text[]::int[], $5::text[]::bigint[])
         as r(host, wait, failures, last_tenant_id)
where l.host = r.host and l.leased_by = $1::text;

-- paused: whose deliveries to these hosts wait, because their institution said so.
select p.host, p.tenant_id
from fediflow.tenant_hosts p
where p.host = any($1::text[]) and p.paused_at is not null;

-- done: forgets deliveries that came to an end.
delete from fediflow.deliveries d
using unnest($1::text[]::bigint[], $2::text[]::bigint[]) as e(tenant_id, id)
where d.tenant_id = e.tenant_id and d.id = e.id;

-- bury: makes dead letters of deliveries.
with ended as (
    delete from fediflow.deliveries d
    using unnest($1::text[]::bigint[], $2::text[]::bigint[], $3::text[], $4::text[]::smallint[], $5::text[])
              as e(tenant_id, id, why, status, error)
    where d.tenant_id = e.tenant_id and d.id = e.id
    returning d.tenant_id, d.id, d.host, d.inbox, d.activity_id, d.signer_id, d.class, d.object_key, d.object_effect, d.attempts,
              d.created_at, e.why, e.status, e.error
)
insert into fediflow.dead_letters
    (tenant_id, id, host, inbox, activity_id, signer_id, class, object_key, object_effect, attempts, end_reason,
     last_status, last_error, created_at)
select e.tenant_id, e.id, e.host, e.inbox, e.activity_id, e.signer_id, e.class, e.object_key, e.object_effect,
       e.attempts + 1, e.why, e.status, e.error, e.created_at
from ended e
on conflict do nothing;

-- retry: remembers failed attempts of deliveries that are tried again.
update fediflow.deliveries d
set attempts = least(d.attempts + 1, 30000), not_before = now() + make_interval(secs => r.wait),
    last_status = r.status, last_error = r.error
from unnest($1::text[]::bigint[], $2::text[]::bigint[], $3::text[]::float8[], $4::text[]::smallint[], $5::text[])
         as r(tenant_id, id, wait, status, error)
where d.tenant_id = r.tenant_id and d.id = r.id;

-- drop: forgets those of some deliveries that something newer makes pointless: what began or changed an object that it says
-- the end of, an earlier change of one that it changes.
delete from fediflow.deliveries d
using unnest($1::text[]::bigint[], $2::text[]::bigint[]) as e(tenant_id, id)
where d.tenant_id = e.tenant_id and d.id = e.id and d.object_effect < 2
  and exists (
      select from fediflow.deliveries n
      where n.tenant_id = d.tenant_id and n.object_key = d.object_key and hashtext(n.inbox) = hashtext(d.inbox)
        and n.inbox = d.inbox and n.signer_id = d.signer_id and n.id > d.id
        and (n.object_effect = 2 or (n.object_effect = 1 and d.object_effect = 1)));

-- supersede: the same for all that waits for a host; gives what is forgotten.
delete from fediflow.deliveries d
using (
    select o.tenant_id, o.id, o.object_effect,
           max(o.id) filter (where o.object_effect = 2) over same as last_end,
           max(o.id) filter (where o.object_effect = 1) over same as last_change
    from fediflow.deliveries o
    where o.host = $1::text and o.object_key is not null and o.id >= $2::bigint and o.id < $3::bigint
    window same as (partition by o.tenant_id, o.inbox, o.signer_id, o.object_key)
) o
where ((o.object_effect < 2 and o.id < o.last_end) or (o.object_effect = 1 and o.id < o.last_change))
  and d.tenant_id = o.tenant_id and d.id = o.id
returning d.tenant_id, d.id;

-- block: makes dead letters of some of what waits for a host that is blocked on the whole platform.
with ended as (
    delete from fediflow.deliveries d
    using (select b.tenant_id, b.id from fediflow.deliveries b
           where b.host = $1::text and b.id >= $2::bigint and b.id < $3::bigint limit 5000) b
    where d.tenant_id = b.tenant_id and d.id = b.id
    returning d.tenant_id, d.id, d.host, d.inbox, d.activity_id, d.signer_id, d.class, d.object_key, d.object_effect, d.attempts,
              d.created_at
)
insert into fediflow.dead_letters
    (tenant_id, id, host, inbox, activity_id, signer_id, class, object_key, object_effect, attempts, end_reason,
     last_error, created_at)
select e.tenant_id, e.id, e.host, e.inbox, e.activity_id, e.signer_id, e.class, e.object_key, e.object_effect, e.attempts, 'blocked',
       'the host is blocked on this platform', e.created_at
from ended e
on conflict do nothing;

-- figures: adds how deliveries of institutions to hosts went.
insert into fediflow.tenant_hosts as h
    (tenant_id, host, delivered, failed, latency_ms, last_success_at, last_failure_at, last_error, updated_at)
select f.tenant_id, f.host, f.delivered, f.failed, f.latency, f.success, f.failure, f.error, now()
from unnest($1::text[]::bigint[], $2::text[], $3::text[]::bigint[], $4::text[]::bigint[], $5::text[]::float8[],
            $6::text[]::timestamptz[], $7::text[]::timestamptz[], $8::text[])
         as f(tenant_id, host, delivered, failed, latency, success, failure, error)
order by f.tenant_id, f.host
on conflict (tenant_id, host) do update
set delivered = h.delivered + excluded.delivered, failed = h.failed + excluded.failed,
    latency_ms = coalesce(excluded.latency_ms * 0.2 + h.latency_ms * 0.8, excluded.latency_ms, h.latency_ms),
    last_success_at = coalesce(excluded.last_success_at, h.last_success_at),
    last_failure_at = coalesce(excluded.last_failure_at, h.last_failure_at),
    last_error = coalesce(excluded.last_error, h.last_error), updated_at = now();

-- states: copies how hosts are doing for the institutions that know them.
update fediflow.tenant_hosts h
set state = s.state, software = s.software, software_version = s.version, updated_at = now()
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as s(host, state, software, version)
where h.host = s.host
  and (h.state, h.software, h.software_version) is distinct from (s.state, s.software, s.version);

-- known: hosts that something was sent to lately or waits for, or that are in trouble.
select h.host from fediflow.tenant_hosts h where h.updated_at > now() - interval '10 minutes' or h.state <> 'open'
union
select l.host from fediflow.host_lanes l where l.next_due_at < 'infinity';

-- oldest: the first moment of the oldest day that still has deliveries, but none later than $2: what got its id just before
-- midnight may be committed after it.
select least(min(d.low), $2::bigint) as low
from unnest($1::text[]::bigint[]) as d(low)
where exists (
    select from fediflow.deliveries x where x.id >= d.low and x.id < d.low + (86400000::bigint << 22)
);

-- wake: makes lanes due at once, unless somebody works on them or nothing waits.
update fediflow.host_lanes l
set next_due_at = now()
where l.host = any($1::text[]) and l.next_due_at > now()
  and exists (select from fediflow.deliveries d where d.host = l.host);

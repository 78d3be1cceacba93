-- lanes: what waits in a shard for each host, the oldest first: how many, since when, and when it is tried next.
select w.host, w.waiting, w.oldest_at, l.next_due_at, l.failures, l.lease_until > now() as is_worked_on
from (
    select d.host, count(*) as waiting, min(d.created_at) as oldest_at
    from fediflow.deliveries d
    where $1::text is null or d.host = $1::text
    group by d.host
) w
left join fediflow.host_lanes l on l.host = w.host
order by w.oldest_at;

-- hosts: what the platform knows of hosts: those in trouble or paused first.
select h.host, case when h.paused_at is not null then 'paused' when h.breaker = 'open' then 'failing'
                    when h.breaker = 'half_open' then 'trying' else 'working' end as state,
       h.delivered, h.failed, h.latency_ms, h.last_success_at, h.last_failure_at, h.last_error, h.signature_kind,
       h.software, h.software_version, h.capabilities, h.received, h.refused, h.pause_reason, h.open_until
from fediflow.remote_hosts h
where ($1::text is null or h.host = $1::text)
  and (not $2::boolean or h.paused_at is not null or h.breaker <> 'closed')
order by h.paused_at is null, h.breaker = 'closed', h.last_failure_at desc nulls last, h.host
limit $3::int;

-- pause: nothing is sent to a host.
insert into fediflow.remote_hosts as h (host, paused_at, pause_reason, created_at, updated_at)
values ($1::text, now(), $2::text, now(), now())
on conflict (host) do update
set paused_at = now(), pause_reason = excluded.pause_reason, updated_at = now();

-- resume: it is sent to again.
update fediflow.remote_hosts h
set paused_at = null, pause_reason = null, updated_at = now()
where h.host = $1::text and h.paused_at is not null;

-- reopen: somebody may try at once.
update fediflow.remote_hosts h
set open_until = now(), updated_at = now()
where h.host = $1::text and h.breaker <> 'closed';

-- retry: deliveries of all institutions to a host are tried at once.
update fediflow.deliveries d set not_before = now() where d.host = $1::text and d.not_before > now();

-- lane: whether anything was ever to be sent to a host from a shard.
select l.host from fediflow.host_lanes l where l.host = $1::text;

-- due: a lane is due, unless somebody works on it or nothing waits.
update fediflow.host_lanes l
set next_due_at = now()
where l.host = $1::text and l.next_due_at > now() and exists (select from fediflow.deliveries d where d.host = $1::text)
returning (select count(*) from fediflow.deliveries d where d.host = $1::text) as waiting;

-- letters: dead letters, the latest first.
select l.tenant_id, l.id, l.host, l.activity_id, l.class, l.attempts, l.end_reason, l.last_status, l.last_error,
       l.created_at, l.died_at
from fediflow.dead_letters l
where ($1::text[]::bigint[] is null or l.tenant_id = any($1::text[]::bigint[])) and ($2::text is null or l.host = $2::text)
order by l.died_at desc
limit $3::int;

-- cancel: makes dead letters of some of what waits.
with ended as (
    delete from fediflow.deliveries d
    using (
        select x.tenant_id, x.id from fediflow.deliveries x
        where ($1::bigint is null or x.tenant_id = $1::bigint) and ($2::text is null or x.host = $2::text)
          and ($3::bigint is null or x.id = $3::bigint)
        limit 5000
    ) x
    where d.tenant_id = x.tenant_id and d.id = x.id
    returning d.tenant_id, d.id, d.host, d.inbox, d.activity_id, d.signer_id, d.class, d.object_key, d.object_effect, d.attempts,
              d.last_status, d.created_at
)
insert into fediflow.dead_letters
    (tenant_id, id, host, inbox, activity_id, signer_id, class, object_key, object_effect, attempts, end_reason,
     last_status, created_at)
select e.tenant_id, e.id, e.host, e.inbox, e.activity_id, e.signer_id, e.class, e.object_key, e.object_effect, e.attempts,
       'cancelled', e.last_status, e.created_at
from ended e
on conflict do nothing;

-- waiting: commands that nobody carried out yet, the oldest first.
select c.tenant_id, c.id, c.command, c.subject, c.requested_by_id
from fediflow.delivery_commands c
where c.done_at is null
order by c.id
limit 20
for update skip locked;

-- done: notes what came of a command.
update fediflow.delivery_commands c
set done_at = now(), affected = $3::int
where c.tenant_id = $1::bigint and c.id = $2::bigint;

-- retry: has deliveries of an institution to a host tried at once.
update fediflow.deliveries d
set not_before = now()
where d.tenant_id = $1::bigint and d.host = $2::text and d.not_before > now();

-- waits: how many deliveries of an institution wait for a host.
select count(*) from fediflow.deliveries d where d.tenant_id = $1::bigint and d.host = $2::text;

-- pause: keeps deliveries of an institution to a host back.
insert into fediflow.tenant_hosts (tenant_id, host, paused_at, paused_by_id)
values ($1::bigint, $2::text, now(), $3::bigint)
on conflict (tenant_id, host) do update
set paused_at = now(), paused_by_id = excluded.paused_by_id, updated_at = now();

-- resume: lets them go.
update fediflow.tenant_hosts h
set paused_at = null, paused_by_id = null, updated_at = now()
where h.tenant_id = $1::bigint and h.host = $2::text and h.paused_at is not null;

-- cancel: makes a dead letter of one delivery that waits.
with ended as (
    delete from fediflow.deliveries d
    where d.tenant_id = $1::bigint and d.id = $2::bigint
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

-- replay: makes deliveries of dead letters, as if they were new: of one institution or all, of a host or some letters; gives
-- the host of each.
with again as (
    delete from fediflow.dead_letters l
    using (
        select x.tenant_id, x.id
        from fediflow.dead_letters x
        where ($1::bigint is null or x.tenant_id = $1::bigint) and ($2::text is null or x.host = $2::text)
          and ($3::text[] is null or x.id = any($3::text[]::bigint[]))
        order by x.tenant_id, x.id
        limit $4::int
        for update skip locked
    ) x
    where l.tenant_id = x.tenant_id and l.id = x.id
    returning l.tenant_id, l.id, l.host, l.inbox, l.activity_id, l.signer_id, l.class, l.object_key, l.object_effect
)
insert into fediflow.deliveries
    (tenant_id, id, host, inbox, activity_id, signer_id, class, object_key, object_effect)
select a.tenant_id, fediflow.first_id_of(clock_timestamp()) + (1 << 21) + row_number() over (order by a.tenant_id, a.id),
       a.host, a.inbox, a.activity_id, a.signer_id, a.class, a.object_key, a.object_effect
from again a
returning host;

-- due: has lanes of hosts worked on at once, unless somebody does.
insert into fediflow.host_lanes as l (host, next_due_at)
select h.host, now() from unnest($1::text[]) as h(host) order by h.host
on conflict (host) do update set next_due_at = now() where l.next_due_at > now();

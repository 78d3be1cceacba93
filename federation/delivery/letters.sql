-- expire: makes dead letters of some deliveries that are older than is tried.
with ended as (
    delete from fediflow.deliveries d
    using (select x.tenant_id, x.id from fediflow.deliveries x where x.id < $1::bigint limit 5000) x
    where d.tenant_id = x.tenant_id and d.id = x.id
    returning d.tenant_id, d.id, d.host, d.inbox, d.activity_id, d.signer_id, d.class, d.object_key, d.object_effect, d.attempts,
              d.last_status, d.last_error, d.created_at
)
insert into fediflow.dead_letters
    (tenant_id, id, host, inbox, activity_id, signer_id, class, object_key, object_effect, attempts, end_reason,
     last_status, last_error, created_at)
select e.tenant_id, e.id, e.host, e.inbox, e.activity_id, e.signer_id, e.class, e.object_key, e.object_effect, e.attempts,
       'expired', e.last_status, e.last_error, e.created_at
from ended e
on conflict do nothing;

-- forget: drops some dead letters and commands whose time is over.
with letters as (
    delete from fediflow.dead_letters l
    using (select x.tenant_id, x.id from fediflow.dead_letters x
           where x.died_at < now() - interval '30 days' order by x.died_at limit 5000) x
    where l.tenant_id = x.tenant_id and l.id = x.id
    returning 1
), commands as (
    delete from fediflow.delivery_commands c
    where c.done_at < now() - interval '30 days'
    returning 1
)
select (select count(*) from letters) + (select count(*) from commands);

-- lanes: forgets lanes of hosts that nothing was sent to for long.
delete from fediflow.host_lanes l
using (
    select x.host
    from fediflow.host_lanes x
    where x.next_due_at = 'infinity' and x.lease_until is null
      and not exists (select from fediflow.tenant_hosts h
                      where h.host = x.host and greatest(h.last_success_at, h.last_failure_at) > now() - interval '30 days')
      and not exists (select from fediflow.deliveries d where d.host = x.host)
    limit 1000
    for update skip locked
) x
where l.host = x.host;

-- roll: makes partitions for days to come and drops those whose time is over.
select fediflow.roll_partitions(now());

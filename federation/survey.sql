-- shard: what waits in a shard's queue and what was given up, counted as far as is said.
select (select count(*) from (select from fediflow.deliveries limit $1::int) w) as deliveries,
       (select count(*) from (select from fediflow.dead_letters limit $1::int) w) as dead_letters;

-- due: for how many seconds the delivery that waits longest could have gone. A lane's time says since when anything of it
-- could, so the first lanes are enough.
select coalesce((
           select max(extract(epoch from now() - greatest(d.created_at, d.not_before, l.next_due_at)))
           from (
               select l.host, l.next_due_at from fediflow.host_lanes l
               where l.next_due_at <= now() order by l.next_due_at limit 32
           ) l
           cross join (values (0::smallint), (1), (2)) c(class)
           cross join lateral (
               with recursive turn(tenant_id, nth) as (
                   (select d.tenant_id, 1 from fediflow.deliveries d
                    where d.host = l.host and d.class = c.class order by d.tenant_id limit 1)
                   union all
                   select n.tenant_id, turn.nth + 1
                   from turn
                   cross join lateral (
                       select d.tenant_id from fediflow.deliveries d
                       where d.host = l.host and d.class = c.class and d.tenant_id > turn.tenant_id
                       order by d.tenant_id limit 1
                   ) n
                   where turn.nth < 16
               )
               select turn.tenant_id from turn
               where not exists (select from fediflow.tenant_hosts p
                                 where p.tenant_id = turn.tenant_id and p.host = l.host and p.paused_at is not null)
           ) t
           cross join lateral (
               select d.created_at, d.not_before from fediflow.deliveries d
               where d.host = l.host and d.class = c.class and d.tenant_id = t.tenant_id
               order by d.id limit 16
           ) d
           where d.not_before is null or d.not_before <= now()
       ), 0)::float8 as seconds;

-- hosts: how many other servers are how.
select case when h.paused_at is not null then 'paused' when h.breaker = 'open' then 'failing'
            when h.breaker = 'half_open' then 'trying' else 'working' end as state,
       count(*) as hosts
from fediflow.remote_hosts h
group by 1;

-- inbox: how many activities of others wait, counted as far as is said.
select count(*) as activities from (select from fediflow.inbox_activities where lane >= 0 limit $1::int) w;

-- waiting: which documents of an institution may say more than its rows do: changed, and the index has not heard of it yet. One
-- JSON text: kinds and ids, at most $3 and one more of each list, and whether that is all. $2 are the events that hide or
-- change something, $4 how many positions one look may cover, $5 a position after which all counts as not heard of (or NULL).
with c as materialized (
  select k.position as clock, least(
    coalesce((select n.position from fediflow.outbox_consumers n where n.name = 'search'), 0),
    coalesce((select f.replay_after from fediflow.search_fillings f), 9223372036854775807),
    $5::bigint
  ) as heard
  from fediflow.outbox_clock k
), w as materialized (
  (select o.event, o.object_id, o.payload
   from c, fediflow.outbox o
   where c.clock - c.heard <= $4::bigint and o.tenant_id = $1::bigint
     and o.position > c.heard and o.position <= c.clock and o.event = any($2::text[])
   limit $3::bigint + 1)
  union all
  (select o.event, o.object_id, o.payload
   from fediflow.outbox o
   where o.tenant_id = $1::bigint and o.position is null and o.event = any($2::text[])
   limit $3::bigint + 1)
), f as materialized (
  select l.cause, l.object_id from fediflow.search_fanouts l where l.tenant_id = $1::bigint limit $3::bigint + 1
), course as (
  select w.object_id as id from w where w.event like 'course.%' union select f.object_id from f where f.cause = 'course'
), moved as (
  select w.object_id as id from w
  where w.event = 'course.updated' and coalesce(w.payload -> 'changed', '["org_unit_id"]') @> '["org_unit_id"]'
  union
  select (w.payload ->> 'course_id')::bigint from w
  where w.event = 'offering.updated' and coalesce((w.payload ->> 'is_moved')::boolean, w.payload ? 'course_id')
  union select f.object_id from f where f.cause = 'course_unit'
), actor as (
  select w.object_id as id from w
  where w.event like 'actor.%'
    and coalesce(w.payload -> 'changed', '["status"]') ?| array['status', 'restriction', 'is_discoverable']
  union select f.object_id from f where f.cause = 'actor'
), d as (
  select split_part(w.event, '.', 1) as kind, w.object_id as id from w
  where split_part(w.event, '.', 1) in ('course', 'offering', 'org_unit', 'user', 'post')
  union
  select 'user', (w.payload ->> 'user_id')::bigint from w
  where w.event = 'enrollment.changed' and w.payload ->> 'from_state' is not null
  union
  (select 'offering', o.id from course
   join fediflow.offerings o on o.tenant_id = $1::bigint and o.course_id = course.id
   limit $3::bigint + 1)
  union
  (select 'user', e.user_id from moved
   join fediflow.offerings o on o.tenant_id = $1::bigint and o.course_id = moved.id
   join fediflow.enrollments e on e.tenant_id = $1::bigint and e.offering_id = o.id
   limit $3::bigint + 1)
  union
  (select 'post', p.id from actor
   join fediflow.posts p on p.tenant_id = $1::bigint and p.actor_id = actor.id
   limit $3::bigint + 1)
  union
  (select 'post', p.id from actor
   join fediflow.posts p on p.tenant_id = $1::bigint and p.group_id = actor.id
   limit $3::bigint + 1)
)
select json_build_object(
  'references', coalesce((select json_agg(json_build_array(l.kind, l.id)) from (select * from d limit $3::bigint + 1) l),
                         '[]'::json),
  'is_near', c.clock - c.heard <= $4::bigint and (select count(*) from w) <= $3::bigint,
  'is_known', not exists (select from f where f.cause in ('org_unit', 'tenant'))
    and not exists (select from w where w.event = 'org_unit.updated' and coalesce((w.payload ->> 'is_moved')::boolean, true))
)::text
from c;

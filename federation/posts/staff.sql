-- staff: the actors of the nearest staff of a group that are there: at most 50, without who blocked somebody.
with staff as (
    select n.user_id, 1 as distance
    from fediflow.offerings o
    join fediflow.enrollments n on n.tenant_id = $1::bigint and n.offering_id = o.id
    where o.tenant_id = $1::bigint and o.course_id = $3::bigint and o.state <> 'archived'
      and n.role in ('instructor', 'assistant') and n.state = 'active'
    union all
    select x.user_id, 1
    from fediflow.group_moderators g
    join fediflow.actors x on x.tenant_id = $1::bigint and x.id = g.actor_id and x.user_id is not null
    where g.tenant_id = $1::bigint and g.group_id = $2::bigint
    union all
    select r.user_id, case when r.org_unit_id is null then 3 else 2 end
    from fediflow.role_assignments r
    where r.tenant_id = $1::bigint and r.role = any($5::text[])
      and (r.org_unit_id is null or r.org_unit_id in (
          select u.ancestor_id from fediflow.org_unit_ancestors u
          where u.tenant_id = $1::bigint and u.descendant_id = coalesce($4::bigint, (
              select c.org_unit_id from fediflow.courses c where c.tenant_id = $1::bigint and c.id = $3::bigint))))
), there as (
    select a.id, min(s.distance) as distance
    from staff s
    join fediflow.actors a
        on a.tenant_id = $1::bigint and a.user_id = s.user_id and a.status = 'active' and a.restriction <> 'suspended'
    group by a.id
)
select t.id
from there t
where t.distance = (select min(n.distance) from there n)
  and not exists (
      select from fediflow.blocks b
      where b.tenant_id = $1::bigint and b.actor_id = t.id and b.blocked_id = $6::bigint)
order by t.id
limit 50;

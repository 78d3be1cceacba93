-- clock: the newest position of the shard's outbox: what this snapshot shows is not older.
select position from fediflow.outbox_clock;

-- courses: what documents of courses ($2) are made of, a row each.
select c.id, c.code, c.title::text as titles, c.description::text as texts, c.teaching_languages, c.delivery_modes,
       c.eqf_level, c.credits::text as credits, c.visibility, c.status, coalesce(p.appeared_at, c.created_at) as appeared_at,
       array(select n.ancestor_id::text from fediflow.org_unit_ancestors n
             where n.tenant_id = $1::bigint and n.descendant_id = c.org_unit_id order by n.depth) as units,
       array(select s.taken::text from fediflow.offerings o
             join fediflow.offering_seats s on s.tenant_id = $1::bigint and s.offering_id = o.id
             where o.tenant_id = $1::bigint and o.course_id = c.id) as taken,
       g.followers_count
from unnest($2::text[]::bigint[]) as asked(id)
join fediflow.courses c on c.tenant_id = $1::bigint and c.id = asked.id
left join fediflow.search_appearances p on p.tenant_id = $1::bigint and p.kind = 'course' and p.object_id = c.id
left join fediflow.actors g on g.tenant_id = $1::bigint and g.course_id = c.id and g.status in ('active', 'moved')
  and g.restriction = 'none';

-- offerings: the same of offerings ($2); what they have not of their own is their course's, as everywhere.
select o.id, o.code, o.course_id, c.code as course_code, coalesce(o.title, c.title)::text as titles,
       coalesce(o.description, c.description)::text as texts,
       case when o.teaching_languages = '{}' then c.teaching_languages else o.teaching_languages end as teaching_languages,
       case when o.delivery_modes = '{}' then c.delivery_modes else o.delivery_modes end as delivery_modes,
       c.eqf_level, c.credits::text as credits, o.visibility, o.state, o.academic_session_id,
       c.visibility as course_visibility, coalesce(p.appeared_at, o.created_at) as appeared_at,
       o.effective_starts_on, o.latitude, o.longitude, s.capacity, coalesce(s.taken, 0) as taken,
       array(select n.ancestor_id::text from fediflow.org_unit_ancestors n
             where n.tenant_id = $1::bigint and n.descendant_id = c.org_unit_id order by n.depth) as units
from unnest($2::text[]::bigint[]) as asked(id)
join fediflow.offerings o on o.tenant_id = $1::bigint and o.id = asked.id
join fediflow.courses c on c.tenant_id = $1::bigint and c.id = o.course_id
left join fediflow.offering_seats s on s.tenant_id = $1::bigint and s.offering_id = o.id
left join fediflow.search_appearances p on p.tenant_id = $1::bigint and p.kind = 'offering' and p.object_id = o.id;

-- org_units: the same of org units ($2).
select u.id, u.code, u.name::text as titles, u.kind, u.status, u.created_at as appeared_at,
       array(select n.ancestor_id::text from fediflow.org_unit_ancestors n
             where n.tenant_id = $1::bigint and n.descendant_id = u.id order by n.depth) as units,
       g.followers_count
from unnest($2::text[]::bigint[]) as asked(id)
join fediflow.org_units u on u.tenant_id = $1::bigint and u.id = asked.id
left join fediflow.actors g on g.tenant_id = $1::bigint and g.org_unit_id = u.id and g.status in ('active', 'moved')
  and g.restriction = 'none';

-- people: the same of people ($2) who were not erased: in which offerings they take part, and whether they teach one.
select u.id, u.handle, u.display_name, u.is_searchable, u.created_at as appeared_at, a.followers_count,
       t.offerings, t.units, t.teaches
from unnest($2::text[]::bigint[]) as asked(id)
join fediflow.users u on u.tenant_id = $1::bigint and u.id = asked.id and u.status <> 'deleted'
left join fediflow.actors a on a.tenant_id = $1::bigint and a.user_id = u.id and a.status in ('active', 'moved')
  and a.restriction = 'none'
cross join lateral (
  select coalesce(array_agg(distinct e.offering_id::text), '{}') as offerings,
         coalesce(array_agg(distinct n.ancestor_id::text) filter (where n.ancestor_id is not null), '{}') as units,
         coalesce(bool_or(e.role in ('instructor', 'assistant', 'designer') and e.state in ('active', 'completed')), false)
           as teaches
  from (
    -- In the order of the one index that begins with people, which a range of one asks for: in the first hours of a term
    -- statistics know few enrolments or none, and then any index of the institution seems as good.
    select e.offering_id, e.role, e.state from fediflow.enrollments e
    where e.tenant_id = $1::bigint and e.user_id between u.id and u.id order by e.user_id, e.id) e
  left join fediflow.offerings o on o.tenant_id = $1::bigint and o.id = e.offering_id
  left join fediflow.courses c on c.tenant_id = $1::bigint and c.id = o.course_id
  left join fediflow.org_unit_ancestors n on n.tenant_id = $1::bigint and n.descendant_id = c.org_unit_id) t;

-- posts: the same of posts ($2) that may be found: for everybody or the members, not held back, of somebody who is shown to
-- all (elsewhere: and wants to be found), and in no group that is not.
select p.id, p.title, p.content, p.content_map::text as content_map, p.content_warning, p.language, p.visibility, p.actor_id,
       p.written_by_id, p.likes_count + p.announces_count as liked, p.created_at as appeared_at, a.host, a.user_id,
       a.is_discoverable
from unnest($2::text[]::bigint[]) as asked(id)
join fediflow.posts p on p.tenant_id = $1::bigint and p.id = asked.id
join fediflow.actors a on a.tenant_id = $1::bigint and a.id = p.actor_id
left join fediflow.actors g on g.tenant_id = $1::bigint and g.id = p.group_id
where p.state = 'published' and p.visibility in ('public', 'tenant')
  and a.status in ('active', 'moved') and a.restriction = 'none' and (a.is_local or a.is_discoverable)
  and (p.group_id is null or (g.status in ('active', 'moved') and g.restriction = 'none'))
  and not exists (select from fediflow.held_posts h where h.tenant_id = $1::bigint and h.post_id = p.id);

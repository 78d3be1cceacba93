-- offerings_of_courses: the offerings of courses ($2) after one ($3), at most $4; so are those below.
select o.id from fediflow.offerings o
where o.tenant_id = $1::bigint and o.course_id = any($2::text[]::bigint[]) and o.id > $3::bigint
order by o.id limit $4::bigint;

-- people_of_courses: who takes part in one of those offerings.
select u.id from fediflow.users u
where u.tenant_id = $1::bigint and u.id > $3::bigint
  and exists (select from fediflow.enrollments e
              join fediflow.offerings o on o.tenant_id = $1::bigint and o.id = e.offering_id
              where e.tenant_id = $1::bigint and e.user_id = u.id and o.course_id = any($2::text[]::bigint[]))
order by u.id limit $4::bigint;

-- offerings_of_sessions: those of terms.
select o.id from fediflow.offerings o
where o.tenant_id = $1::bigint and o.academic_session_id = any($2::text[]::bigint[]) and o.id > $3::bigint
order by o.id limit $4::bigint;

-- posts_of_actors: what actors wrote.
select p.id from fediflow.posts p
where p.tenant_id = $1::bigint and p.actor_id = any($2::text[]::bigint[]) and p.id > $3::bigint
order by p.id limit $4::bigint;

-- posts_in_groups: what stands in the feeds of groups.
select p.id from fediflow.posts p
where p.tenant_id = $1::bigint and p.group_id = any($2::text[]::bigint[]) and p.id > $3::bigint
order by p.id limit $4::bigint;

-- units_below: org units and those below them.
select u.id from fediflow.org_units u
where u.tenant_id = $1::bigint and u.id > $3::bigint
  and exists (select from fediflow.org_unit_ancestors n
              where n.tenant_id = $1::bigint and n.descendant_id = u.id and n.ancestor_id = any($2::text[]::bigint[]))
order by u.id limit $4::bigint;

-- courses_below: courses of org units and of those below.
select c.id from fediflow.courses c
where c.tenant_id = $1::bigint and c.id > $3::bigint
  and exists (select from fediflow.org_unit_ancestors n
              where n.tenant_id = $1::bigint and n.descendant_id = c.org_unit_id and n.ancestor_id = any($2::text[]::bigint[]))
order by c.id limit $4::bigint;

-- offerings_below: offerings of those courses.
select o.id from fediflow.offerings o
join fediflow.courses c on c.tenant_id = $1::bigint and c.id = o.course_id
where o.tenant_id = $1::bigint and o.id > $3::bigint
  and exists (select from fediflow.org_unit_ancestors n
              where n.tenant_id = $1::bigint and n.descendant_id = c.org_unit_id and n.ancestor_id = any($2::text[]::bigint[]))
order by o.id limit $4::bigint;

-- people_below: who takes part in one of those offerings.
select u.id from fediflow.users u
where u.tenant_id = $1::bigint and u.id > $3::bigint
  and exists (select from fediflow.enrollments e
              join fediflow.offerings o on o.tenant_id = $1::bigint and o.id = e.offering_id
              join fediflow.courses c on c.tenant_id = $1::bigint and c.id = o.course_id
              join fediflow.org_unit_ancestors n on n.tenant_id = $1::bigint and n.descendant_id = c.org_unit_id
              where e.tenant_id = $1::bigint and e.user_id = u.id and n.ancestor_id = any($2::text[]::bigint[]))
order by u.id limit $4::bigint;

-- all_courses: every course of the institution ($2 is its own id, which the row-level security says too).
select c.id from fediflow.courses c
where c.tenant_id = $1::bigint and $2::text[] is not null and c.id > $3::bigint order by c.id limit $4::bigint;

-- all_offerings: every offering.
select o.id from fediflow.offerings o
where o.tenant_id = $1::bigint and $2::text[] is not null and o.id > $3::bigint order by o.id limit $4::bigint;

-- all_units: every org unit.
select u.id from fediflow.org_units u
where u.tenant_id = $1::bigint and $2::text[] is not null and u.id > $3::bigint order by u.id limit $4::bigint;

-- all_people: everybody.
select u.id from fediflow.users u
where u.tenant_id = $1::bigint and $2::text[] is not null and u.id > $3::bigint order by u.id limit $4::bigint;

-- all_posts: every post.
select p.id from fediflow.posts p
where p.tenant_id = $1::bigint and $2::text[] is not null and p.id > $3::bigint order by p.id limit $4::bigint;

-- first_of_all: the first $2 rows of the institution, with their kind, in the order in which an engine lists documents.
select found.kind, found.id from (
  (select 'course' as kind, c.id from fediflow.courses c where c.tenant_id = $1::bigint order by c.id limit $2::bigint)
  union all
  (select 'offering', o.id from fediflow.offerings o where o.tenant_id = $1::bigint order by o.id limit $2::bigint)
  union all
  (select 'org_unit', u.id from fediflow.org_units u where u.tenant_id = $1::bigint order by u.id limit $2::bigint)
  union all
  (select 'post', p.id from fediflow.posts p where p.tenant_id = $1::bigint order by p.id limit $2::bigint)
  union all
  (select 'user', u.id from fediflow.users u where u.tenant_id = $1::bigint order by u.id limit $2::bigint)
) found order by found.kind, found.id limit $2::bigint;

-- courses_of: the courses of offerings ($2).
select distinct o.course_id as id from fediflow.offerings o
where o.tenant_id = $1::bigint and o.id = any($2::text[]::bigint[]);

-- owners_of: the person, course or unit that each of these actors ($2) stands for.
select a.user_id, a.course_id, a.org_unit_id from fediflow.actors a
where a.tenant_id = $1::bigint and a.id = any($2::text[]::bigint[]) and a.is_local;

-- post_published: who is named in a post, answered by it, or takes part in the course whose staff announces it.
select m.user_id, m.rank, m.kind, 'post:' || p.id as once_key,
       p.actor_id, p.id as post_id, null::bigint as enrollment_id, null::bigint as offering_id, '{}'::jsonb as details
from jsonb_to_recordset($2::text::jsonb) as e(id bigint)
join fediflow.posts p on p.tenant_id = $1::bigint and p.id = e.id
cross join lateral (
    select a.user_id, case p.visibility when 'direct' then 0 else 2 end as rank,
           case p.visibility when 'direct' then 'direct_message' else 'mention' end as kind
    from fediflow.post_mentions n
    join fediflow.actors a on a.tenant_id = $1::bigint and a.id = n.actor_id
    where n.tenant_id = $1::bigint and n.post_id = p.id and (n.is_named or p.visibility = 'direct')
    union all
    select coalesce(a.user_id, parent.written_by_id), 1, 'reply'
    from fediflow.posts parent
    join fediflow.actors a on a.tenant_id = $1::bigint and a.id = parent.actor_id
    where parent.tenant_id = $1::bigint and parent.id = p.in_reply_to_id
    union all
    select n.user_id, 3, 'course_announcement'
    from fediflow.actors g
    join fediflow.offerings o
        on o.tenant_id = $1::bigint and o.course_id = g.course_id and o.state = 'published'
        and o.effective_ends_on >= current_date - 1
    cross join lateral (
        select n.user_id from fediflow.enrollments n
        where n.tenant_id = $1::bigint and n.offering_id = o.id and n.state = 'active'
        offset 0) n
    where p.is_announcement and g.tenant_id = $1::bigint and g.id = p.group_id
) m
where m.user_id is not null and m.user_id is distinct from p.written_by_id

-- post_liked: whose post it is.
select coalesce(a.user_id, p.written_by_id) as user_id, 0 as rank, 'like' as kind,
       'like:' || p.id || ':' || e.actor as once_key,
       e.actor as actor_id, p.id as post_id, null::bigint as enrollment_id, null::bigint as offering_id,
       '{}'::jsonb as details
from jsonb_to_recordset($2::text::jsonb) as e(id bigint, actor bigint)
join fediflow.likes l on l.tenant_id = $1::bigint and l.post_id = e.id and l.actor_id = e.actor
join fediflow.posts p on p.tenant_id = $1::bigint and p.id = e.id
join fediflow.actors a on a.tenant_id = $1::bigint and a.id = p.actor_id
where coalesce(a.user_id, p.written_by_id) is not null

-- post_announced: whose post it is; a group hands on whatever is posted in it, which is no news.
select coalesce(a.user_id, p.written_by_id) as user_id, 0 as rank, 'announce' as kind,
       'announce:' || p.id || ':' || e.actor as once_key,
       e.actor as actor_id, p.id as post_id, null::bigint as enrollment_id, null::bigint as offering_id,
       '{}'::jsonb as details
from jsonb_to_recordset($2::text::jsonb) as e(id bigint, actor bigint)
join fediflow.announces n on n.tenant_id = $1::bigint and n.post_id = e.id and n.actor_id = e.actor
join fediflow.posts p on p.tenant_id = $1::bigint and p.id = e.id
join fediflow.actors a on a.tenant_id = $1::bigint and a.id = p.actor_id
join fediflow.actors s on s.tenant_id = $1::bigint and s.id = e.actor and s.kind <> 'group'
where coalesce(a.user_id, p.written_by_id) is not null

-- follow_requested: who is asked, as long as they have not answered; of a group its staff, else who runs its unit or one
-- above it, else who runs the institution's catalogue.
select m.user_id, 0 as rank, 'follow_request' as kind,
       'follow_request:' || case a.kind when 'group' then a.id || ':' else '' end || e.follower as once_key,
       e.follower as actor_id, null::bigint as post_id, null::bigint as enrollment_id, null::bigint as offering_id,
       jsonb_build_object('about', 'follow_' || f.id)
           || case a.kind when 'group' then jsonb_build_object('of', 'group', 'group', a.display_name) else '{}'::jsonb end
           as details
from jsonb_to_recordset($2::text::jsonb) as e(id bigint, follower bigint, followed bigint, roles jsonb)
join fediflow.follows f on f.tenant_id = $1::bigint and f.id = e.id and f.state = 'pending'
join fediflow.actors a on a.tenant_id = $1::bigint and a.id = e.followed and a.is_local
cross join lateral (
    select s.user_id, s.distance, min(s.distance) over () as nearest
    from (
        select a.user_id, 0 as distance where a.user_id is not null
        union all
        select n.user_id, 1
        from fediflow.offerings o
        cross join lateral (
            select n.user_id from fediflow.enrollments n
            where n.tenant_id = $1::bigint and n.offering_id = o.id and n.role in ('instructor', 'assistant')
              and n.state = 'active'
            offset 0) n
        where o.tenant_id = $1::bigint and o.course_id = a.course_id and o.state <> 'archived'
        union all
        select x.user_id, 1
        from fediflow.group_moderators g
        join fediflow.actors x on x.tenant_id = $1::bigint and x.id = g.actor_id and x.user_id is not null
        where g.tenant_id = $1::bigint and g.group_id = a.id
        union all
        select r.user_id, case when r.org_unit_id is null then 3 else 2 end
        from fediflow.role_assignments r
        where a.kind = 'group' and r.tenant_id = $1::bigint
          and r.role in (select jsonb_array_elements_text(e.roles))
          and (r.org_unit_id is null or r.org_unit_id in (
              select u.ancestor_id from fediflow.org_unit_ancestors u
              where u.tenant_id = $1::bigint and u.descendant_id = coalesce(a.org_unit_id, (
                  select c.org_unit_id from fediflow.courses c where c.tenant_id = $1::bigint and c.id = a.course_id))))
    ) s
) m
where m.distance = m.nearest

-- follow_accepted: who is followed, unless they let the follower in by hand; then who asked.
select m.user_id, 0 as rank, m.kind, m.kind || ':' || m.actor_id as once_key,
       m.actor_id, null::bigint as post_id, null::bigint as enrollment_id, null::bigint as offering_id,
       '{}'::jsonb as details
from jsonb_to_recordset($2::text::jsonb) as e(id bigint, follower bigint, followed bigint)
join fediflow.follows f on f.tenant_id = $1::bigint and f.id = e.id and f.state = 'accepted'
join fediflow.actors a on a.tenant_id = $1::bigint and a.id = e.followed
join fediflow.actors b on b.tenant_id = $1::bigint and b.id = e.follower
cross join lateral (
    select a.user_id, 'follow' as kind, b.id as actor_id where not a.approves_followers
    union all
    select b.user_id, 'follow_accepted', a.id where a.approves_followers
) m
where m.user_id is not null

-- moved: who followed an actor that went elsewhere; the details name the new one.
select a.user_id, 0 as rank, 'moved' as kind, 'moved:' || e.id || ':' || e.target as once_key,
       e.target as actor_id, null::bigint as post_id, null::bigint as enrollment_id, null::bigint as offering_id,
       jsonb_build_object('from', e.id::text) as details
from jsonb_to_recordset($2::text::jsonb) as e(id bigint, target bigint, followers jsonb)
cross join lateral jsonb_array_elements_text(e.followers) as n(id)
join fediflow.actors a on a.tenant_id = $1::bigint and a.id = n.id::bigint and a.user_id is not null

-- enrollment_changed: whose request was decided, or who moved up from the waitlist.
select e.user_id, 0 as rank,
       case e.action when 'promote' then 'promoted' when 'offer' then 'seat_offered' else 'request_decided' end as kind,
       'enrollment:' || e.id || ':' || e.sequence as once_key,
       null::bigint as actor_id, null::bigint as post_id, n.id as enrollment_id, n.offering_id,
       jsonb_strip_nulls(jsonb_build_object(
           'state', e.to_state, 'until', case e.action when 'offer' then n.offered_until end)) as details
from jsonb_to_recordset($2::text::jsonb) as
    e(id bigint, sequence bigint, user_id bigint, to_state text, action text)
join fediflow.enrollments n on n.tenant_id = $1::bigint and n.id = e.id

-- offering_cancelled: everybody who has a seat in it, or hoped for one.
select n.user_id, 0 as rank, 'offering_cancelled' as kind, 'offering_cancelled:' || e.id || ':' || e.sequence as once_key,
       null::bigint as actor_id, null::bigint as post_id, null::bigint as enrollment_id, e.id as offering_id,
       '{}'::jsonb as details
from jsonb_to_recordset($2::text::jsonb) as e(id bigint, sequence bigint, by bigint)
cross join lateral (
    select n.user_id from fediflow.enrollments n
    where n.tenant_id = $1::bigint and n.offering_id = e.id
      and n.state in ('requested', 'invited', 'waitlisted', 'offered', 'active', 'suspended')
    offset 0) n
where n.user_id is distinct from e.by

-- offering_changed: the same people, unless they have not read yet that it was changed before.
select n.user_id, 0 as rank, 'offering_changed' as kind, 'offering_changed:' || e.id || ':' || e.sequence as once_key,
       null::bigint as actor_id, null::bigint as post_id, null::bigint as enrollment_id, e.id as offering_id,
       jsonb_build_object('changed', e.changed) as details
from (
    select distinct on (e.id) e.id, e.sequence, e.by, e.changed
    from jsonb_to_recordset($2::text::jsonb) as e(id bigint, sequence bigint, by bigint, changed jsonb)
    order by e.id, e.sequence desc
) e
join fediflow.offerings o on o.tenant_id = $1::bigint and o.id = e.id and o.state = 'published'
cross join lateral (
    select n.user_id from fediflow.enrollments n
    where n.tenant_id = $1::bigint and n.offering_id = e.id
      and n.state in ('requested', 'invited', 'waitlisted', 'offered', 'active', 'suspended')
    offset 0) n
where n.user_id is distinct from e.by
  and not exists (
      select from fediflow.notifications x
      where x.tenant_id = $1::bigint and x.user_id = n.user_id and x.is_shown and x.kind = 'offering_changed'
        and not x.is_read and x.offering_id = e.id and x.created_at > now() - interval '1 day')

-- by_role: the one person whom it concerns, else who holds one of some roles in the whole institution, but those whom it
-- is about.
select distinct r.user_id, 0 as rank, e.kind, e.kind || ':' || e.id as once_key,
       null::bigint as actor_id, null::bigint as post_id, null::bigint as enrollment_id, null::bigint as offering_id,
       e.details
from jsonb_to_recordset($2::text::jsonb) as e(id bigint, kind text, roles jsonb, details jsonb, person bigint)
cross join lateral (
    select e.person as user_id where e.person is not null
    union all
    select h.user_id from fediflow.role_assignments h
    where e.person is null and h.tenant_id = $1::bigint and h.org_unit_id is null
      and h.role in (select jsonb_array_elements_text(e.roles))) r
where not exists (
    select from fediflow.reports x
    join fediflow.actors a on a.tenant_id = $1::bigint and a.id in (x.reporter_id, x.target_id)
    where e.kind = 'report_filed' and x.tenant_id = $1::bigint and x.id = e.id and a.user_id = r.user_id)
  and not exists (
    select from fediflow.identity_conflicts x
    where e.kind = 'identity_conflict' and x.tenant_id = $1::bigint and x.id = e.id
      and r.user_id in (x.holder_id, x.claimant_id))

-- one_person: whom a package above names, with what it says.
select e.user_id, 0 as rank, e.kind, e.once_key,
       null::bigint as actor_id, null::bigint as post_id, null::bigint as enrollment_id, null::bigint as offering_id,
       e.details
from jsonb_to_recordset($2::text::jsonb) as e(user_id bigint, kind text, once_key text, details jsonb)

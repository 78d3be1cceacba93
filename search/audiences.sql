-- held: the tokens that follow from a person's rights and enrollments ($2), and what they do not want to meet, as one JSON text.
-- $3 and $4 are the roles that grant reading the private catalogue, or people, where that counts by org unit.
with own as (
    select a.id from fediflow.actors a
    where a.tenant_id = $1::bigint and a.user_id = $2::bigint and a.status <> 'gone'
),
part as materialized (
    select e.offering_id, e.role, e.state from fediflow.enrollments e
    where e.tenant_id = $1::bigint and e.user_id = $2::bigint
),
tokens as (
    select 'offering:' || p.offering_id as token from part p
    union
    select 'course:' || o.course_id from part p
    join fediflow.offerings o on o.tenant_id = $1::bigint and o.id = p.offering_id
    union
    select 'taught:' || p.offering_id from part p
    where p.state = 'active' and p.role in ('instructor', 'assistant', 'designer')
    union
    select g.named || ':' || r.org_unit_id
    from fediflow.role_assignments r
    join (values ('catalog', $3::text[]), ('users', $4::text[])) g (named, roles) on r.role = any(g.roles)
    where r.tenant_id = $1::bigint and r.user_id = $2::bigint and r.org_unit_id is not null
),
without as (
    select 'by:' || b.blocked_id as token from own
    join fediflow.blocks b on b.tenant_id = $1::bigint and b.actor_id = own.id
    union
    select 'by:' || b.actor_id from own
    join fediflow.blocks b on b.tenant_id = $1::bigint and b.blocked_id = own.id
    union
    select 'by:' || m.muted_id from fediflow.mutes m
    where m.tenant_id = $1::bigint and m.user_id = $2::bigint and (m.until is null or m.until > now())
    union
    select 'host:' || m.domain from fediflow.muted_domains m
    where m.tenant_id = $1::bigint and m.user_id = $2::bigint
)
select json_build_object(
    'tokens', (select coalesce(json_agg(token), '[]'::json) from tokens),
    'without', (select coalesce(json_agg(token), '[]'::json) from without))::text;

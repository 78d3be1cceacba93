-- claim: letters that are due, some of each institution in turn, looked at again by nobody until the moment that is given.
with recursive turn(tenant_id) as (
    (select d.tenant_id from fediflow.due_emails d order by d.tenant_id limit 1)
    union all
    select n.tenant_id
    from turn
    cross join lateral (
        select d.tenant_id from fediflow.due_emails d
        where d.tenant_id > turn.tenant_id
        order by d.tenant_id
        limit 1) n
), picked as (
    select p.tenant_id, p.id
    from turn
    cross join lateral (
        select d.tenant_id, d.id, row_number() over (order by d.due_at) as nth
        from fediflow.due_emails d
        where d.tenant_id = turn.tenant_id and d.due_at <= $1::timestamptz
        order by d.due_at
        limit $3::int) p
    where turn.tenant_id <> all ($5::text[]::bigint[])
    order by p.nth, p.tenant_id
    limit $4::int
)
update fediflow.due_emails d
set due_at = $2::timestamptz
from picked p
where d.tenant_id = p.tenant_id and d.id = p.id and d.due_at <= $1::timestamptz
returning d.tenant_id, d.id;

-- held: the letter, locked, if what looks at it is still whoever claimed it until this moment.
select e.user_id, e.is_digest, e.state, e.created_at
from fediflow.due_emails d
join fediflow.notification_emails e on e.tenant_id = d.tenant_id and e.id = d.id
where d.tenant_id = $1::bigint and d.id = $2::bigint and d.due_at = $3::timestamptz
for update;

-- begin: says that the letter is on its way, before it is.
update fediflow.notification_emails e
set state = 'sending', attempts = e.attempts + 1, message_id = $3::text, due_at = $4::timestamptz, last_error = null
where e.tenant_id = $1::bigint and e.id = $2::bigint
returning e.attempts;

-- end: what became of an attempt; also when somebody else gave it up meanwhile, as long as there was no other.
update fediflow.notification_emails e
set state = $4::text, last_error = $5::text, sent_at = case $4::text when 'sent' then $6::timestamptz end
where e.tenant_id = $1::bigint and e.id = $2::bigint and e.attempts = $3::int and e.state in ('sending', 'failed');

-- again: a letter that is tried again at a moment.
update fediflow.notification_emails e
set state = 'waiting', last_error = $5::text, due_at = $4::timestamptz
where e.tenant_id = $1::bigint and e.id = $2::bigint and e.attempts = $3::int and e.state = 'sending'
returning e.id;

-- close: what became of a letter that is not on its way.
update fediflow.notification_emails e
set state = $3::text, last_error = $4::text
where e.tenant_id = $1::bigint and e.id = $2::bigint;

-- give_back: has claimed letters looked at again at a moment, as far as they are still claimed.
update fediflow.due_emails d
set due_at = $4::timestamptz
from unnest($1::text[]::bigint[], $2::text[]::bigint[]) as c(tenant_id, id)
where d.tenant_id = c.tenant_id and d.id = c.id and d.due_at = $3::timestamptz;

-- put_off: has a letter looked at again at a moment.
update fediflow.due_emails d set due_at = $3::timestamptz where d.tenant_id = $1::bigint and d.id = $2::bigint;

-- forget: a letter that came to its end.
delete from fediflow.due_emails d where d.tenant_id = $1::bigint and d.id = $2::bigint;

-- person: whom a letter is to, if they can have one.
select u.display_name, u.preferred_language, m.address
from fediflow.users u
join fediflow.user_emails m
    on m.tenant_id = u.tenant_id and m.user_id = u.id and m.is_primary and m.verified_at is not null
where u.tenant_id = $1::bigint and u.id = $2::bigint and u.status = 'active';

-- items: what a letter tells of and its person has not read yet and still wants letters about, the oldest first, and how
-- many there are in all.
select n.kind, n.details, a.display_name, a.preferred_username, a.host, o.id as offering_id,
       coalesce(o.title, c.title) as offering_title, o.visibility = 'public' and o.state <> 'draft' as is_open,
       p.visibility as post_visibility, coalesce(p.page_url, p.address) as post_url, p.content, p.content_warning,
       count(*) over () as total
from fediflow.notification_email_items i
join fediflow.notifications n on n.tenant_id = $1::bigint and n.id = i.notification_id and not n.is_read
join unnest($3::text[], $4::text[]) as d(kind, email) on d.kind = n.kind
left join fediflow.notification_preferences w
    on w.tenant_id = $1::bigint and w.user_id = n.user_id and w.kind = n.kind
left join fediflow.actors a on a.tenant_id = $1::bigint and a.id = n.actor_id
left join fediflow.posts p on p.tenant_id = $1::bigint and p.id = n.post_id
left join fediflow.offerings o on o.tenant_id = $1::bigint and o.id = n.offering_id
left join fediflow.courses c on c.tenant_id = $1::bigint and c.id = o.course_id
where i.tenant_id = $1::bigint and i.email_id = $2::bigint and coalesce(w.email, d.email) <> 'never'
order by n.id
limit $5::int;

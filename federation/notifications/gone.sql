-- reaction: a like or an announce that was taken back.
select coalesce(a.user_id, p.written_by_id) as user_id, e.what || ':' || p.id || ':' || e.actor as once_key
from jsonb_to_recordset($2::text::jsonb) as e(id bigint, what text, actor bigint)
join fediflow.posts p on p.tenant_id = $1::bigint and p.id = e.id
join fediflow.actors a on a.tenant_id = $1::bigint and a.id = p.actor_id

-- follow: one that ended, and one that was asked for and is not any more; of a group all of its staff were told.
select a.user_id, k.kind || ':' || e.follower as once_key
from jsonb_to_recordset($2::text::jsonb) as e(follower bigint, followed bigint)
join fediflow.actors a on a.tenant_id = $1::bigint and a.id = e.followed
cross join (values ('follow'), ('follow_request')) as k(kind)
union all
select n.user_id, n.once_key
from jsonb_to_recordset($2::text::jsonb) as e(follower bigint, followed bigint)
join fediflow.notifications n
    on n.tenant_id = $1::bigint and n.actor_id = e.follower
    and n.once_key = 'follow_request:' || e.followed || ':' || e.follower

-- post: what was told of a post that was deleted.
select n.user_id, n.once_key
from jsonb_to_recordset($2::text::jsonb) as e(id bigint)
join fediflow.notifications n on n.tenant_id = $1::bigint and n.post_id = e.id

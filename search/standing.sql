-- standing: whether the shard's index is that of the engine $4 (or nobody noted whose it is), how far it has heard of changes, and whether any of them since position $2 was of the institution $1;
-- one JSON text. Over more than $3 positions it is not looked, and taken for changed.
with h as materialized (
    select least(
        coalesce((select n.position from fediflow.outbox_consumers n where n.name = 'search'), 0),
        coalesce((select f.replay_after from fediflow.search_fillings f), 9223372036854775807)
    ) as heard
)
select json_build_object(
    'is_filled', coalesce((select f.engine = $4::text from fediflow.search_fillings f), true),
    'heard', h.heard,
    'is_changed', h.heard < $2::bigint or h.heard - $2::bigint > $3::bigint or exists (
        select from fediflow.outbox o
        where o.tenant_id = $1::bigint and o.position > $2::bigint and o.position <= h.heard))::text
from h;

-- heard: how far the shard's index has heard of changes, as a text; NULL where it is not that of the engine $1.
select least(
    coalesce((select n.position from fediflow.outbox_consumers n where n.name = 'search'), 0),
    coalesce((select f.replay_after from fediflow.search_fillings f), 9223372036854775807)
)::text
where coalesce((select f.engine = $1::text from fediflow.search_fillings f), true);

-- appear: notes since when others find rows (kinds $2, ids $3, moments $4, or since they were made; $5 whether they surely do,
-- else those that can be found now); the first time counts.
insert into fediflow.search_appearances (tenant_id, kind, object_id, appeared_at)
select $1::bigint, n.kind, n.object_id::bigint, coalesce(n.appeared_at, c.created_at, o.created_at)
from unnest($2::text[], $3::text[], $4::text[]::timestamptz[], $5::text[]::boolean[]) as n(kind, object_id, appeared_at, is_sure)
left join fediflow.courses c on c.tenant_id = $1::bigint and n.kind = 'course' and c.id = n.object_id::bigint
left join fediflow.offerings o on o.tenant_id = $1::bigint and n.kind = 'offering' and o.id = n.object_id::bigint
where coalesce(c.id, o.id) is not null
  and (n.is_sure or c.visibility <> 'private' and c.status = 'active'
       or o.visibility <> 'private' and o.state = 'published')
on conflict (tenant_id, kind, object_id) do nothing;

-- refused: which of these rows (kinds $2, ids $3) are set aside now.
select r.kind, r.object_id, r.is_published
from unnest($2::text[], $3::text[]) as n(kind, object_id)
join fediflow.search_refusals r on r.tenant_id = $1::bigint and r.kind = n.kind and r.object_id = n.object_id::bigint;

-- refuse: sets rows aside (kinds $2, ids $3, of the published set or not $4, why $5), or counts one more attempt.
insert into fediflow.search_refusals as r (tenant_id, kind, object_id, is_published, why)
select $1::bigint, n.kind, n.object_id::bigint, n.is_published::boolean, n.why
from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as n(kind, object_id, is_published, why)
on conflict (tenant_id, kind, object_id, is_published)
do update set why = excluded.why, attempts = r.attempts + 1, tried_at = now();

-- take: rows that were set aside and are not any more (kinds $2, ids $3, of the published set or not $4).
delete from fediflow.search_refusals r
using unnest($2::text[], $3::text[], $4::text[]) as n(kind, object_id, is_published)
where r.tenant_id = $1::bigint and r.kind = n.kind and r.object_id = n.object_id::bigint
  and r.is_published = n.is_published::boolean;

-- list_refused: what a shard has set aside, the newest attempt first.
select tenant_id, kind, object_id, is_published, why, attempts, refused_at, tried_at
from fediflow.search_refusals order by tried_at desc limit $1::bigint;

-- put_off: has the documents of these causes ($2, of rows $3) read later; from the beginning, where that was under way.
insert into fediflow.search_fanouts as f (tenant_id, cause, object_id)
select $1::bigint, n.cause, n.object_id::bigint from unnest($2::text[], $3::text[]) as n(cause, object_id)
on conflict (tenant_id, cause, object_id)
do update set stage = 0, after_id = 0, turn = f.turn + 1, due_at = now();

-- lease: takes up to $1 of those that are due, for $2 seconds.
update fediflow.search_fanouts f set due_at = now() + make_interval(secs => $2::double precision)
from (
  select d.tenant_id, d.cause, d.object_id from fediflow.search_fanouts d
  where d.due_at <= now() order by d.due_at limit $1::bigint for update skip locked
) d
where f.tenant_id = d.tenant_id and f.cause = d.cause and f.object_id = d.object_id
returning f.tenant_id, f.cause, f.object_id, f.stage, f.after_id, f.turn;

-- go_on: how far one came (stage $4, row $5), leased for $6 seconds more, unless it begins anew.
update fediflow.search_fanouts
set stage = $4::smallint, after_id = $5::bigint, due_at = now() + make_interval(secs => $6::double precision)
where tenant_id = $1::bigint and cause = $2::text and object_id = $3::bigint and turn = $7::bigint
returning true;

-- end: forgets one that is done, unless it begins anew.
delete from fediflow.search_fanouts
where tenant_id = $1::bigint and cause = $2::text and object_id = $3::bigint and turn = $4::bigint;

-- lock_descriptions: until the transaction ends, nobody else notes how institutions are described.
select pg_advisory_xact_lock(hashtextextended('fediflow.search.described', 0));

-- describe_as: notes how institutions ($1) are described ($2) in the index that takes the place of another; nothing, where the
-- other one has it otherwise: whichever answers then, they are described anew by the next look.
insert into fediflow.search_institutions as i (tenant_id, described_as)
select n.tenant_id::bigint, n.described_as from unnest($1::text[], $2::text[]) as n(tenant_id, described_as)
on conflict (tenant_id) do update set described_as = '' where i.described_as <> excluded.described_as;

-- describe: how institutions ($1) are described now ($2); those that were not so before, or not at all. Nothing while one
-- index takes the place of another.
insert into fediflow.search_institutions as i (tenant_id, described_as)
select n.tenant_id::bigint, n.described_as from unnest($1::text[], $2::text[]) as n(tenant_id, described_as)
where not exists (select from fediflow.search_institutions k
                  where k.tenant_id = n.tenant_id::bigint and k.described_as = n.described_as)
  and not exists (select from fediflow.search_fillings f where f.replay_after is not null)
on conflict (tenant_id) do update set described_as = excluded.described_as
returning i.tenant_id, i.xmax <> 0 as was_known;

-- filling: whose index holds what there is, and after which position it has to hear it once more.
select engine, replay_after from fediflow.search_fillings;

-- swap: notes that another index begins to answer, which has heard of everything up to a position ($1).
insert into fediflow.search_fillings as f (replay_after) values ($1::bigint)
on conflict ("only") do update set replay_after = least(f.replay_after, excluded.replay_after);

-- fill: notes that this engine's index holds it.
insert into fediflow.search_fillings (engine) values ($1::text)
on conflict ("only") do update set engine = excluded.engine, filled_at = now(), replay_after = null;

-- claim: the index of this engine ($1) hears of what changes from now on, so no other engine's holds what there is any more.
update fediflow.search_fillings set engine = '' where engine not in ('', $1::text);

-- heard: notes that the index has heard of everything, unless yet another one has begun to answer.
update fediflow.search_fillings set replay_after = null where replay_after = $1::bigint;

-- clock: the newest position of the shard's outbox.
select position from fediflow.outbox_clock;

-- events: those after a position ($1) up to another ($2), at most $3.
select position, sequence, tenant_id, event, object_type, object_id, payload::text as payload, created_at
from fediflow.outbox where position > $1::bigint and position <= $2::bigint order by position limit $3::bigint;

-- is_known: whether all that the index has not heard of an institution ($1) is among the next $3 positions of the consumer $2.
select k.position - c.position <= $3::bigint
       and not exists (select from fediflow.search_fanouts f where f.tenant_id = $1::bigint) as is_known
from fediflow.outbox_clock k, fediflow.outbox_consumers c where c.name = $2::text;

-- unheard: what happened at an institution ($1) that the consumer ($2) has not handled, at most $4 events of each list: among its
-- next $3 positions, and without one.
(select o.position, o.sequence, o.tenant_id, o.event, o.object_type, o.object_id, o.payload::text as payload, o.created_at
 from fediflow.outbox_consumers c, fediflow.outbox o
 where c.name = $2::text and o.tenant_id = $1::bigint and o.position > c.position and o.position <= c.position + $3::bigint
 limit $4::bigint)
union all
(select o.position, o.sequence, o.tenant_id, o.event, o.object_type, o.object_id, o.payload::text as payload, o.created_at
 from fediflow.outbox o where o.tenant_id = $1::bigint and o.position is null
 limit $4::bigint);

-- lag: how many positions the consumer ($1) is behind, and how old in seconds the first event is that it has not handled.
select k.position - c.position as positions,
       coalesce(extract(epoch from now() - (select o.created_at from fediflow.outbox o
                                            where o.position > c.position order by o.position limit 1)), 0)::double precision
         as seconds
from fediflow.outbox_clock k, fediflow.outbox_consumers c where c.name = $1::text;

-- put_off_all: has all documents of institutions ($1) read later, for the cause $2 that names them.
insert into fediflow.search_fanouts as f (tenant_id, cause, object_id)
select n.tenant_id::bigint, $2::text, n.tenant_id::bigint from unnest($1::text[]) as n(tenant_id)
on conflict (tenant_id, cause, object_id)
do update set stage = 0, after_id = 0, turn = f.turn + 1, due_at = now();

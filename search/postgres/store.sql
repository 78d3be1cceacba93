-- answering: the generation that answers
select coalesce((select generation from fediflow.search_answering), 0)::bigint as generation where $1::bigint is not null

-- begin_holding: makes the row whose lock lets one store at a time
insert into fediflow.search_holdings (tenant_id, generation, next_slot) values ($1, $2, 0) on conflict do nothing

-- hold: the first free slot
select next_slot from fediflow.search_holdings where tenant_id = $1 and generation = $2 for update

-- take_slots: says which slot is free now
update fediflow.search_holdings set next_slot = $3 where tenant_id = $1 and generation = $2

-- known: what is stored of the given rows of a publisher
select d.slot, d.kind, d.id, d.version, d.digest, d.traits, d.popularity, d.latitude, d.longitude, d.facets::text[] as facets,
  t.titles::text as titles, t.texts::text as texts, t.code_texts as codes, t.url, t.terms::text[] as terms, t.weights::text[] as weights
from unnest($4::text[], $5::text[]::bigint[]) as asked (kind, id)
cross join lateral (
  -- One look at the index each: of a new generation there are no statistics, and a join would go through all of it. In
  -- the order of ids, which a range of one asks for: else any index that begins with the generation seems as good.
  select * from fediflow.search_documents d
  where d.tenant_id = $1 and d.generation = $2 and d.publisher_id = $3 and d.kind = asked.kind
    and d.id between asked.id and asked.id
  order by d.id limit 1) d
left join lateral (
  select * from fediflow.search_texts t where t.tenant_id = $1 and t.generation = $2 and t.slot = d.slot limit 1) t on true

-- all_of: every stored row of a publisher that is not removed
select d.kind, d.id, d.version from fediflow.search_documents d
where d.tenant_id = $1 and d.generation = $2 and d.publisher_id = $3
order by d.kind, d.id

-- put_documents: writes the narrow rows
insert into fediflow.search_documents (
  tenant_id, generation, slot, publisher_id, kind, id, version, digest, audience, latitude, longitude, is_online,
  starts_on, popularity, appeared_at, title_keys, facets, traits)
select $1, $2, r.slot, $3, r.kind, r.id, r.version, r.digest, r.audience, r.latitude, r.longitude, r.is_online,
  r.starts_on, r.popularity, r.appeared_at, r.title_keys, r.facets, r.traits
from jsonb_to_recordset($4::text::jsonb) as r (
  slot int, kind text, id bigint, version bigint, digest text, audience text[], latitude float8,
  longitude float8, is_online boolean, starts_on date, popularity bigint, appeared_at timestamptz, title_keys jsonb,
  facets bigint[], traits smallint)
on conflict (tenant_id, generation, slot) do update set
  version = excluded.version, digest = excluded.digest, audience = excluded.audience,
  latitude = excluded.latitude, longitude = excluded.longitude, is_online = excluded.is_online,
  starts_on = excluded.starts_on, popularity = excluded.popularity, appeared_at = excluded.appeared_at,
  title_keys = excluded.title_keys, facets = excluded.facets, traits = excluded.traits

-- put_blocks: says of $4 places in each of the given blocks what their documents' rows say; $5 facets
with d as materialized (
  select d.* from unnest($3::text[]::int[]) as b (block)
  cross join lateral (
    -- in the order of the one index that begins with slots: of a new generation there are no statistics to choose it by
    select d.slot, d.traits, d.id, d.popularity, d.latitude, d.longitude, nullif(d.facets, '{}') as facets
    from fediflow.search_documents d
    where d.tenant_id = $1 and d.generation = $2 and d.slot >= b.block * $4::int and d.slot < (b.block + 1) * $4::int
    order by d.slot limit $4::int) d
)
insert into fediflow.search_blocks (
  tenant_id, generation, block, traits, ids, popularities, latitudes, longitudes, facets)
select $1, $2, b.block,
  array_agg(coalesce(d.traits, 0::smallint) order by s.place),
  array_agg(coalesce(d.id, 0) order by s.place),
  array_agg(coalesce(d.popularity, 0)::real order by s.place),
  array_agg(coalesce(d.latitude, 'NaN') order by s.place),
  array_agg(coalesce(d.longitude, 'NaN') order by s.place),
  array_agg(coalesce(d.facets, array_fill(0::bigint, array[$5::int])) order by s.place)
from unnest($3::text[]::int[]) as b (block) cross join generate_series(0, $4::int - 1) as s (place)
left join d on d.slot = b.block * $4::int + s.place
group by b.block
on conflict (tenant_id, generation, block) do update set
  traits = excluded.traits, ids = excluded.ids, popularities = excluded.popularities, latitudes = excluded.latitudes,
  longitudes = excluded.longitudes, facets = excluded.facets

-- put_texts: writes what snippets are made of
insert into fediflow.search_texts (
  tenant_id, generation, slot, titles, texts, code_texts, institution, url, terms, weights)
select $1, $2, r.slot, r.titles, r.texts, r.codes, r.institution, r.url, r.terms, r.weights
from jsonb_to_recordset($3::text::jsonb) as r (
  slot int, titles jsonb, texts jsonb, codes text[], institution text, url text, terms bigint[], weights int[])
on conflict (tenant_id, generation, slot) do update set
  titles = excluded.titles, texts = excluded.texts, code_texts = excluded.code_texts, institution = excluded.institution,
  url = excluded.url, terms = excluded.terms, weights = excluded.weights

-- drop_texts: takes away what snippets were made of
delete from fediflow.search_texts where tenant_id = $1 and generation = $2 and slot = any ($3::text[]::int[])

-- put_profiles: writes facets' values that are new
insert into fediflow.search_profiles (tenant_id, generation, id, choices)
select $1, $2, r.id, r.choices from jsonb_to_recordset($3::text::jsonb) as r (id bigint, choices text[])
on conflict do nothing

-- change_entries: takes slots' places out of postings, and adds others
update fediflow.search_postings p
set entries = array(select e from unnest(p.entries) e where (e >> 16) <> all (r.places::int[])) || r.entries::int[]
from unnest($3::text[]::bigint[], $4::text[]::int[], $5::text[], $6::text[]) as r (term, chunk, places, entries)
where p.tenant_id = $1 and p.generation = $2 and p.term = r.term and p.chunk = r.chunk

-- drop_postings: takes empty ones away
delete from fediflow.search_postings p
using unnest($3::text[]::bigint[], $4::text[]::int[]) as r (term, chunk)
where p.tenant_id = $1 and p.generation = $2 and p.term = r.term and p.chunk = r.chunk and p.entries = '{}'

-- drop_words: forgets words that stand nowhere any more
delete from fediflow.search_words w
using (select distinct unnest($3::text[]::bigint[]) as term) r
where w.tenant_id = $1 and w.generation = $2 and w.term = r.term
  and not exists (
    select from fediflow.search_postings p
    where p.tenant_id = $1 and p.generation = $2 and p.term = r.term)

-- add_entries: adds places to the postings
insert into fediflow.search_postings as p (tenant_id, generation, term, chunk, entries)
select $1, $2, r.term, r.chunk, r.entries::int[]
from unnest($3::text[]::bigint[], $4::text[]::int[], $5::text[]) as r (term, chunk, entries)
on conflict (tenant_id, generation, term, chunk) do update set entries = p.entries || excluded.entries

-- put_words: writes words that are new
insert into fediflow.search_words (tenant_id, generation, word, language, backwards, term)
select $1, $2, r.word, r.language, reverse(r.word), r.term
from unnest($3::text[], $4::text[], $5::text[]::bigint[]) as r (word, language, term)
on conflict do nothing

-- drop_suggestions: takes away what slots were suggested by
delete from fediflow.search_suggestions where tenant_id = $1 and generation = $2 and slot = any ($3::text[]::int[])

-- put_suggestions: writes what slots are suggested by
insert into fediflow.search_suggestions (tenant_id, generation, beginning, slot, language)
select $1, $2, r.beginning, r.slot, r.language
from unnest($3::text[], $4::text[]::int[], $5::text[]) as r (beginning, slot, language)
on conflict do nothing

-- count_languages: adds to the numbers of documents
insert into fediflow.search_languages as l (tenant_id, generation, language, documents)
select $1, $2, r.language, r.more from unnest($3::text[], $4::text[]::int[]) as r (language, more)
on conflict (tenant_id, generation, language) do update set documents = l.documents + excluded.documents

-- listed: what is stored and not removed, in order of references
select d.kind, d.id, d.version, d.digest from fediflow.search_documents d
where d.tenant_id = $1 and d.generation = $2 and d.publisher_id = $3 and d.digest is not null
  and (d.kind, d.id) > ($4::text, $5::bigint)
order by d.kind, d.id
limit $6

-- opened: the index that answers; in how many documents there is something in each language; and what goes on like what was
-- typed, the shortest first: codes from $2 to before $3, words from $4 to before $5, of the languages $6 or, where $7, of all
with g as materialized (select coalesce((select generation from fediflow.search_answering), 0)::bigint as generation),
l as materialized (
  select l.language, l.documents from fediflow.search_languages l
  where l.tenant_id = $1 and l.generation = (select generation from g) and l.documents > 0
)
select g.generation, (select json_object_agg(l.language, l.documents) from l)::text as languages, (
    select json_agg(json_build_array(w.word, w.language, w.term)) from (
      (select w.word, w.language, w.term from fediflow.search_words w
       where w.tenant_id = $1 and w.generation = (select generation from g) and w.word >= $2::text and w.word < $3::text
         and w.language = 'code'
       order by length(w.word), w.word limit 200)
      union all
      (select w.word, w.language, w.term from fediflow.search_words w
       where w.tenant_id = $1 and w.generation = (select generation from g) and w.word >= $4::text and w.word < $5::text
         and (w.language = 'und'
           or w.language = any (array(select l.language from l where $7::boolean or l.language = any ($6::text[]))))
       order by length(w.word), w.word limit 50)) w)::text as beginnings
from g

-- many: the index that answers, and how many suggestions begin like what was typed, counted up to $6: words from $2 to before
-- $3, codes from $4 to before $5
with g as materialized (select coalesce((select generation from fediflow.search_answering), 0)::bigint as generation)
select g.generation, (
    select count(*) from (
      select from fediflow.search_suggestions b
      where b.tenant_id = $1 and b.generation = (select generation from g)
        and ((b.language <> 'code' and b.beginning >= $2::text and b.beginning < $3::text)
          or (b.language = 'code' and b.beginning >= $4::text and b.beginning < $5::text))
      limit $6) many) as number
from g

-- spellings: words that share one half with a misspelt one, and are about as long
select w.word, w.language, w.term from fediflow.search_words w
where w.tenant_id = $1 and w.generation = $2 and w.word >= $3::text and w.word < $4::text
  and length(w.word) between $7 and $8 and w.language = any ($9::text[])
union
select w.word, w.language, w.term from fediflow.search_words w
where w.tenant_id = $1 and w.generation = $2 and w.backwards >= $5::text and w.backwards < $6::text
  and length(w.word) between $7 and $8 and w.language = any ($9::text[])

-- pinned: the slots of rows
select d.slot, d.kind, d.id from unnest($3::text[], $4::text[]::bigint[]) as asked (kind, id)
join fediflow.search_documents d on d.tenant_id = $1 and d.generation = $2 and d.kind = asked.kind and d.id = asked.id

-- texts: what the documents in some slots say
select t.titles::text as titles, t.texts::text as texts from fediflow.search_texts t
where t.tenant_id = $1 and t.generation = $2 and t.slot = any ($3::text[]::int[])

-- tuning: what an institution says about a query's words, as one JSON text: sets of synonyms that one of the phrases ($2) is in,
-- and what is pinned on this day ($4) to a text that is these words ($3) or whose words are all among the phrases.
select json_build_object(
    'synonyms', coalesce((
        select json_agg(json_build_array(f.word, f.language, f.words))
        from (
            select w.word, s.language, s.words
            from fediflow.search_synonym_words w
            join fediflow.search_synonyms s on s.tenant_id = $1::bigint and s.id = w.synonym_id
            where w.tenant_id = $1::bigint and w.word = any($2::text[])
            order by w.word, s.id
            limit 50
        ) f), '[]'::json),
    'pinned', coalesce((
        select json_agg(json_build_array(f.kind, f.object_id))
        from (
            select case when r.course_id is not null then 'course' when r.offering_id is not null then 'offering'
                        when r.org_unit_id is not null then 'org_unit' when r.user_id is not null then 'user'
                        else 'post' end as kind,
                   coalesce(r.course_id, r.offering_id, r.org_unit_id, r.user_id, r.post_id) as object_id
            from fediflow.search_pins p
            join fediflow.search_pin_results r on r.tenant_id = $1::bigint and r.pin_id = p.id
            where p.tenant_id = $1::bigint and p.anchor = any($2::text[])
              and (p.words = $3::text[] or (p.match = 'words' and p.words <@ $2::text[]))
              and (p.first_on is null or p.first_on <= $4::date) and (p.last_on is null or p.last_on >= $4::date)
            order by p.words = $3::text[] desc, cardinality(p.words) desc, p.id, r.place
            limit 40
        ) f), '[]'::json))::text;

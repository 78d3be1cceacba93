-- begin: makes the row that says which generation answers
insert into fediflow.search_answering (sole, generation) select 1, 0 where $1::bigint is not null on conflict do nothing

-- hold: the generation that answers, and goes on to until the transaction ends
select generation from fediflow.search_answering where $1::bigint is not null for share

-- answer: makes a generation the one that answers; waits for those who store in the one before
insert into fediflow.search_answering (sole, generation) select 1, $2 where $1::bigint is not null
on conflict (sole) do update set generation = excluded.generation

-- held: whose documents other generations have
select h.tenant_id as scope, h.generation from fediflow.search_holdings h
where h.generation <> $2 and $1::bigint is not null

-- begin_anew: lets the slots begin at the first
update fediflow.search_holdings set next_slot = 0 where tenant_id = $1 and generation = $2

-- let_go: forgets that there was a generation
delete from fediflow.search_holdings where tenant_id = $1 and generation = $2

-- drop_of_publisher: takes away what is left of a publisher's documents, also of removed ones
delete from fediflow.search_documents where tenant_id = $1 and generation = $2 and publisher_id = $3

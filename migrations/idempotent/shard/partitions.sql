set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- The first id of a moment (kernel/ids.py: milliseconds since 2025-01-01, then 22 bits).
create or replace function fediflow.first_id_of(moment timestamptz) returns bigint
    language sql immutable set search_path = pg_catalog
    as $$
select greatest((extract(epoch from moment) * 1000)::bigint - 1735689600000, 0) << 22
$$;

-- Partitions of ids that are still to come, and the end of those whose time is over: activities lie in months and stay,
-- deliveries in days and go after nine. The first partition holds everything before. Safe to call at any time, also twice
-- at once; whoever cannot have the lock soon gives up and is called again.
create or replace function fediflow.roll_partitions(moment timestamptz) returns integer
    language plpgsql volatile security definer set search_path = pg_catalog set lock_timeout = '2s'
    as $$
declare
    part record;
    changed integer := 0;
begin
    perform pg_advisory_xact_lock(x'0FED0003'::bigint);
    for part in
        select t.parent, t.parent || '_' || to_char(s.starts at time zone 'UTC', t.pattern) as name,
               case when not exists (select 1 from pg_inherits i where i.inhparent = ('fediflow.' || t.parent)::regclass)
                         and s.nth = 0
                    then null else fediflow.first_id_of(s.starts) end as low,
               fediflow.first_id_of(s.ends) as high
        from (values ('activities', 'YYYYMM', 'month', 6), ('deliveries', 'YYYYMMDD', 'day', 14))
                 as t(parent, pattern, unit, ahead),
             lateral (
                 select n as nth,
                        (date_trunc(t.unit, moment at time zone 'UTC') + n * ('1 ' || t.unit)::interval) at time zone 'UTC' as starts,
                        (date_trunc(t.unit, moment at time zone 'UTC') + (n + 1) * ('1 ' || t.unit)::interval) at time zone 'UTC' as ends
                 from generate_series(0, t.ahead) n) s
        order by t.parent, s.nth
    loop
        if to_regclass('fediflow.' || part.name) is null then
            -- what an earlier call made further ahead, or the first one made for all of the past, may lie here already
            begin
                execute format('create table fediflow.%I partition of fediflow.%I for values from (%s) to (%s)',
                               part.name, part.parent, coalesce(part.low::text, 'minvalue'), part.high);
                if part.parent = 'deliveries' then
                    execute format('alter table fediflow.%I set (autovacuum_vacuum_scale_factor = 0.02, '
                                   'autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0, fillfactor = 80)', part.name);
                end if;
                changed := changed + 1;
            exception when invalid_object_definition then
                null;
            end;
        end if;
    end loop;
    for part in
        select c.relname as name
        from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'fediflow.deliveries'::regclass
          and c.relname < 'deliveries_' || to_char((moment - interval '9 days') at time zone 'UTC', 'YYYYMMDD')
    loop
        execute format('drop table fediflow.%I', part.name);
        changed := changed + 1;
    end loop;
    return changed;
end
$$;
grant execute on function fediflow.roll_partitions(timestamptz) to fediflow_worker;
grant execute on function fediflow.first_id_of(timestamptz) to fediflow_app, fediflow_worker;

select fediflow.roll_partitions(now());

-- relations: every table, view and materialised view outside the system's schemas
select c.oid::bigint as oid,
       n.nspname::text as schema,
       c.relname::text as name,
       c.relkind::text as kind,
       c.relrowsecurity as secured,
       c.relforcerowsecurity as forced,
       c.relispartition as is_partition,
       pg_catalog.pg_get_userbyid(c.relowner)::text as owner,
       coalesce(c.reloptions, '{}') as options,
       array(select r.rolname::text from pg_catalog.pg_roles r
             where r.rolname = any(:roles ::text[])
               and (pg_catalog.has_any_column_privilege(r.oid, c.oid, 'select, insert, update')
                    or pg_catalog.has_table_privilege(r.oid, c.oid, 'delete'))) as usable_by,
       array(select r.rolname::text from pg_catalog.pg_roles r
             where r.rolname = any(:roles ::text[])
               and pg_catalog.has_table_privilege(r.oid, c.oid, 'truncate')) as truncatable_by
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and n.nspname not in ('pg_catalog', 'information_schema')
  and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'

-- columns: of those relations
select a.attrelid::bigint as oid, a.attname::text as name, a.attnotnull as required,
       pg_catalog.format_type(a.atttypid, a.atttypmod) as type
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid
where a.attrelid::bigint = any(:oids ::text[]::bigint[]) and a.attnum > 0 and not a.attisdropped
order by a.attrelid, a.attnum

-- policies: with the roles they are for; 'public' is everybody
select p.polrelid::bigint as oid, p.polname::text as name, p.polpermissive as permissive,
       case p.polcmd when '*' then 'all' when 'r' then 'select' when 'a' then 'insert'
                     when 'w' then 'update' else 'delete' end as command,
       array(select case when r = 0 then 'public' else pg_catalog.pg_get_userbyid(r)::text end
             from pg_catalog.unnest(p.polroles) r order by 1) as roles,
       pg_catalog.pg_get_expr(p.polqual, p.polrelid) as using_text,
       pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as check_text
from pg_catalog.pg_policy p

-- uniques: unique indexes (primary keys and constraints are such), an expression has no name; exclusions too
select i.indrelid::bigint as oid, x.relname::text as name,
       array(select coalesce(a.attname::text, '(expression)')
             from pg_catalog.generate_series(0, i.indnkeyatts - 1) k
             left join pg_catalog.pg_attribute a
                    on a.attrelid = i.indrelid and a.attnum = i.indkey[k] and a.attnum > 0
             order by k) as columns
from pg_catalog.pg_index i
join pg_catalog.pg_class x on x.oid = i.indexrelid
where i.indisunique or i.indisexclusion

-- foreign_keys: pairs of columns in order; what a deletion or update of the target does to them
select f.conrelid::bigint as oid, f.confrelid::bigint as target_oid, f.conname::text as name,
       array(select a.attname::text from pg_catalog.unnest(f.conkey) with ordinality k(n, i)
             join pg_catalog.pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.n order by k.i) as columns,
       array(select a.attname::text from pg_catalog.unnest(f.confkey) with ordinality k(n, i)
             join pg_catalog.pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.n order by k.i) as targets,
       f.confdeltype::text as on_delete, f.confupdtype::text as on_update,
       array(select a.attname::text from pg_catalog.unnest(f.confdelsetcols) k(n)
             join pg_catalog.pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.n) as set_columns
from pg_catalog.pg_constraint f
where f.contype = 'f'

-- functions: of our own making, that is outside the system's schemas
select p.oid::regprocedure::text as name, p.prosecdef as definer,
       pg_catalog.pg_get_userbyid(p.proowner)::text as owner, coalesce(p.proconfig, '{}') as settings
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_'

-- grants: on tables (column null) and on single columns, to our roles and to everybody; views and owners excepted
select g.oid, g."column", g.grantee, g.privilege from (
    select c.oid::bigint as oid, null::text as "column", c.relowner as owner, a.grantee as grantee_oid,
           case when a.grantee = 0 then 'public' else pg_catalog.pg_get_userbyid(a.grantee)::text end as grantee,
           lower(a.privilege_type) as privilege
    from pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
    where c.relkind in ('r', 'p')
    union all
    select t.attrelid::bigint, t.attname::text, c.relowner, a.grantee,
           case when a.grantee = 0 then 'public' else pg_catalog.pg_get_userbyid(a.grantee)::text end,
           lower(a.privilege_type)
    from pg_catalog.pg_attribute t
    join pg_catalog.pg_class c on c.oid = t.attrelid, pg_catalog.aclexplode(t.attacl) a
) g
where g.oid = any(:oids ::text[]::bigint[]) and g.grantee_oid <> g.owner

-- roles: what our roles are and may do in this database
select r.rolname::text as name, r.rolsuper as superuser, r.rolbypassrls as bypasses,
       array(select pg_catalog.pg_get_userbyid(m.roleid)::text
             from pg_catalog.pg_auth_members m where m.member = r.oid) as member_of,
       pg_catalog.has_function_privilege(r.oid, 'pg_catalog.set_config(text, text, boolean)', 'execute') as set_config,
       pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'temporary') as temporary,
       pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'create') as creates_schemas,
       array(select n.nspname::text from pg_catalog.pg_namespace n
             where n.nspname !~ '^pg_' and pg_catalog.has_schema_privilege(r.oid, n.oid, 'create')) as creates_in
from pg_catalog.pg_roles r
where r.rolname = any(:roles ::text[])

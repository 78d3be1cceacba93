-- What people of the same institutions are told: person 9000 of very much, person 1 of some, everybody of a little.
insert into fediflow.notifications (tenant_id, id, user_id, kind, once_key, is_read, is_shown, created_at)
  select t, n, case when n % 2 = 0 then 9000 when n % 11 = 0 then 1 else 1 + n * 7919::bigint % users end,
    case when n % 1009 = 0 then 'promoted' else 'like' end, 'n' || n, n % 101 <> 0, n % 7 <> 0, '2026-01-01'
  from sizes, generate_series(1, users) n where users >= 9000;

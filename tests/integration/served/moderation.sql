-- Moderation and the delivery queue of the same institutions: many reports about actor 5, rules for many domains, one host
-- for which much waits and many for which a little does.
insert into fediflow.reports (tenant_id, id, reporter_id, target_id, complaint, state, created_at, updated_at)
  select t, n, case when n % 50 = 0 then 9000 else 1 + n * 7919::bigint % users end, case when n % 3 = 0 then 5 else 2000000 + 1 + n % (users / 4) end, 'Spam',
    case when n % 4 < 2 then 'resolved' when n % 1009 = 0 then 'open' else 'dismissed' end, '2026-01-01', '2026-01-01'
  from sizes, generate_series(1, users / 2) n where users >= 9000;
insert into fediflow.report_posts (tenant_id, report_id, post_id)
  select t, n, n from sizes, generate_series(1, users / 2) n where users >= 9000;
insert into fediflow.moderation_actions (tenant_id, id, action, actor_id, report_id, moderation_reason, moderator_id, created_at)
  select t, n, 'suspend_actor', case when n % 3 = 0 then 5 else 2000000 + 1 + n % (users / 4) end, 1 + n % 20000, 'Spam', 1, '2026-01-01'
  from sizes, generate_series(1, users) n;
insert into fediflow.blocks (tenant_id, id, actor_id, blocked_id, activity_address, created_at)
  select t, 10000000 + n, 9000, 2000000 + n, 'https://large.test/blocks/many/' || n, '2026-01-01' from sizes, generate_series(1, users / 10) n where users >= 50000;
insert into fediflow.mutes (tenant_id, id, user_id, muted_id, created_at)
  select t, 10000000 + n, 1, 2000000 + n, '2026-01-01' from sizes, generate_series(1, users / 10) n where users >= 50000;
insert into fediflow.domain_policies (tenant_id, id, domain, action, created_at, updated_at)
  select t, n, 'd' || n || '.example', case when n % 1009 = 0 then 'limit' when n % 7 = 0 then 'allow' else 'block' end, '2026-01-01', '2026-01-01'
  from sizes, generate_series(1, users / 2) n;
insert into fediflow.tenant_hosts (tenant_id, host, delivered, failed)
  select t, 'host' || n || '.example', n, n % 7 from sizes, generate_series(1, 3000) n;
insert into fediflow.deliveries (tenant_id, id, host, inbox, activity_id, signer_id, class)
  select t, fediflow.first_id_of(now()) + n, case when n % 2 = 0 then 'host1.example' else 'host' || n % 3000 || '.example' end, 'https://x.example/inbox', n, 5, n % 3
  from sizes, generate_series(1, users) n;
insert into fediflow.dead_letters (tenant_id, id, host, inbox, activity_id, signer_id, class, attempts, end_reason, created_at)
  select t, n, case when n % 2 = 0 then 'host1.example' else 'host' || n % 3000 || '.example' end, 'https://x.example/inbox', n, 5, 1, 3, 'expired', '2026-01-01'
  from sizes, generate_series(1, users) n;
insert into fediflow.delivery_commands (tenant_id, id, command, subject, requested_by_id)
  select t, n, 'retry_host', 'host1.example', 1 from sizes, generate_series(1, users / 10) n;

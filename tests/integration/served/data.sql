-- One institution of a million enrollments (10 001), a few of a tenth of it, hundreds of small ones. Every value that a
-- filter can ask for is frequent, rare (a handful of rows) or absent; moments and names follow no other order.
create temporary table sizes (t bigint, units int, terms int, courses int, offerings int, users int, places int);
insert into sizes values (10001, 200, 24, 20000, 40000, 50000, 24);
insert into sizes select 10001 + n, 40, 10, 2000, 4000, 5000, 24 from generate_series(1, 2) n;
insert into sizes select 20000 + n, 3, 2, 10, 20, 60, 3 from generate_series(1, 300) n;

insert into fediflow.org_units (tenant_id, id, parent_id, code, name, kind, created_at, updated_at)
  select t, n, case when n > 1 then 1 end, 'U' || n, '{"en": "Unit"}', case when n = 1 then 'university' else 'department' end,
    '2026-01-01', timestamptz '2026-01-01' + n * interval '1 minute' from sizes, generate_series(1, units) n;
insert into fediflow.org_unit_ancestors (tenant_id, ancestor_id, descendant_id, depth)
  select t, n, n, 0 from sizes, generate_series(1, units) n union all select t, 1, n, 1 from sizes, generate_series(2, units) n;
insert into fediflow.academic_sessions (tenant_id, id, parent_id, code, title, kind, starts_on, ends_on, created_at, updated_at)
  select t, n, case when n > 1 then 1 end, 'T' || n, '{"en": "Term"}', 'semester', date '2014-01-01' + 180 * n, date '2014-06-01' + 180 * n,
    '2026-01-01', timestamptz '2026-01-01' + n * interval '1 minute' from sizes, generate_series(1, terms) n;

-- Unit 1 has a fifth of the courses, unit 3 three; five courses are archived, ten are taught in Japanese.
insert into fediflow.courses (tenant_id, id, org_unit_id, code, title, sort_title, teaching_languages, visibility, status, created_at, updated_at)
  select t, n, case when n <= 3 then 3 when n % 5 = 0 then 1 else 4 + n * 13 % greatest(units - 3, 1) end,
    'C' || lpad((n * 7919 % 1000003)::text, 6, '0'), '{"en": "Course"}', 'Course ' || n * 104729::bigint % 1000003, array['en'],
    (array['public', 'public', 'public', 'public', 'tenant', 'tenant', 'tenant', 'federation', 'federation', 'private'])[1 + n / 7 % 10],
    case when n % 4001 = 0 then 'archived' else 'active' end,
    '2026-01-01', timestamptz '2026-01-01' + n * 6007::bigint % 1000003 * interval '1 second'
  from sizes, generate_series(1, courses) n;
insert into fediflow.course_languages (tenant_id, language, course_id)
  select t, 'en', n from sizes, generate_series(1, courses) n where n % 5 <> 0
  union all select t, 'de', n from sizes, generate_series(1, courses) n where n % 3 = 0
  union all select t, 'ja', n from sizes, generate_series(1, courses) n where n % 2003 = 0;

-- Term 1 is the year that the others are in; term 2 has four offerings, term 3 a quarter of them. Ten are cancelled.
insert into fediflow.offerings (tenant_id, id, course_id, academic_session_id, code, state, visibility,
    effective_starts_on, effective_ends_on, created_at, updated_at)
  select t, n, case when n <= 3 then 3 when n <= 120 then 5 else 1 + n * 31 % courses end,
    case when n <= 4 or terms < 3 then 2 when n % 4 = 0 then 3 else 3 + n * 17 % (terms - 2) end,
    'O' || lpad((n * 7907 % 1000003)::text, 6, '0'),
    case when n % 4001 = 0 then 'cancelled' when n % 60 = 7 then 'draft' when n % 5 = 1 then 'archived' else 'published' end,
    (array['public', 'public', 'public', 'public', 'tenant', 'tenant', 'tenant', 'federation', 'federation', 'private'])[1 + n / 7 % 10],
    date '2014-01-01' + (n * 3571 % 4001)::int, date '2026-12-31',
    '2026-01-01', timestamptz '2026-01-01' + n * 5003::bigint % 1000003 * interval '1 second'
  from sizes, generate_series(1, offerings) n;
insert into fediflow.offering_seats (tenant_id, offering_id) select t, n from sizes, generate_series(1, offerings) n;
-- Three sections to two offerings; offering 6 has two hundred.
insert into fediflow.sections (tenant_id, id, offering_id, code, status, effective_starts_on, effective_ends_on, created_at, updated_at)
  select t, n, case when n <= least(200, offerings) then 6 else 1 + n * 2 / 3 end, 'S' || n * 7919::bigint % 1000003,
    case when n % 9001 = 0 then 'archived' else 'active' end, '2026-01-01', '2026-12-31',
    '2026-01-01', timestamptz '2026-01-01' + n * 5009::bigint % 1000003 * interval '1 second'
  from sizes, generate_series(1, offerings * 3 / 2) n;

-- Person 1 administers, the first tenth teaches.
insert into fediflow.users (tenant_id, id, handle, given_name, family_name, display_name, status, created_at, updated_at)
  select t, n, 'person-' || n, 'Given', 'Family', 'Person ' || n * 104729::bigint % 1000003,
    case when n % 4001 = 0 then 'suspended' else 'active' end,
    '2026-01-01', timestamptz '2026-01-01' + n * 6007::bigint % 1000003 * interval '1 second'
  from sizes, generate_series(1, users) n;
insert into fediflow.role_assignments (tenant_id, id, user_id, role, created_at)
  select t, n, n, case when n = 1 then 'tenant_admin' when n <= 5 then 'registrar' when n <= users / 10 then 'instructor' else 'student' end,
    '2026-01-01' from sizes, generate_series(1, users) n;
insert into fediflow.personal_access_tokens (tenant_id, id, user_id, name, secret_hash, scopes, created_at, expires_at)
  select t, n, 1 + n / 30, 'token', 'hash', '{}', '2026-01-01', '2027-01-01' from sizes, generate_series(1, users / 20) n;

-- One who teaches and the others of each offering; offerings 1 to 3 have nine hundred. Seven are denied, ten observe.
insert into fediflow.enrollments (tenant_id, id, offering_id, user_id, section_id, role, state, state_changed_at, created_at, updated_at)
  select t, id, offering, case when k = 0 then 1 + offering % (users / 10) else 1 + users / 10 + (offering * 31 + k * 1999::bigint) % (users - users / 10) end,
    case when offering > 200 and k % 2 = 1 then offering * 3 / 2 end,
    case when k = 0 then 'instructor' when id % 100003 = 0 then 'observer' else 'student' end,
    case when id % 150001 = 0 then 'denied' when k = 0 and offering / (users / 10) % 4 > 0 then 'completed' when k % 10 < 6 then 'active'
      when k % 10 < 9 then 'completed' else 'withdrawn' end,
    '2026-01-01', '2026-01-01', timestamptz '2026-01-01' + id * 7919 % 10000019 * interval '1 second'
  from (select t, users, offering, k, row_number() over (partition by t order by k, offering) as id
    from sizes, generate_series(1, offerings) offering,
      generate_series(0, case when offering <= 3 and users >= 50000 then 900 else places end) k) n;
insert into fediflow.enrollment_transitions (tenant_id, id, enrollment_id, to_state, action, created_at)
  select t, n, 1 + n / 3, 'active', 'enrol', '2026-01-01' from sizes, generate_series(1, offerings) n;

insert into fediflow.attribute_definitions (tenant_id, id, owner, name, value_type, label, readable_by, writable_by, is_filterable, created_at)
  select t, n, (array['user', 'org_unit', 'course', 'offering'])[n], 'field', 'text', '{"en": "Field"}', '{everyone}', '{}', true, '2026-01-01'
  from sizes, generate_series(1, 4) n;
insert into fediflow.user_attributes (tenant_id, user_id, definition_id, value)
  select t, n, 1, case when n % 9001 = 0 then 'rare' else 'frequent' end from sizes, generate_series(1, users) n where n % 5 > 0;
insert into fediflow.org_unit_attributes (tenant_id, org_unit_id, definition_id, value)
  select t, n, 2, case when n = 2 then 'rare' else 'frequent' end from sizes, generate_series(1, units) n;
insert into fediflow.course_attributes (tenant_id, course_id, definition_id, value)
  select t, n, 3, case when n % 4001 = 0 then 'rare' else 'frequent' end from sizes, generate_series(1, courses) n where n % 5 > 0;
insert into fediflow.offering_attributes (tenant_id, offering_id, definition_id, value)
  select t, n, 4, case when n % 8009 = 0 then 'rare' else 'frequent' end from sizes, generate_series(1, offerings) n where n % 5 > 0;

insert into fediflow.org_unit_external_ids (tenant_id, org_unit_id, type, value) select t, n, 'sis', 'x' || n from sizes, generate_series(1, units) n;
insert into fediflow.academic_session_external_ids (tenant_id, academic_session_id, type, value) select t, n, 'sis', 'x' || n from sizes, generate_series(1, terms) n;
insert into fediflow.course_external_ids (tenant_id, course_id, type, value) select t, n, 'sis', 'x' || n from sizes, generate_series(1, courses) n;
insert into fediflow.offering_external_ids (tenant_id, offering_id, type, value) select t, n, 'sis', 'x' || n from sizes, generate_series(1, offerings) n;
insert into fediflow.section_external_ids (tenant_id, section_id, type, value) select t, n, 'sis', 'x' || n from sizes, generate_series(1, offerings) n;
insert into fediflow.user_external_ids (tenant_id, user_id, type, value) select t, n, 'sis', 'x' || n from sizes, generate_series(1, users) n;
insert into fediflow.enrollment_external_ids (tenant_id, enrollment_id, type, value) select t, n, 'sis', 'x' || n from sizes, generate_series(1, offerings) n;

-- Everybody has an identity; person 9 has a long history, and of the cases about a tenth of them five are open.
insert into fediflow.federation_identities (tenant_id, id, user_id, kind, identity_value, lookup_key, created_at, updated_at)
  select t, n, n, 'eduperson_subject_id', n || '@large.test', n || '@large.test', '2026-01-01', '2026-01-01' from sizes, generate_series(1, users) n;
insert into fediflow.identity_changes (tenant_id, id, identity_id, user_id, kind, change, created_at)
  select t, n, case when n % 100 = 0 then 9 else 1 + n / 2 end, case when n % 100 = 0 then 9 else 1 + n / 2 end, 'eduperson_subject_id', 'verified',
    '2026-01-01' from sizes, generate_series(1, users * 2) n;
insert into fediflow.identity_conflicts (tenant_id, id, identity_id, holder_id, claimant_id, state, decided_at, created_at, updated_at)
  select t, n, n, n, n + 1, case when n % 1001 = 0 then 'open' else 'rejected' end, case when n % 1001 = 0 then null else timestamptz '2026-01-02' end,
    '2026-01-01', '2026-01-01' from sizes, generate_series(1, users / 10) n;

-- squawk-ignore-file ban-concurrent-index-creation-in-transaction
-- (the linter takes migrations for transactions, which this one is not: migrations/steps.py, build_indexes)
SET lock_timeout = '10min';
SET statement_timeout = '1h';

CREATE INDEX CONCURRENTLY IF NOT EXISTS users_status_sort_name_id_idx ON fediflow.users (tenant_id, status, sort_name, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS courses_org_unit_id_id_idx ON fediflow.courses (tenant_id, org_unit_id, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS courses_org_unit_id_status_code_id_idx ON fediflow.courses (tenant_id, org_unit_id, status, code, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS courses_org_unit_id_status_title_key_id_idx ON fediflow.courses (tenant_id, org_unit_id, status, title_key, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS courses_org_unit_id_title_key_id_idx ON fediflow.courses (tenant_id, org_unit_id, title_key, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS courses_org_unit_id_updated_at_id_idx ON fediflow.courses (tenant_id, org_unit_id, updated_at, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS courses_status_code_id_idx ON fediflow.courses (tenant_id, status, code, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS courses_status_title_key_id_idx ON fediflow.courses (tenant_id, status, title_key, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS offerings_academic_session_id_effective_starts_on_id_idx ON fediflow.offerings (tenant_id, academic_session_id, effective_starts_on, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS offerings_academic_session_id_id_idx ON fediflow.offerings (tenant_id, academic_session_id, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS offerings_academic_session_id_state_code_id_idx ON fediflow.offerings (tenant_id, academic_session_id, state, code, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS offerings_academic_session_id_state_effective_starts_on_id_idx ON fediflow.offerings (tenant_id, academic_session_id, state, effective_starts_on, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS offerings_academic_session_id_updated_at_id_idx ON fediflow.offerings (tenant_id, academic_session_id, updated_at, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS offerings_state_code_id_idx ON fediflow.offerings (tenant_id, state, code, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS offerings_state_effective_starts_on_id_idx ON fediflow.offerings (tenant_id, state, effective_starts_on, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS sections_code_id_idx ON fediflow.sections (tenant_id, code, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS sections_status_code_id_idx ON fediflow.sections (tenant_id, status, code, id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS enrollments_offering_id_role_id_idx ON fediflow.enrollments (tenant_id, offering_id, role, id);

-- Prefixes are ranges of the code's own order.
DROP INDEX CONCURRENTLY IF EXISTS fediflow.courses_code_prefix_idx;

RESET lock_timeout;
RESET statement_timeout;

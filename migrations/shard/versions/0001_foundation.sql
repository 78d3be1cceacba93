SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

CREATE SEQUENCE fediflow.outbox_sequence;

CREATE TABLE fediflow.academic_sessions (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    parent_id BIGINT,
    code TEXT NOT NULL,
    title JSONB NOT NULL,
    kind TEXT NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    teaching_starts_on DATE,
    teaching_ends_on DATE,
    status TEXT DEFAULT 'active' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT academic_sessions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT academic_sessions_title_check CHECK (jsonb_typeof(title) = 'object' and title <> '{}'),
    CONSTRAINT academic_sessions_tenant_id_parent_id_fkey FOREIGN KEY(tenant_id, parent_id) REFERENCES fediflow.academic_sessions (tenant_id, id),
    CONSTRAINT academic_sessions_tenant_id_code_key UNIQUE (tenant_id, code),
    CONSTRAINT academic_sessions_kind_check CHECK (kind in ('academic_year', 'semester', 'trimester', 'quarter', 'term', 'teaching_period', 'other')),
    CONSTRAINT academic_sessions_status_check CHECK (status in ('active', 'archived')),
    CONSTRAINT academic_sessions_dates_check CHECK (starts_on <= ends_on),
    CONSTRAINT academic_sessions_teaching_dates_check CHECK (teaching_starts_on <= teaching_ends_on)
);

CREATE INDEX academic_sessions_parent_id_starts_on_id_idx ON fediflow.academic_sessions (tenant_id, parent_id, starts_on, id);

CREATE INDEX academic_sessions_starts_on_id_idx ON fediflow.academic_sessions (tenant_id, starts_on, id);

CREATE INDEX academic_sessions_updated_at_id_idx ON fediflow.academic_sessions (tenant_id, updated_at, id);

CREATE TABLE fediflow.attribute_definitions (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    value_type TEXT NOT NULL,
    choices TEXT[],
    label JSONB NOT NULL,
    readable_by TEXT[] NOT NULL,
    writable_by TEXT[] NOT NULL,
    is_filterable BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT attribute_definitions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT attribute_definitions_label_check CHECK (jsonb_typeof(label) = 'object' and label <> '{}'),
    CONSTRAINT attribute_definitions_tenant_id_owner_name_key UNIQUE (tenant_id, owner, name),
    CONSTRAINT attribute_definitions_owner_check CHECK (owner in ('user', 'org_unit', 'course', 'offering')),
    CONSTRAINT attribute_definitions_value_type_check CHECK (value_type in ('text', 'integer', 'boolean', 'date', 'choice')),
    CONSTRAINT attribute_definitions_name_check CHECK (name ~ '^[a-z][a-zA-Z0-9_]{0,62}$')
);

CREATE TABLE fediflow.idempotency_keys (
    tenant_id BIGINT NOT NULL,
    principal_id BIGINT NOT NULL,
    mutation TEXT NOT NULL,
    key TEXT NOT NULL,
    input_hash TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, principal_id, mutation, key),
    CONSTRAINT idempotency_keys_key_check CHECK (length(key) between 1 and 255)
);

CREATE INDEX idempotency_keys_created_at_idx ON fediflow.idempotency_keys (tenant_id, created_at);

CREATE TABLE fediflow.org_units (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    parent_id BIGINT,
    code TEXT NOT NULL,
    name JSONB NOT NULL,
    kind TEXT NOT NULL,
    status TEXT DEFAULT 'active' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT org_units_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT org_units_name_check CHECK (jsonb_typeof(name) = 'object' and name <> '{}'),
    CONSTRAINT org_units_tenant_id_parent_id_fkey FOREIGN KEY(tenant_id, parent_id) REFERENCES fediflow.org_units (tenant_id, id),
    CONSTRAINT org_units_tenant_id_code_key UNIQUE (tenant_id, code),
    CONSTRAINT org_units_kind_check CHECK (kind in ('university', 'faculty', 'school', 'department', 'institute', 'branch', 'other')),
    CONSTRAINT org_units_status_check CHECK (status in ('active', 'archived'))
);

CREATE INDEX org_units_parent_id_code_id_idx ON fediflow.org_units (tenant_id, parent_id, code, id);

CREATE INDEX org_units_updated_at_id_idx ON fediflow.org_units (tenant_id, updated_at, id);

CREATE TABLE fediflow.outbox (
    sequence BIGINT DEFAULT nextval('fediflow.outbox_sequence') NOT NULL,
    tenant_id BIGINT NOT NULL,
    event TEXT NOT NULL,
    object_type TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    payload JSONB DEFAULT '{}' NOT NULL,
    schema_version INTEGER DEFAULT 1 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    position BIGINT,
    CONSTRAINT outbox_pkey PRIMARY KEY (sequence)
);

CREATE UNIQUE INDEX outbox_position_idx ON fediflow.outbox (position);

CREATE INDEX outbox_unnumbered_idx ON fediflow.outbox (sequence) WHERE position is null;

CREATE TABLE fediflow.outbox_clock (
    "only" INTEGER DEFAULT 1 NOT NULL,
    position BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT outbox_clock_pkey PRIMARY KEY ("only")
);

CREATE TABLE fediflow.outbox_consumers (
    name TEXT NOT NULL,
    position BIGINT DEFAULT 0 NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT outbox_consumers_pkey PRIMARY KEY (name)
);

CREATE TABLE fediflow.users (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    handle TEXT NOT NULL,
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    sort_name TEXT GENERATED ALWAYS AS (lower(replace(translate(regexp_replace(normalize(display_name, NFKD), '[̀-ͯ]+', '', 'g'), 'øØłŁđĐ', 'oOlLdD'), 'ß', 'ss'))) STORED NOT NULL,
    preferred_language TEXT,
    pronouns TEXT,
    biography TEXT,
    avatar_url TEXT,
    status TEXT DEFAULT 'active' NOT NULL,
    last_sign_in_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT users_tenant_id_handle_key UNIQUE (tenant_id, handle),
    CONSTRAINT users_status_check CHECK (status in ('active', 'suspended', 'deleted')),
    CONSTRAINT users_handle_check CHECK (handle ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
    CONSTRAINT users_display_name_check CHECK (length(display_name) between 1 and 300),
    CONSTRAINT users_biography_check CHECK (length(biography) <= 5000)
);

CREATE INDEX users_sort_name_id_idx ON fediflow.users (tenant_id, sort_name, id);

CREATE INDEX users_status_id_idx ON fediflow.users (tenant_id, status, id);

CREATE INDEX users_updated_at_id_idx ON fediflow.users (tenant_id, updated_at, id);

CREATE TABLE fediflow.academic_session_external_ids (
    tenant_id BIGINT NOT NULL,
    academic_session_id BIGINT NOT NULL,
    type TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT academic_session_external_ids_pkey PRIMARY KEY (tenant_id, type, value),
    CONSTRAINT academic_session_external_ids_tenant_id_academic_sessio_285a FOREIGN KEY(tenant_id, academic_session_id) REFERENCES fediflow.academic_sessions (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT academic_session_external_ids_type_length_check CHECK (length(type) between 1 and 64),
    CONSTRAINT academic_session_external_ids_value_length_check CHECK (length(value) between 1 and 255)
);

CREATE INDEX academic_session_external_ids_academic_session_id_idx ON fediflow.academic_session_external_ids (tenant_id, academic_session_id);

CREATE TABLE fediflow.courses (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    org_unit_id BIGINT NOT NULL,
    code TEXT NOT NULL,
    title JSONB NOT NULL,
    description JSONB,
    sort_title TEXT NOT NULL,
    title_key TEXT GENERATED ALWAYS AS (lower(replace(translate(regexp_replace(normalize(sort_title, NFKD), '[̀-ͯ]+', '', 'g'), 'øØłŁđĐ', 'oOlLdD'), 'ß', 'ss'))) STORED NOT NULL,
    credits JSONB DEFAULT '[]' NOT NULL,
    teaching_languages TEXT[] DEFAULT '{}' NOT NULL,
    delivery_modes TEXT[] DEFAULT '{}' NOT NULL,
    eqf_level INTEGER,
    isced_f TEXT,
    visibility TEXT DEFAULT 'tenant' NOT NULL,
    status TEXT DEFAULT 'active' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT courses_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT courses_title_check CHECK (jsonb_typeof(title) = 'object' and title <> '{}'),
    CONSTRAINT courses_description_check CHECK (jsonb_typeof(description) = 'object' and description <> '{}'),
    CONSTRAINT courses_tenant_id_org_unit_id_fkey FOREIGN KEY(tenant_id, org_unit_id) REFERENCES fediflow.org_units (tenant_id, id),
    CONSTRAINT courses_tenant_id_code_key UNIQUE (tenant_id, code),
    CONSTRAINT courses_visibility_check CHECK (visibility in ('private', 'tenant', 'federation', 'public')),
    CONSTRAINT courses_status_check CHECK (status in ('active', 'archived')),
    CONSTRAINT courses_delivery_modes_check CHECK (delivery_modes <@ array['distance_learning', 'on_campus', 'online', 'hybrid', 'situated']::text[]),
    CONSTRAINT courses_eqf_level_check CHECK (eqf_level between 1 and 8),
    CONSTRAINT courses_isced_f_check CHECK (isced_f ~ '^[0-9]{2,4}$'),
    CONSTRAINT courses_code_check CHECK (length(code) between 1 and 64)
);

CREATE INDEX courses_code_id_idx ON fediflow.courses (tenant_id, code, id);

CREATE INDEX courses_code_prefix_idx ON fediflow.courses (tenant_id, code text_pattern_ops);

CREATE INDEX courses_org_unit_id_code_id_idx ON fediflow.courses (tenant_id, org_unit_id, code, id);

CREATE INDEX courses_title_key_id_idx ON fediflow.courses (tenant_id, title_key, id);

CREATE INDEX courses_updated_at_id_idx ON fediflow.courses (tenant_id, updated_at, id);

CREATE TABLE fediflow.credentials (
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    password_hash TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT credentials_pkey PRIMARY KEY (tenant_id, user_id),
    CONSTRAINT credentials_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE fediflow.org_unit_ancestors (
    tenant_id BIGINT NOT NULL,
    ancestor_id BIGINT NOT NULL,
    descendant_id BIGINT NOT NULL,
    depth INTEGER NOT NULL,
    CONSTRAINT org_unit_ancestors_pkey PRIMARY KEY (tenant_id, descendant_id, ancestor_id),
    CONSTRAINT org_unit_ancestors_tenant_id_ancestor_id_fkey FOREIGN KEY(tenant_id, ancestor_id) REFERENCES fediflow.org_units (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT org_unit_ancestors_tenant_id_descendant_id_fkey FOREIGN KEY(tenant_id, descendant_id) REFERENCES fediflow.org_units (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX org_unit_ancestors_ancestor_id_descendant_id_idx ON fediflow.org_unit_ancestors (tenant_id, ancestor_id, descendant_id);

CREATE TABLE fediflow.org_unit_attributes (
    tenant_id BIGINT NOT NULL,
    org_unit_id BIGINT NOT NULL,
    definition_id BIGINT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT org_unit_attributes_pkey PRIMARY KEY (tenant_id, org_unit_id, definition_id),
    CONSTRAINT org_unit_attributes_tenant_id_org_unit_id_fkey FOREIGN KEY(tenant_id, org_unit_id) REFERENCES fediflow.org_units (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT org_unit_attributes_tenant_id_definition_id_fkey FOREIGN KEY(tenant_id, definition_id) REFERENCES fediflow.attribute_definitions (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT org_unit_attributes_value_length_check CHECK (length(value) <= 2000)
);

CREATE INDEX org_unit_attributes_definition_id_value_org_unit_id_idx ON fediflow.org_unit_attributes (tenant_id, definition_id, value, org_unit_id);

CREATE TABLE fediflow.org_unit_external_ids (
    tenant_id BIGINT NOT NULL,
    org_unit_id BIGINT NOT NULL,
    type TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT org_unit_external_ids_pkey PRIMARY KEY (tenant_id, type, value),
    CONSTRAINT org_unit_external_ids_tenant_id_org_unit_id_fkey FOREIGN KEY(tenant_id, org_unit_id) REFERENCES fediflow.org_units (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT org_unit_external_ids_type_length_check CHECK (length(type) between 1 and 64),
    CONSTRAINT org_unit_external_ids_value_length_check CHECK (length(value) between 1 and 255)
);

CREATE INDEX org_unit_external_ids_org_unit_id_idx ON fediflow.org_unit_external_ids (tenant_id, org_unit_id);

CREATE TABLE fediflow.personal_access_tokens (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    scopes TEXT[] NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT personal_access_tokens_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT personal_access_tokens_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX personal_access_tokens_user_id_id_idx ON fediflow.personal_access_tokens (tenant_id, user_id, id);

CREATE TABLE fediflow.role_assignments (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    role TEXT NOT NULL,
    org_unit_id BIGINT,
    granted_by_id BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT role_assignments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT role_assignments_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT role_assignments_tenant_id_org_unit_id_fkey FOREIGN KEY(tenant_id, org_unit_id) REFERENCES fediflow.org_units (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT role_assignments_tenant_id_granted_by_id_fkey FOREIGN KEY(tenant_id, granted_by_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE SET NULL (granted_by_id),
    CONSTRAINT role_assignments_tenant_id_user_id_role_org_unit_id_key UNIQUE NULLS NOT DISTINCT (tenant_id, user_id, role, org_unit_id),
    CONSTRAINT role_assignments_role_check CHECK (role in ('tenant_admin', 'registrar', 'instructor', 'student', 'analyst', 'auditor'))
);

CREATE INDEX role_assignments_role_user_id_idx ON fediflow.role_assignments (tenant_id, role, user_id);

CREATE TABLE fediflow.sessions (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    end_reason TEXT,
    CONSTRAINT sessions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT sessions_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX sessions_expires_at_idx ON fediflow.sessions (tenant_id, expires_at);

CREATE INDEX sessions_user_id_id_idx ON fediflow.sessions (tenant_id, user_id, id);

CREATE TABLE fediflow.user_attributes (
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    definition_id BIGINT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT user_attributes_pkey PRIMARY KEY (tenant_id, user_id, definition_id),
    CONSTRAINT user_attributes_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT user_attributes_tenant_id_definition_id_fkey FOREIGN KEY(tenant_id, definition_id) REFERENCES fediflow.attribute_definitions (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT user_attributes_value_length_check CHECK (length(value) <= 2000)
);

CREATE INDEX user_attributes_definition_id_value_user_id_idx ON fediflow.user_attributes (tenant_id, definition_id, value, user_id);

CREATE TABLE fediflow.user_emails (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    address TEXT NOT NULL,
    address_key TEXT NOT NULL,
    is_primary BOOLEAN DEFAULT false NOT NULL,
    verified_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT user_emails_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT user_emails_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT user_emails_address_check CHECK (length(address) between 3 and 320)
);

CREATE UNIQUE INDEX user_emails_address_key_key ON fediflow.user_emails (tenant_id, address_key) WHERE is_primary;

CREATE UNIQUE INDEX user_emails_one_primary_key ON fediflow.user_emails (tenant_id, user_id) WHERE is_primary;

CREATE INDEX user_emails_user_id_id_idx ON fediflow.user_emails (tenant_id, user_id, id);

CREATE TABLE fediflow.user_external_ids (
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    type TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT user_external_ids_pkey PRIMARY KEY (tenant_id, type, value),
    CONSTRAINT user_external_ids_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT user_external_ids_type_length_check CHECK (length(type) between 1 and 64),
    CONSTRAINT user_external_ids_value_length_check CHECK (length(value) between 1 and 255)
);

CREATE INDEX user_external_ids_user_id_idx ON fediflow.user_external_ids (tenant_id, user_id);

CREATE TABLE fediflow.course_attributes (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    definition_id BIGINT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT course_attributes_pkey PRIMARY KEY (tenant_id, course_id, definition_id),
    CONSTRAINT course_attributes_tenant_id_course_id_fkey FOREIGN KEY(tenant_id, course_id) REFERENCES fediflow.courses (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT course_attributes_tenant_id_definition_id_fkey FOREIGN KEY(tenant_id, definition_id) REFERENCES fediflow.attribute_definitions (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT course_attributes_value_length_check CHECK (length(value) <= 2000)
);

CREATE INDEX course_attributes_definition_id_value_course_id_idx ON fediflow.course_attributes (tenant_id, definition_id, value, course_id);

CREATE TABLE fediflow.course_external_ids (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    type TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT course_external_ids_pkey PRIMARY KEY (tenant_id, type, value),
    CONSTRAINT course_external_ids_tenant_id_course_id_fkey FOREIGN KEY(tenant_id, course_id) REFERENCES fediflow.courses (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT course_external_ids_type_length_check CHECK (length(type) between 1 and 64),
    CONSTRAINT course_external_ids_value_length_check CHECK (length(value) between 1 and 255)
);

CREATE INDEX course_external_ids_course_id_idx ON fediflow.course_external_ids (tenant_id, course_id);

CREATE TABLE fediflow.course_languages (
    tenant_id BIGINT NOT NULL,
    language TEXT NOT NULL,
    course_id BIGINT NOT NULL,
    CONSTRAINT course_languages_pkey PRIMARY KEY (tenant_id, language, course_id),
    CONSTRAINT course_languages_tenant_id_course_id_fkey FOREIGN KEY(tenant_id, course_id) REFERENCES fediflow.courses (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX course_languages_course_id_idx ON fediflow.course_languages (tenant_id, course_id);

CREATE TABLE fediflow.offerings (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    academic_session_id BIGINT NOT NULL,
    code TEXT NOT NULL,
    title JSONB,
    description JSONB,
    teaching_languages TEXT[] DEFAULT '{}' NOT NULL,
    delivery_modes TEXT[] DEFAULT '{}' NOT NULL,
    state TEXT DEFAULT 'draft' NOT NULL,
    visibility TEXT DEFAULT 'tenant' NOT NULL,
    approval_required BOOLEAN DEFAULT false NOT NULL,
    starts_on DATE,
    ends_on DATE,
    effective_starts_on DATE NOT NULL,
    effective_ends_on DATE NOT NULL,
    place_name TEXT,
    latitude DOUBLE PRECISION,
    longitude DOUBLE PRECISION,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT offerings_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT offerings_title_check CHECK (jsonb_typeof(title) = 'object' and title <> '{}'),
    CONSTRAINT offerings_description_check CHECK (jsonb_typeof(description) = 'object' and description <> '{}'),
    CONSTRAINT offerings_tenant_id_course_id_fkey FOREIGN KEY(tenant_id, course_id) REFERENCES fediflow.courses (tenant_id, id),
    CONSTRAINT offerings_tenant_id_academic_session_id_fkey FOREIGN KEY(tenant_id, academic_session_id) REFERENCES fediflow.academic_sessions (tenant_id, id),
    CONSTRAINT offerings_tenant_id_academic_session_id_code_key UNIQUE (tenant_id, academic_session_id, code),
    CONSTRAINT offerings_state_check CHECK (state in ('draft', 'published', 'cancelled', 'archived')),
    CONSTRAINT offerings_visibility_check CHECK (visibility in ('private', 'tenant', 'federation', 'public')),
    CONSTRAINT offerings_delivery_modes_check CHECK (delivery_modes <@ array['distance_learning', 'on_campus', 'online', 'hybrid', 'situated']::text[]),
    CONSTRAINT offerings_dates_check CHECK (starts_on <= ends_on),
    CONSTRAINT offerings_effective_dates_check CHECK (effective_starts_on <= effective_ends_on),
    CONSTRAINT offerings_place_check CHECK (latitude between -90 and 90 and longitude between -180 and 180),
    CONSTRAINT offerings_point_check CHECK ((latitude is null) = (longitude is null))
);

CREATE INDEX offerings_academic_session_id_code_id_idx ON fediflow.offerings (tenant_id, academic_session_id, code, id);

CREATE INDEX offerings_code_id_idx ON fediflow.offerings (tenant_id, code, id);

CREATE INDEX offerings_course_id_effective_starts_on_id_idx ON fediflow.offerings (tenant_id, course_id, effective_starts_on, id);

CREATE INDEX offerings_effective_starts_on_id_idx ON fediflow.offerings (tenant_id, effective_starts_on, id);

CREATE INDEX offerings_state_id_idx ON fediflow.offerings (tenant_id, state, id);

CREATE INDEX offerings_updated_at_id_idx ON fediflow.offerings (tenant_id, updated_at, id);

CREATE TABLE fediflow.refresh_tokens (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    session_id BIGINT NOT NULL,
    secret_hash TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT refresh_tokens_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT refresh_tokens_tenant_id_session_id_fkey FOREIGN KEY(tenant_id, session_id) REFERENCES fediflow.sessions (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX refresh_tokens_session_id_id_idx ON fediflow.refresh_tokens (tenant_id, session_id, id);

CREATE TABLE fediflow.enrollment_windows (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    offering_id BIGINT NOT NULL,
    audience TEXT NOT NULL,
    opens_at TIMESTAMP WITH TIME ZONE,
    closes_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT enrollment_windows_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT enrollment_windows_tenant_id_offering_id_fkey FOREIGN KEY(tenant_id, offering_id) REFERENCES fediflow.offerings (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT enrollment_windows_tenant_id_offering_id_audience_key UNIQUE (tenant_id, offering_id, audience),
    CONSTRAINT enrollment_windows_audience_check CHECK (audience in ('everyone', 'student', 'guest')),
    CONSTRAINT enrollment_windows_order_check CHECK (opens_at < closes_at)
);

CREATE TABLE fediflow.offering_attributes (
    tenant_id BIGINT NOT NULL,
    offering_id BIGINT NOT NULL,
    definition_id BIGINT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT offering_attributes_pkey PRIMARY KEY (tenant_id, offering_id, definition_id),
    CONSTRAINT offering_attributes_tenant_id_offering_id_fkey FOREIGN KEY(tenant_id, offering_id) REFERENCES fediflow.offerings (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT offering_attributes_tenant_id_definition_id_fkey FOREIGN KEY(tenant_id, definition_id) REFERENCES fediflow.attribute_definitions (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT offering_attributes_value_length_check CHECK (length(value) <= 2000)
);

CREATE INDEX offering_attributes_definition_id_value_offering_id_idx ON fediflow.offering_attributes (tenant_id, definition_id, value, offering_id);

CREATE TABLE fediflow.offering_external_ids (
    tenant_id BIGINT NOT NULL,
    offering_id BIGINT NOT NULL,
    type TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT offering_external_ids_pkey PRIMARY KEY (tenant_id, type, value),
    CONSTRAINT offering_external_ids_tenant_id_offering_id_fkey FOREIGN KEY(tenant_id, offering_id) REFERENCES fediflow.offerings (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT offering_external_ids_type_length_check CHECK (length(type) between 1 and 64),
    CONSTRAINT offering_external_ids_value_length_check CHECK (length(value) between 1 and 255)
);

CREATE INDEX offering_external_ids_offering_id_idx ON fediflow.offering_external_ids (tenant_id, offering_id);

CREATE TABLE fediflow.offering_seats (
    tenant_id BIGINT NOT NULL,
    offering_id BIGINT NOT NULL,
    capacity INTEGER,
    waitlist_capacity INTEGER,
    taken INTEGER DEFAULT 0 NOT NULL,
    waitlisted INTEGER DEFAULT 0 NOT NULL,
    next_waitlist_rank BIGINT DEFAULT 1 NOT NULL,
    CONSTRAINT offering_seats_pkey PRIMARY KEY (tenant_id, offering_id),
    CONSTRAINT offering_seats_tenant_id_offering_id_fkey FOREIGN KEY(tenant_id, offering_id) REFERENCES fediflow.offerings (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT offering_seats_capacity_check CHECK (capacity >= 0),
    CONSTRAINT offering_seats_waitlist_capacity_check CHECK (waitlist_capacity >= 0),
    CONSTRAINT offering_seats_taken_check CHECK (taken >= 0),
    CONSTRAINT offering_seats_waitlisted_check CHECK (waitlisted >= 0)
);

CREATE TABLE fediflow.sections (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    offering_id BIGINT NOT NULL,
    code TEXT NOT NULL,
    title JSONB,
    capacity INTEGER,
    starts_on DATE,
    ends_on DATE,
    effective_starts_on DATE NOT NULL,
    effective_ends_on DATE NOT NULL,
    status TEXT DEFAULT 'active' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT sections_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT sections_title_check CHECK (jsonb_typeof(title) = 'object' and title <> '{}'),
    CONSTRAINT sections_tenant_id_offering_id_fkey FOREIGN KEY(tenant_id, offering_id) REFERENCES fediflow.offerings (tenant_id, id),
    CONSTRAINT sections_tenant_id_offering_id_code_key UNIQUE (tenant_id, offering_id, code),
    CONSTRAINT sections_tenant_id_offering_id_id_key UNIQUE (tenant_id, offering_id, id),
    CONSTRAINT sections_status_check CHECK (status in ('active', 'archived')),
    CONSTRAINT sections_dates_check CHECK (starts_on <= ends_on),
    CONSTRAINT sections_capacity_check CHECK (capacity >= 0)
);

CREATE INDEX sections_updated_at_id_idx ON fediflow.sections (tenant_id, updated_at, id);

CREATE TABLE fediflow.enrollments (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    offering_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    section_id BIGINT,
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    home_state TEXT,
    host_state TEXT,
    waitlist_rank BIGINT,
    offered_until TIMESTAMP WITH TIME ZONE,
    state_changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT enrollments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT enrollments_tenant_id_offering_id_fkey FOREIGN KEY(tenant_id, offering_id) REFERENCES fediflow.offerings (tenant_id, id),
    CONSTRAINT enrollments_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id),
    CONSTRAINT enrollments_tenant_id_offering_id_section_id_fkey FOREIGN KEY(tenant_id, offering_id, section_id) REFERENCES fediflow.sections (tenant_id, offering_id, id),
    CONSTRAINT enrollments_tenant_id_offering_id_user_id_key UNIQUE (tenant_id, offering_id, user_id),
    CONSTRAINT enrollments_role_check CHECK (role in ('student', 'instructor', 'assistant', 'observer', 'designer', 'guest')),
    CONSTRAINT enrollments_state_check CHECK (state in ('requested', 'invited', 'waitlisted', 'offered', 'active', 'suspended', 'completed', 'denied', 'withdrawn')),
    CONSTRAINT enrollments_home_state_check CHECK (home_state in ('requested', 'invited', 'waitlisted', 'offered', 'active', 'suspended', 'completed', 'denied', 'withdrawn')),
    CONSTRAINT enrollments_host_state_check CHECK (host_state in ('requested', 'invited', 'waitlisted', 'offered', 'active', 'suspended', 'completed', 'denied', 'withdrawn')),
    CONSTRAINT enrollments_waitlist_rank_check CHECK ((state = 'waitlisted') <= (waitlist_rank is not null)),
    CONSTRAINT enrollments_offered_until_check CHECK ((state = 'offered') <= (offered_until is not null))
);

CREATE INDEX enrollments_offering_id_id_idx ON fediflow.enrollments (tenant_id, offering_id, id);

CREATE INDEX enrollments_offering_id_state_id_idx ON fediflow.enrollments (tenant_id, offering_id, state, id);

CREATE UNIQUE INDEX enrollments_offering_id_waitlist_rank_key ON fediflow.enrollments (tenant_id, offering_id, waitlist_rank) WHERE waitlist_rank is not null;

CREATE INDEX enrollments_section_id_id_idx ON fediflow.enrollments (tenant_id, section_id, id);

CREATE INDEX enrollments_state_id_idx ON fediflow.enrollments (tenant_id, state, id);

CREATE INDEX enrollments_updated_at_id_idx ON fediflow.enrollments (tenant_id, updated_at, id);

CREATE INDEX enrollments_user_id_id_idx ON fediflow.enrollments (tenant_id, user_id, id);

CREATE TABLE fediflow.section_external_ids (
    tenant_id BIGINT NOT NULL,
    section_id BIGINT NOT NULL,
    type TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT section_external_ids_pkey PRIMARY KEY (tenant_id, type, value),
    CONSTRAINT section_external_ids_tenant_id_section_id_fkey FOREIGN KEY(tenant_id, section_id) REFERENCES fediflow.sections (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT section_external_ids_type_length_check CHECK (length(type) between 1 and 64),
    CONSTRAINT section_external_ids_value_length_check CHECK (length(value) between 1 and 255)
);

CREATE INDEX section_external_ids_section_id_idx ON fediflow.section_external_ids (tenant_id, section_id);

CREATE TABLE fediflow.enrollment_external_ids (
    tenant_id BIGINT NOT NULL,
    enrollment_id BIGINT NOT NULL,
    type TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT enrollment_external_ids_pkey PRIMARY KEY (tenant_id, type, value),
    CONSTRAINT enrollment_external_ids_tenant_id_enrollment_id_fkey FOREIGN KEY(tenant_id, enrollment_id) REFERENCES fediflow.enrollments (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT enrollment_external_ids_type_length_check CHECK (length(type) between 1 and 64),
    CONSTRAINT enrollment_external_ids_value_length_check CHECK (length(value) between 1 and 255)
);

CREATE INDEX enrollment_external_ids_enrollment_id_idx ON fediflow.enrollment_external_ids (tenant_id, enrollment_id);

CREATE TABLE fediflow.enrollment_transitions (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    enrollment_id BIGINT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    action TEXT NOT NULL,
    actor_id BIGINT,
    on_behalf_of_id BIGINT,
    reason TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT enrollment_transitions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT enrollment_transitions_tenant_id_enrollment_id_fkey FOREIGN KEY(tenant_id, enrollment_id) REFERENCES fediflow.enrollments (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT enrollment_transitions_tenant_id_actor_id_fkey FOREIGN KEY(tenant_id, actor_id) REFERENCES fediflow.users (tenant_id, id),
    CONSTRAINT enrollment_transitions_tenant_id_on_behalf_of_id_fkey FOREIGN KEY(tenant_id, on_behalf_of_id) REFERENCES fediflow.users (tenant_id, id),
    CONSTRAINT enrollment_transitions_from_state_check CHECK (from_state in ('requested', 'invited', 'waitlisted', 'offered', 'active', 'suspended', 'completed', 'denied', 'withdrawn')),
    CONSTRAINT enrollment_transitions_to_state_check CHECK (to_state in ('requested', 'invited', 'waitlisted', 'offered', 'active', 'suspended', 'completed', 'denied', 'withdrawn'))
);

CREATE INDEX enrollment_transitions_enrollment_id_id_idx ON fediflow.enrollment_transitions (tenant_id, enrollment_id, id);

CREATE TABLE fediflow.results (
    tenant_id BIGINT NOT NULL,
    enrollment_id BIGINT NOT NULL,
    scheme TEXT NOT NULL,
    value TEXT NOT NULL,
    is_passed BOOLEAN NOT NULL,
    credits JSONB DEFAULT '[]' NOT NULL,
    recorded_by_id BIGINT,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT results_pkey PRIMARY KEY (tenant_id, enrollment_id),
    CONSTRAINT results_tenant_id_enrollment_id_fkey FOREIGN KEY(tenant_id, enrollment_id) REFERENCES fediflow.enrollments (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT results_tenant_id_recorded_by_id_fkey FOREIGN KEY(tenant_id, recorded_by_id) REFERENCES fediflow.users (tenant_id, id),
    CONSTRAINT results_value_check CHECK (length(value) between 1 and 64)
);

INSERT INTO fediflow.outbox_clock (position) VALUES (0);

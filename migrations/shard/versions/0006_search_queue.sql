SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

CREATE TABLE fediflow.search_appearances (
    tenant_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    appeared_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT search_appearances_pkey PRIMARY KEY (tenant_id, kind, object_id),
    CONSTRAINT search_appearances_kind_check CHECK (kind in ('course', 'offering', 'org_unit', 'user', 'post'))
);

CREATE TABLE fediflow.search_fanouts (
    tenant_id BIGINT NOT NULL,
    cause TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    stage SMALLINT DEFAULT 0 NOT NULL,
    after_id BIGINT DEFAULT 0 NOT NULL,
    turn BIGINT DEFAULT 1 NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT search_fanouts_pkey PRIMARY KEY (tenant_id, cause, object_id),
    CONSTRAINT search_fanouts_cause_check CHECK (cause in ('course', 'course_unit', 'org_unit', 'academic_session', 'actor', 'tenant'))
);

CREATE INDEX search_fanouts_due_at_idx ON fediflow.search_fanouts (due_at);

CREATE TABLE fediflow.search_fillings (
    "only" INTEGER DEFAULT 1 NOT NULL,
    engine TEXT DEFAULT '' NOT NULL,
    filled_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    replay_after BIGINT,
    CONSTRAINT search_fillings_pkey PRIMARY KEY ("only")
);

CREATE TABLE fediflow.search_institutions (
    tenant_id BIGINT NOT NULL,
    described_as TEXT NOT NULL,
    CONSTRAINT search_institutions_pkey PRIMARY KEY (tenant_id)
);

CREATE TABLE fediflow.search_refusals (
    tenant_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    is_published BOOLEAN NOT NULL,
    why TEXT NOT NULL,
    attempts INTEGER DEFAULT 1 NOT NULL,
    refused_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    tried_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT search_refusals_pkey PRIMARY KEY (tenant_id, kind, object_id, is_published),
    CONSTRAINT search_refusals_kind_check CHECK (kind in ('course', 'offering', 'org_unit', 'user', 'post'))
);

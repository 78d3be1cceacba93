SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

ALTER TABLE fediflow.users ADD COLUMN is_searchable BOOLEAN DEFAULT false NOT NULL;

-- A kind more: what stands there keeps to the new rule since it kept to the old one. 0008 validates both.
-- squawk-ignore ban-drop-constraint
ALTER TABLE fediflow.notifications DROP CONSTRAINT notifications_kind_check;
ALTER TABLE fediflow.notifications ADD CONSTRAINT notifications_kind_check CHECK (kind in ('follow', 'follow_request', 'follow_accepted', 'mention', 'reply', 'like', 'announce', 'course_announcement', 'direct_message', 'request_decided', 'promoted', 'seat_offered', 'offering_changed', 'offering_cancelled', 'import_finished', 'report_filed', 'identity_conflict', 'moved', 'saved_search')) NOT VALID;

-- squawk-ignore ban-drop-constraint
ALTER TABLE fediflow.notification_preferences DROP CONSTRAINT notification_preferences_kind_check;
ALTER TABLE fediflow.notification_preferences ADD CONSTRAINT notification_preferences_kind_check CHECK (kind in ('follow', 'follow_request', 'follow_accepted', 'mention', 'reply', 'like', 'announce', 'course_announcement', 'direct_message', 'request_decided', 'promoted', 'seat_offered', 'offering_changed', 'offering_cancelled', 'import_finished', 'report_filed', 'identity_conflict', 'moved', 'saved_search')) NOT VALID;

CREATE TABLE fediflow.search_synonyms (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    language TEXT,
    words TEXT[] NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT search_synonyms_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT search_synonyms_words_check CHECK (cardinality(words) between 2 and 20),
    CONSTRAINT search_synonyms_language_check CHECK (length(language) between 2 and 35)
);

CREATE TABLE fediflow.search_synonym_words (
    tenant_id BIGINT NOT NULL,
    word TEXT NOT NULL,
    synonym_id BIGINT NOT NULL,
    CONSTRAINT search_synonym_words_pkey PRIMARY KEY (tenant_id, word, synonym_id),
    CONSTRAINT search_synonym_words_tenant_id_synonym_id_fkey FOREIGN KEY(tenant_id, synonym_id) REFERENCES fediflow.search_synonyms (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT search_synonym_words_word_check CHECK (length(word) between 1 and 200)
);

CREATE INDEX search_synonym_words_synonym_id_idx ON fediflow.search_synonym_words (tenant_id, synonym_id);

CREATE TABLE fediflow.search_pins (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    text TEXT NOT NULL,
    words TEXT[] NOT NULL,
    anchor TEXT NOT NULL,
    match TEXT NOT NULL,
    first_on DATE,
    last_on DATE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT search_pins_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT search_pins_match_check CHECK (match in ('whole', 'words')),
    CONSTRAINT search_pins_text_check CHECK (length(text) between 1 and 200),
    CONSTRAINT search_pins_words_check CHECK (cardinality(words) between 1 and 20),
    CONSTRAINT search_pins_days_check CHECK (first_on <= last_on)
);

CREATE INDEX search_pins_anchor_id_idx ON fediflow.search_pins (tenant_id, anchor, id);

CREATE TABLE fediflow.search_pin_results (
    tenant_id BIGINT NOT NULL,
    pin_id BIGINT NOT NULL,
    place SMALLINT NOT NULL,
    course_id BIGINT,
    offering_id BIGINT,
    org_unit_id BIGINT,
    user_id BIGINT,
    post_id BIGINT,
    CONSTRAINT search_pin_results_pkey PRIMARY KEY (tenant_id, pin_id, place),
    CONSTRAINT search_pin_results_tenant_id_pin_id_fkey FOREIGN KEY(tenant_id, pin_id) REFERENCES fediflow.search_pins (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT search_pin_results_tenant_id_course_id_fkey FOREIGN KEY(tenant_id, course_id) REFERENCES fediflow.courses (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT search_pin_results_tenant_id_offering_id_fkey FOREIGN KEY(tenant_id, offering_id) REFERENCES fediflow.offerings (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT search_pin_results_tenant_id_org_unit_id_fkey FOREIGN KEY(tenant_id, org_unit_id) REFERENCES fediflow.org_units (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT search_pin_results_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT search_pin_results_tenant_id_post_id_fkey FOREIGN KEY(tenant_id, post_id) REFERENCES fediflow.posts (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT search_pin_results_one_target_check CHECK (num_nonnulls(course_id, offering_id, org_unit_id, user_id, post_id) = 1),
    CONSTRAINT search_pin_results_place_check CHECK (place between 1 and 20)
);

CREATE INDEX search_pin_results_course_id_idx ON fediflow.search_pin_results (tenant_id, course_id) WHERE course_id is not null;

CREATE INDEX search_pin_results_offering_id_idx ON fediflow.search_pin_results (tenant_id, offering_id) WHERE offering_id is not null;

CREATE INDEX search_pin_results_org_unit_id_idx ON fediflow.search_pin_results (tenant_id, org_unit_id) WHERE org_unit_id is not null;

CREATE INDEX search_pin_results_post_id_idx ON fediflow.search_pin_results (tenant_id, post_id) WHERE post_id is not null;

CREATE INDEX search_pin_results_user_id_idx ON fediflow.search_pin_results (tenant_id, user_id) WHERE user_id is not null;

CREATE TABLE fediflow.saved_searches (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    arguments JSONB NOT NULL,
    looked_to TIMESTAMP WITH TIME ZONE NOT NULL,
    looked_at TIMESTAMP WITH TIME ZONE,
    problem TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT saved_searches_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT saved_searches_tenant_id_user_id_fkey FOREIGN KEY(tenant_id, user_id) REFERENCES fediflow.users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT saved_searches_name_check CHECK (length(name) between 1 and 200),
    CONSTRAINT saved_searches_arguments_check CHECK (jsonb_typeof(arguments) = 'object')
);

CREATE INDEX saved_searches_user_id_id_idx ON fediflow.saved_searches (tenant_id, user_id, id);

CREATE TABLE fediflow.saved_search_tellings (
    tenant_id BIGINT NOT NULL,
    search_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    told_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT saved_search_tellings_pkey PRIMARY KEY (tenant_id, search_id, kind, object_id),
    CONSTRAINT saved_search_tellings_tenant_id_search_id_fkey FOREIGN KEY(tenant_id, search_id) REFERENCES fediflow.saved_searches (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE fediflow.due_saved_searches (
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    position BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT due_saved_searches_pkey PRIMARY KEY (tenant_id, user_id)
);

CREATE INDEX due_saved_searches_position_due_at_idx ON fediflow.due_saved_searches (tenant_id, position, due_at);

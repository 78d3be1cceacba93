SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

CREATE TABLE fediflow.published_answering (
    sole INTEGER DEFAULT 1 NOT NULL,
    generation BIGINT NOT NULL,
    CONSTRAINT published_answering_pkey PRIMARY KEY (sole)
);

CREATE TABLE fediflow.published_documents (
    scope_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    slot INTEGER NOT NULL,
    publisher_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    digest TEXT,
    audience TEXT[] NOT NULL,
    profile BIGINT NOT NULL,
    latitude DOUBLE PRECISION,
    longitude DOUBLE PRECISION,
    is_online BOOLEAN NOT NULL,
    starts_on DATE,
    popularity BIGINT NOT NULL,
    appeared_at TIMESTAMP WITH TIME ZONE,
    title_keys JSONB NOT NULL,
    CONSTRAINT published_documents_pkey PRIMARY KEY (scope_id, generation, slot),
    CONSTRAINT published_documents_reference_key UNIQUE (scope_id, generation, publisher_id, kind, id)
);

CREATE INDEX published_documents_generation_popularity_id_slot_idx ON fediflow.published_documents (scope_id, generation, popularity, id, slot);

CREATE INDEX published_documents_generation_starts_on_idx ON fediflow.published_documents (scope_id, generation, starts_on);

CREATE TABLE fediflow.published_holdings (
    scope_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    next_slot INTEGER NOT NULL,
    CONSTRAINT published_holdings_pkey PRIMARY KEY (scope_id, generation)
);

CREATE TABLE fediflow.published_languages (
    scope_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    language TEXT NOT NULL,
    documents INTEGER NOT NULL,
    CONSTRAINT published_languages_pkey PRIMARY KEY (scope_id, generation, language)
);

CREATE TABLE fediflow.published_postings (
    scope_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    term BIGINT NOT NULL,
    chunk INTEGER NOT NULL,
    entries INTEGER[] NOT NULL,
    CONSTRAINT published_postings_pkey PRIMARY KEY (scope_id, generation, term, chunk)
);

CREATE TABLE fediflow.published_profiles (
    scope_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    id BIGINT NOT NULL,
    choices TEXT[] NOT NULL,
    CONSTRAINT published_profiles_pkey PRIMARY KEY (scope_id, generation, id)
);

CREATE TABLE fediflow.published_suggestions (
    scope_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    beginning TEXT COLLATE "C" NOT NULL,
    slot INTEGER NOT NULL,
    language TEXT NOT NULL,
    CONSTRAINT published_suggestions_pkey PRIMARY KEY (scope_id, generation, beginning, slot)
);

CREATE INDEX published_suggestions_generation_slot_beginning_idx ON fediflow.published_suggestions (scope_id, generation, slot, beginning);

CREATE TABLE fediflow.published_texts (
    scope_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    slot INTEGER NOT NULL,
    titles JSONB NOT NULL,
    texts JSONB NOT NULL,
    code_texts TEXT[] NOT NULL,
    institution TEXT NOT NULL,
    url TEXT,
    terms BIGINT[] NOT NULL,
    weights INTEGER[] NOT NULL,
    CONSTRAINT published_texts_pkey PRIMARY KEY (scope_id, generation, slot)
);

CREATE TABLE fediflow.published_words (
    scope_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    word TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    backwards TEXT COLLATE "C" NOT NULL,
    term BIGINT NOT NULL,
    CONSTRAINT published_words_pkey PRIMARY KEY (scope_id, generation, word, language)
);

CREATE INDEX published_words_generation_backwards_idx ON fediflow.published_words (scope_id, generation, backwards);

CREATE INDEX published_words_generation_term_idx ON fediflow.published_words (scope_id, generation, term);

-- Rows grow in place, and stay in place: a posting of a common term is 2 kB.
ALTER TABLE fediflow.published_postings SET (fillfactor = 75, toast_tuple_target = 4096);

ALTER TABLE fediflow.published_documents SET (fillfactor = 85);

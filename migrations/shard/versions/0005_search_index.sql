SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

CREATE TABLE fediflow.search_answering (
    sole INTEGER DEFAULT 1 NOT NULL,
    generation BIGINT NOT NULL,
    CONSTRAINT search_answering_pkey PRIMARY KEY (sole)
);

CREATE TABLE fediflow.search_documents (
    tenant_id BIGINT NOT NULL,
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
    CONSTRAINT search_documents_pkey PRIMARY KEY (tenant_id, generation, slot),
    CONSTRAINT search_documents_reference_key UNIQUE (tenant_id, generation, publisher_id, kind, id)
);

CREATE INDEX search_documents_generation_popularity_id_slot_idx ON fediflow.search_documents (tenant_id, generation, popularity, id, slot);

CREATE INDEX search_documents_generation_starts_on_idx ON fediflow.search_documents (tenant_id, generation, starts_on);

CREATE TABLE fediflow.search_holdings (
    tenant_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    next_slot INTEGER NOT NULL,
    CONSTRAINT search_holdings_pkey PRIMARY KEY (tenant_id, generation)
);

CREATE TABLE fediflow.search_languages (
    tenant_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    language TEXT NOT NULL,
    documents INTEGER NOT NULL,
    CONSTRAINT search_languages_pkey PRIMARY KEY (tenant_id, generation, language)
);

CREATE TABLE fediflow.search_postings (
    tenant_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    term BIGINT NOT NULL,
    chunk INTEGER NOT NULL,
    entries INTEGER[] NOT NULL,
    CONSTRAINT search_postings_pkey PRIMARY KEY (tenant_id, generation, term, chunk)
);

CREATE TABLE fediflow.search_profiles (
    tenant_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    id BIGINT NOT NULL,
    choices TEXT[] NOT NULL,
    CONSTRAINT search_profiles_pkey PRIMARY KEY (tenant_id, generation, id)
);

CREATE TABLE fediflow.search_suggestions (
    tenant_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    beginning TEXT COLLATE "C" NOT NULL,
    slot INTEGER NOT NULL,
    language TEXT NOT NULL,
    CONSTRAINT search_suggestions_pkey PRIMARY KEY (tenant_id, generation, beginning, slot)
);

CREATE INDEX search_suggestions_generation_slot_beginning_idx ON fediflow.search_suggestions (tenant_id, generation, slot, beginning);

CREATE TABLE fediflow.search_texts (
    tenant_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    slot INTEGER NOT NULL,
    titles JSONB NOT NULL,
    texts JSONB NOT NULL,
    code_texts TEXT[] NOT NULL,
    institution TEXT NOT NULL,
    url TEXT,
    terms BIGINT[] NOT NULL,
    weights INTEGER[] NOT NULL,
    CONSTRAINT search_texts_pkey PRIMARY KEY (tenant_id, generation, slot)
);

CREATE TABLE fediflow.search_words (
    tenant_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    word TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    backwards TEXT COLLATE "C" NOT NULL,
    term BIGINT NOT NULL,
    CONSTRAINT search_words_pkey PRIMARY KEY (tenant_id, generation, word, language)
);

CREATE INDEX search_words_generation_backwards_idx ON fediflow.search_words (tenant_id, generation, backwards);

CREATE INDEX search_words_generation_term_idx ON fediflow.search_words (tenant_id, generation, term);

-- Rows grow in place, and stay in place: a posting of a common term is 2 kB.
ALTER TABLE fediflow.search_postings SET (fillfactor = 75, toast_tuple_target = 4096);

ALTER TABLE fediflow.search_documents SET (fillfactor = 85);

SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

CREATE TABLE fediflow.search_blocks (
    tenant_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    block INTEGER NOT NULL,
    traits SMALLINT[] NOT NULL,
    ids BIGINT[] NOT NULL,
    popularities REAL[] NOT NULL,
    latitudes DOUBLE PRECISION[] NOT NULL,
    longitudes DOUBLE PRECISION[] NOT NULL,
    facets BIGINT[] NOT NULL,
    CONSTRAINT search_blocks_pkey PRIMARY KEY (tenant_id, generation, block)
);

-- A place in an array is looked up where it lies: neither packed nor somewhere else.
ALTER TABLE fediflow.search_blocks
    ALTER COLUMN traits SET STORAGE PLAIN,
    ALTER COLUMN ids SET STORAGE PLAIN,
    ALTER COLUMN popularities SET STORAGE PLAIN,
    ALTER COLUMN latitudes SET STORAGE PLAIN,
    ALTER COLUMN longitudes SET STORAGE PLAIN,
    ALTER COLUMN facets SET STORAGE PLAIN;

ALTER TABLE fediflow.search_documents ADD COLUMN facets BIGINT[] DEFAULT '{}' NOT NULL;
ALTER TABLE fediflow.search_documents ADD COLUMN traits SMALLINT DEFAULT 0 NOT NULL;
-- The combination of all facets: a program that still writes it must not go on.
-- squawk-ignore ban-drop-column
ALTER TABLE fediflow.search_documents DROP COLUMN profile;

-- What is stored has neither facets nor traits, so that nobody finds it: a worker fills the index anew. Its policies are
-- for those who serve; the owner, who may see no row under them, leaves them out for this.
ALTER TABLE fediflow.search_fillings NO FORCE ROW LEVEL SECURITY;
UPDATE fediflow.search_fillings SET engine = '' WHERE engine = 'postgresql';
ALTER TABLE fediflow.search_fillings FORCE ROW LEVEL SECURITY;

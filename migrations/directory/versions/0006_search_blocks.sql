SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

CREATE TABLE fediflow.published_blocks (
    scope_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    block INTEGER NOT NULL,
    traits SMALLINT[] NOT NULL,
    ids BIGINT[] NOT NULL,
    popularities REAL[] NOT NULL,
    latitudes DOUBLE PRECISION[] NOT NULL,
    longitudes DOUBLE PRECISION[] NOT NULL,
    facets BIGINT[] NOT NULL,
    CONSTRAINT published_blocks_pkey PRIMARY KEY (scope_id, generation, block)
);

-- A place in an array is looked up where it lies: neither packed nor somewhere else.
ALTER TABLE fediflow.published_blocks
    ALTER COLUMN traits SET STORAGE PLAIN,
    ALTER COLUMN ids SET STORAGE PLAIN,
    ALTER COLUMN popularities SET STORAGE PLAIN,
    ALTER COLUMN latitudes SET STORAGE PLAIN,
    ALTER COLUMN longitudes SET STORAGE PLAIN,
    ALTER COLUMN facets SET STORAGE PLAIN;

ALTER TABLE fediflow.published_documents ADD COLUMN facets BIGINT[] DEFAULT '{}' NOT NULL;
ALTER TABLE fediflow.published_documents ADD COLUMN traits SMALLINT DEFAULT 0 NOT NULL;
-- The combination of all facets: a program that still writes it must not go on.
-- squawk-ignore ban-drop-column
ALTER TABLE fediflow.published_documents DROP COLUMN profile;

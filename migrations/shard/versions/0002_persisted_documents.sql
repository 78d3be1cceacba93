SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

CREATE TABLE fediflow.persisted_documents (
    tenant_id BIGINT NOT NULL,
    document_id TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    body TEXT NOT NULL,
    operations TEXT[] NOT NULL,
    clients TEXT[] NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT persisted_documents_pkey PRIMARY KEY (tenant_id, document_id),
    CONSTRAINT persisted_documents_document_id_check CHECK (document_id ~ '^(x-[A-Za-z0-9._~-]+:|sha256:)?[A-Za-z0-9._~-]+$'),
    CONSTRAINT persisted_documents_document_id_length_check CHECK (length(document_id) <= 128),
    CONSTRAINT persisted_documents_hash_check CHECK (left(document_id, 7) <> 'sha256:' or document_id = 'sha256:' || sha256),
    CONSTRAINT persisted_documents_sha256_check CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT persisted_documents_body_check CHECK (length(body) between 1 and 100000),
    CONSTRAINT persisted_documents_clients_check CHECK (cardinality(clients) >= 1)
);

CREATE INDEX persisted_documents_sha256_idx ON fediflow.persisted_documents (tenant_id, sha256);

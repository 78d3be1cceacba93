SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

ALTER TABLE fediflow.tenants ADD COLUMN documents_only BOOLEAN DEFAULT false NOT NULL;

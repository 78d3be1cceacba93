SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';
-- Institutions are few: looking at all of them takes no time.
-- squawk-ignore-file constraint-missing-not-valid

ALTER TABLE fediflow.tenants ADD COLUMN country TEXT;
ALTER TABLE fediflow.tenants ADD COLUMN subdivision TEXT;
ALTER TABLE fediflow.tenants ADD COLUMN latitude DOUBLE PRECISION;
ALTER TABLE fediflow.tenants ADD COLUMN longitude DOUBLE PRECISION;
ALTER TABLE fediflow.tenants ADD CONSTRAINT tenants_country_check CHECK (country ~ '^[A-Z]{2}$');
ALTER TABLE fediflow.tenants ADD CONSTRAINT tenants_subdivision_check CHECK (subdivision ~ '^[A-Z]{2}-[A-Z0-9]{1,3}$');
ALTER TABLE fediflow.tenants ADD CONSTRAINT tenants_subdivision_of_country_check CHECK (left(subdivision, 2) = coalesce(country, ''));
ALTER TABLE fediflow.tenants ADD CONSTRAINT tenants_place_check CHECK (latitude between -90 and 90 and longitude between -180 and 180);
ALTER TABLE fediflow.tenants ADD CONSTRAINT tenants_point_check CHECK ((latitude is null) = (longitude is null));

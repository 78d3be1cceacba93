-- renew: the lanes that are still this worker's, for so many seconds more.
UPDATE fediflow.inbox_lanes SET lease_until = now() + $2::text::interval
WHERE leased_by = $1 AND lease_until > now()
RETURNING lane;

-- others: how many other workers there are, by the chairs they hold.
SELECT count(*) AS workers FROM fediflow.inbox_lanes
WHERE lane >= 64 AND leased_by <> $1 AND lease_until > now();

-- take: up to so many lanes (or chairs) from one number up to another that nobody holds, from now on this worker's.
UPDATE fediflow.inbox_lanes SET lease_until = now() + $2::text::interval, leased_by = $1
WHERE lane IN (
    SELECT lane FROM fediflow.inbox_lanes
    WHERE lane BETWEEN $4::text::smallint AND $5::text::smallint AND (lease_until IS NULL OR lease_until <= now())
    ORDER BY lane LIMIT $3::text::integer FOR UPDATE SKIP LOCKED)
RETURNING lane;

-- give_back: these lanes are anybody's.
UPDATE fediflow.inbox_lanes SET lease_until = NULL, leased_by = NULL
WHERE leased_by = $1 AND lane = ANY ($2::text[]::smallint[]);

-- read: the first activities of each lane in order, without those of objects that are being worked on or wait.
SELECT found.* FROM unnest($1::text[]) AS held (lane)
CROSS JOIN LATERAL (
    SELECT arrival, tenant_id, lane, object_hash, address, actor_address, type, sender_host, body,
        coalesce(attempts, 0) AS attempts, not_before, received_at
    FROM fediflow.inbox_activities AS a
    WHERE a.lane = held.lane::smallint AND a.object_hash <> ALL ($2::text[]::bigint[])
    ORDER BY a.arrival LIMIT $3::text::integer) AS found
ORDER BY found.arrival;

-- finish: these were worked on.
DELETE FROM fediflow.inbox_activities WHERE arrival = ANY ($1::text[]::bigint[]);

-- refuse: this was not stored, for a reason.
WITH gone AS (
    DELETE FROM fediflow.inbox_activities WHERE arrival = $1::text::bigint
    RETURNING arrival, tenant_id, sender_host, type, address)
INSERT INTO fediflow.inbox_refusals (arrival, tenant_id, sender_host, type, address, why)
SELECT arrival, tenant_id, sender_host, type, address, $2 FROM gone ON CONFLICT DO NOTHING;

-- postpone: this is worked on again later.
UPDATE fediflow.inbox_activities SET attempts = $2::text::smallint, not_before = now() + $3::text::interval, last_error = $4
WHERE arrival = $1::text::bigint;

-- remember_deleted: what was deleted before it came; as a receipt, so it is forgotten with those.
INSERT INTO fediflow.inbox_receipts (tenant_id, address_hash)
SELECT $1::text::bigint, decode(given.hash, 'hex') FROM unnest($2::text[]) AS given (hash) ORDER BY given.hash
ON CONFLICT DO NOTHING;

-- were_deleted: which of these were deleted before they came.
SELECT encode(address_hash, 'hex') AS hash FROM fediflow.inbox_receipts
WHERE tenant_id = $1::text::bigint
    AND address_hash IN (SELECT decode(given.hash, 'hex') FROM unnest($2::text[]) AS given (hash));

-- oldest: for how many seconds the first that waits has been waiting.
SELECT extract(epoch FROM now() - received_at)::float8 AS seconds FROM fediflow.inbox_activities ORDER BY arrival LIMIT 1;

-- count_hosts: how much came from servers, and how much of it was refused.
INSERT INTO fediflow.remote_hosts AS known (host, received, refused, created_at, updated_at)
SELECT given.host, given.received::bigint, given.refused::bigint, now(), now()
FROM unnest($1::text[], $2::text[], $3::text[]) AS given (host, received, refused) ORDER BY given.host
ON CONFLICT (host) DO UPDATE SET received = known.received + excluded.received,
    refused = known.refused + excluded.refused, updated_at = now();

-- sweep_receipts: some receipts that are old enough to be forgotten.
DELETE FROM fediflow.inbox_receipts WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM fediflow.inbox_receipts WHERE received_at < now() - interval '30 days' LIMIT 10000));

-- sweep_refusals: some refusals that are old enough to be forgotten.
DELETE FROM fediflow.inbox_refusals WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM fediflow.inbox_refusals WHERE refused_at < now() - interval '30 days' LIMIT 10000));

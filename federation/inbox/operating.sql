-- listed: what was set aside, the latest first; of some institutions and of one server, where these are given.
SELECT arrival, tenant_id, sender_host, type, address, attempts, last_error, received_at
FROM fediflow.inbox_activities
WHERE lane = -1 AND not_before IS NULL AND ($1::text IS NULL OR tenant_id = $1::text::bigint) AND ($2::text IS NULL OR sender_host = $2)
    AND ($3::text IS NULL OR arrival = $3::text::bigint)
ORDER BY arrival DESC LIMIT $4::text::integer;

-- replay: these are worked on again, as if they had come just now.
UPDATE fediflow.inbox_activities SET lane = (object_hash % 64 + 64) % 64, attempts = NULL
WHERE lane = -1 AND not_before IS NULL AND ($1::text IS NULL OR tenant_id = $1::text::bigint) AND ($2::text IS NULL OR sender_host = $2)
    AND ($3::text IS NULL OR arrival = $3::text::bigint)
RETURNING arrival;

-- discard: these are given up; that they were stays known for 30 days.
WITH gone AS (
    DELETE FROM fediflow.inbox_activities
    WHERE lane = -1 AND not_before IS NULL AND ($1::text IS NULL OR tenant_id = $1::text::bigint) AND ($2::text IS NULL OR sender_host = $2)
        AND ($3::text IS NULL OR arrival = $3::text::bigint)
    RETURNING arrival, tenant_id, sender_host, type, address)
INSERT INTO fediflow.inbox_refusals (arrival, tenant_id, sender_host, type, address, why)
SELECT arrival, tenant_id, sender_host, type, address, $4 FROM gone
RETURNING arrival;

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

-- wake: what waited for long enough is ready again, in each lane what waited longest.
UPDATE fediflow.inbox_activities SET not_before = NULL
WHERE arrival = ANY (ARRAY (
    SELECT due.arrival FROM unnest($1::text[]) AS held (lane)
    CROSS JOIN LATERAL (
        SELECT arrival FROM fediflow.inbox_activities AS a
        WHERE a.lane = held.lane::smallint AND a.not_before <= now()
        ORDER BY a.not_before LIMIT $2::text::integer) AS due))
RETURNING arrival;

-- ready: in each lane the next servers of which something is ready, after the one named with the lane, and the first activities
-- of each; of servers that have enough under way there is the name alone. Each with what comes first about the same object:
-- whose that is, and whether it waits. What there is more of, of any server, is stepped over.
SELECT host.lane, host.sender_host, a.arrival, a.object_hash, first.arrival AS first_arrival,
    first.sender_host AS first_host, first.waits
FROM (
    SELECT held.lane::smallint AS lane, turn.sender_host
    FROM unnest($1::text[], $2::text[]) AS held (lane, after)
    CROSS JOIN LATERAL (
        WITH RECURSIVE turn (sender_host, nth) AS (
            (SELECT n.sender_host, 1 FROM fediflow.inbox_activities AS n
             WHERE n.lane = held.lane::smallint AND n.not_before IS NULL AND n.sender_host > held.after
             ORDER BY n.sender_host LIMIT 1)
            UNION ALL
            SELECT next.sender_host, turn.nth + 1 FROM turn
            CROSS JOIN LATERAL (
                SELECT n.sender_host FROM fediflow.inbox_activities AS n
                WHERE n.lane = held.lane::smallint AND n.not_before IS NULL AND n.sender_host > turn.sender_host
                ORDER BY n.sender_host LIMIT 1) AS next
            WHERE turn.nth < $4::text::integer)
        SELECT sender_host FROM turn) AS turn) AS host
LEFT JOIN LATERAL (
    SELECT a.arrival, a.object_hash FROM fediflow.inbox_activities AS a
    WHERE a.lane = host.lane AND a.sender_host = host.sender_host AND a.not_before IS NULL
        AND host.sender_host <> ALL ($3::text[])
    ORDER BY a.arrival LIMIT $5::text::integer) AS a ON true
LEFT JOIN LATERAL (
    SELECT f.arrival, f.sender_host, f.not_before IS NOT NULL AS waits FROM fediflow.inbox_activities AS f
    WHERE f.object_hash = a.object_hash AND f.lane >= 0
    ORDER BY f.arrival LIMIT 1) AS first ON true;

-- hold_back: these wait until what comes before them about the same object was worked on (`release`), at most for so long. What
-- comes before is locked: it ends after this, and lets them go. What ends just now holds nothing back.
UPDATE fediflow.inbox_activities SET not_before = now() + $2::text::interval
WHERE arrival = ANY (ARRAY (
    SELECT a.arrival FROM unnest($1::text[]) AS given (arrival)
    JOIN fediflow.inbox_activities AS a ON a.arrival = given.arrival::bigint
    CROSS JOIN LATERAL (
        SELECT f.arrival FROM fediflow.inbox_activities AS f
        WHERE f.object_hash = a.object_hash AND f.lane >= 0 AND f.arrival < a.arrival
        ORDER BY f.arrival LIMIT 1 FOR UPDATE SKIP LOCKED) AS first
    FOR UPDATE OF a SKIP LOCKED));

-- release: what is now the first about each of these objects waits no longer.
UPDATE fediflow.inbox_activities SET not_before = NULL
WHERE not_before IS NOT NULL AND arrival = ANY (ARRAY (
    SELECT first.arrival FROM unnest($1::text[]) AS given (object_hash)
    CROSS JOIN LATERAL (
        SELECT f.arrival FROM fediflow.inbox_activities AS f
        WHERE f.object_hash = given.object_hash::bigint AND f.lane >= 0
        ORDER BY f.arrival LIMIT 1) AS first));

-- read: the first activities about each of these objects, in order: up to so many, and so many bytes where it is not one alone.
SELECT a.arrival, a.tenant_id, a.lane, a.object_hash, a.address, a.actor_address, a.type, a.sender_host, a.body,
    coalesce(a.attempts, 0) AS attempts, a.not_before, a.received_at
FROM unnest($1::text[]) AS given (object_hash)
CROSS JOIN LATERAL (
    SELECT one.*, sum(octet_length(one.body)) OVER before AS bytes, row_number() OVER before AS nth
    FROM (SELECT * FROM fediflow.inbox_activities AS a
          WHERE a.object_hash = given.object_hash::bigint AND a.lane >= 0
          ORDER BY a.arrival LIMIT $2::text::integer) AS one
    WINDOW before AS (ORDER BY one.arrival ROWS UNBOUNDED PRECEDING)) AS a
WHERE a.nth = 1 OR a.bytes <= $3::text::integer
ORDER BY a.arrival;

-- finish: these were worked on.
DELETE FROM fediflow.inbox_activities WHERE arrival = ANY ($1::text[]::bigint[]);

-- refuse: these were not stored, each for a reason.
WITH gone AS (
    DELETE FROM fediflow.inbox_activities AS a
    USING unnest($1::text[], $2::text[]) AS given (arrival, why) WHERE a.arrival = given.arrival::bigint
    RETURNING a.arrival, a.tenant_id, a.sender_host, a.type, a.address, given.why)
INSERT INTO fediflow.inbox_refusals (arrival, tenant_id, sender_host, type, address, why)
SELECT arrival, tenant_id, sender_host, type, address, why FROM gone ON CONFLICT DO NOTHING;

-- postpone: this is worked on again later.
UPDATE fediflow.inbox_activities SET attempts = $2::text::smallint, not_before = now() + $3::text::interval, last_error = $4
WHERE arrival = $1::text::bigint;

-- set_aside: nobody works on this until an operator says so.
UPDATE fediflow.inbox_activities SET lane = -1, attempts = $2::text::smallint, not_before = NULL, last_error = $3
WHERE arrival = $1::text::bigint;

-- remember_deleted: what was deleted before it came; as a receipt, so it is forgotten with those.
INSERT INTO fediflow.inbox_receipts (tenant_id, address_hash)
SELECT given.tenant_id::bigint, decode(given.hash, 'hex')
FROM unnest($1::text[], $2::text[]) AS given (tenant_id, hash) ORDER BY 1, 2
ON CONFLICT DO NOTHING;

-- were_deleted: which of these were deleted before they came.
SELECT given.tenant_id::bigint AS tenant_id, given.hash
FROM unnest($1::text[], $2::text[]) AS given (tenant_id, hash)
JOIN fediflow.inbox_receipts AS known
    ON known.tenant_id = given.tenant_id::bigint AND known.address_hash = decode(given.hash, 'hex');

-- oldest: for how many seconds the first that waits has been waiting.
SELECT extract(epoch FROM now() - received_at)::float8 AS seconds FROM fediflow.inbox_activities
WHERE lane >= 0 ORDER BY arrival LIMIT 1;

-- mark_full: of which servers so many activities wait that for so long no more are taken; of what was set aside none are counted.
INSERT INTO fediflow.remote_hosts AS known (host, inbox_full_until, created_at, updated_at)
SELECT sender_host, now() + $2::text::interval, now(), now()
FROM (
    SELECT sender_host FROM fediflow.inbox_activities WHERE lane >= 0 AND not_before IS NULL
    UNION ALL SELECT sender_host FROM fediflow.inbox_activities WHERE lane >= 0 AND not_before IS NOT NULL) AS waiting
WHERE $1::text::integer <= (SELECT count(*) FROM (SELECT FROM fediflow.inbox_activities LIMIT $1::text::integer) AS few)
GROUP BY sender_host HAVING count(*) >= $1::text::integer ORDER BY sender_host
ON CONFLICT (host) DO UPDATE SET inbox_full_until = excluded.inbox_full_until;

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

-- sweep_set_aside: what was set aside and is old enough to be forgotten.
DELETE FROM fediflow.inbox_activities WHERE lane = -1 AND not_before IS NULL AND received_at < now() - interval '30 days';

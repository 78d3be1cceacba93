-- look: what is known of hosts; those never met are not among the rows.
select h.host, h.breaker, extract(epoch from h.open_until - now())::float8 as opens_in,
       h.paused_at is not null as is_paused, h.failures, h.concurrency, h.signature_kind
from fediflow.remote_hosts h
where h.host = any($1::text[]);

-- states: how hosts are doing, in a word, and what software they run.
select h.host, case when h.paused_at is not null then 'paused' when h.breaker = 'open' then 'failing'
                    when h.breaker = 'half_open' then 'trying' else 'open' end,
       h.software, h.software_version
from fediflow.remote_hosts h
where h.host = any($1::text[]);

-- blocked: which of these domains the operator blocks on the whole platform.
select p.domain from fediflow.platform_domains p where p.action = 'block' and p.domain = any($1::text[]);

-- probe: the right to try a host whose breaker opened, for as long as is given; nobody else has it until then.
update fediflow.remote_hosts h
set breaker = 'half_open', open_until = now() + make_interval(secs => $2::float8), updated_at = now()
where h.host = $1::text and h.breaker <> 'closed' and (h.open_until is null or h.open_until <= now())
returning h.host;

-- untried: gives the right to try back, unused.
update fediflow.remote_hosts h
set breaker = 'open', open_until = now(), updated_at = now()
where h.host = $1::text and h.breaker = 'half_open';

-- failed: counts a failure of a host; its breaker opens after several in a row, and again when a try failed.
insert into fediflow.remote_hosts as h (host, failures, last_failure_at, last_error, created_at, updated_at)
values ($1::text, 1, now(), $2::text, now(), now())
on conflict (host) do update
set failures = h.failures + 1, last_failure_at = now(), last_error = excluded.last_error, updated_at = now(),
    breaker = case when h.breaker <> 'closed' or h.failures + 1 >= $4::int then 'open' else h.breaker end,
    open_until = case when h.breaker <> 'closed' or h.failures + 1 >= $4::int
                      then now() + make_interval(secs => $3::float8) else h.open_until end
returning h.failures;

-- recovered: a host answers again.
update fediflow.remote_hosts h
set breaker = 'closed', open_until = null, failures = 0, updated_at = now()
where h.host = $1::text and (h.breaker <> 'closed' or h.failures > 0);

-- figures: adds how deliveries to hosts went, what way of signing they took last, and how many at once they stand.
insert into fediflow.remote_hosts as h
    (host, delivered, failed, latency_ms, last_success_at, last_failure_at, last_error, signature_kind, concurrency,
     created_at, updated_at)
select f.host, f.delivered, f.failed, f.latency, f.success, f.failure, f.error, f.kind, f.concurrency, now(), now()
from unnest($1::text[], $2::text[]::bigint[], $3::text[]::bigint[], $4::text[]::float8[], $5::text[]::timestamptz[],
            $6::text[]::timestamptz[], $7::text[], $8::text[], $9::text[]::int[])
         as f(host, delivered, failed, latency, success, failure, error, kind, concurrency)
order by f.host
on conflict (host) do update
set delivered = h.delivered + excluded.delivered, failed = h.failed + excluded.failed,
    latency_ms = coalesce(excluded.latency_ms * 0.2 + h.latency_ms * 0.8, excluded.latency_ms, h.latency_ms),
    last_success_at = coalesce(excluded.last_success_at, h.last_success_at),
    last_failure_at = coalesce(excluded.last_failure_at, h.last_failure_at),
    last_error = coalesce(excluded.last_error, h.last_error),
    signature_kind = coalesce(excluded.signature_kind, h.signature_kind),
    concurrency = excluded.concurrency, updated_at = now();

-- due: some hosts that we had to do with lately and that were not asked what they are for a day; they count as asked.
update fediflow.remote_hosts h
set nodeinfo_at = now()
from (
    select x.host
    from fediflow.remote_hosts x
    where (x.nodeinfo_at is null or x.nodeinfo_at < now() - interval '1 day')
      and x.updated_at > now() - interval '7 days' and x.breaker = 'closed' and x.paused_at is null
    order by x.nodeinfo_at nulls first
    limit $1::int
    for update skip locked
) x
where h.host = x.host
returning h.host;

-- learned: what a host says that it is.
update fediflow.remote_hosts h
set software = $2::text, software_version = $3::text, capabilities = $4::text::jsonb
where h.host = $1::text;

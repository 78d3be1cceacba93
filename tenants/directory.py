"""Which institution a name means and where its rows are: the only maker of `TenantId`."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import Unavailable
from tenants.model import Tenant, TenantId
from tenants.tables import shards, tenant_domains, tenants

TTL_SECONDS = 5.0
# While the directory is away, what was known goes on holding for a while: institutions rarely change, and suspension
# reaches every process as a revocation.
STALE_SECONDS = 60.0
MAX_ENTRIES = 50_000


_Key = tuple[Literal["slug", "id", "host"], str | int]


@dataclass(frozen=True, slots=True)
class _Entry:
    tenant: Tenant | None  # None: looked for and not there
    until: float


class Directory:
    """Looks tenants up by slug, domain or id, and remembers the answer (also "no such tenant") for five seconds."""

    def __init__(self, engine: AsyncEngine, *, now: Callable[[], float] = monotonic) -> None:
        self._engine = engine
        self._now = now
        self._entries: OrderedDict[_Key, _Entry] = OrderedDict()
        self._flights: dict[_Key, asyncio.Task[Tenant | None]] = {}

    async def by_slug(self, slug: str) -> Tenant | None:
        """The tenant of that slug."""
        return await self._remembered(("slug", slug))

    async def by_id(self, tenant_id: int) -> Tenant | None:
        """The tenant of that id."""
        return await self._remembered(("id", tenant_id))

    async def by_host(self, host: str) -> Tenant | None:
        """The tenant that owns a domain; a port is ignored."""
        domain = host.rsplit(":", 1)[0].lower().rstrip(".")
        return await self._remembered(("host", domain))

    def forget(self) -> None:
        """Forgets everything remembered (a tenant was changed by this process, or a revocation said so)."""
        self._entries.clear()

    async def _remembered(self, key: _Key) -> Tenant | None:
        entry = self._entries.get(key)
        if entry is not None and entry.until > self._now():
            return entry.tenant
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._look_up(key))
            self._flights[key] = flight
            flight.add_done_callback(lambda _: self._flights.pop(key, None))
        try:
            return await asyncio.shield(flight)
        except DATABASE_TROUBLE as error:
            if entry is not None and entry.until + STALE_SECONDS > self._now():
                return entry.tenant
            raise Unavailable(
                "the directory of institutions does not answer: try again in a moment"
            ) from error

    async def _look_up(self, key: _Key) -> Tenant | None:
        async with self._engine.connect() as connection:
            row = (await connection.execute(_query(key))).mappings().one_or_none()
        tenant = _tenant(dict(row)) if row is not None else None
        self._entries[key] = _Entry(tenant, self._now() + TTL_SECONDS)
        while len(self._entries) > MAX_ENTRIES:
            self._entries.popitem(last=False)
        return tenant


def _query(key: _Key) -> Select[tuple[object, ...]]:
    kind, value = key
    if kind == "slug":
        return tenant_query().where(tenants.c.slug == value)
    if kind == "id":
        return tenant_query().where(tenants.c.id == value)
    owner = select(tenant_domains.c.tenant_id).where(tenant_domains.c.domain == value)
    return tenant_query().where(tenants.c.id == owner.scalar_subquery())


def tenant_query() -> Select[tuple[object, ...]]:
    """Selects what a `Tenant` is made of; the primary domain comes first."""
    domains = (
        select(tenant_domains.c.domain)
        .where(tenant_domains.c.tenant_id == tenants.c.id)
        .order_by(tenant_domains.c.is_primary.desc(), tenant_domains.c.domain)
    )
    return select(
        tenants.c.id,
        tenants.c.slug,
        tenants.c.name,
        tenants.c.region,
        tenants.c.time_zone,
        tenants.c.languages,
        tenants.c.status,
        shards.c.name.label("shard"),
        func.array(domains.scalar_subquery()).label("domains"),
    ).join(shards, shards.c.id == tenants.c.shard_id)


def _tenant(row: dict[str, object]) -> Tenant:
    return Tenant(
        id=TenantId(int(str(row["id"]))),
        slug=str(row["slug"]),
        name=row["name"],  # type: ignore[arg-type]  # a JSON object of texts, by CHECK and by the operations
        shard=str(row["shard"]),
        region=str(row["region"]),
        time_zone=str(row["time_zone"]),
        languages=tuple(row["languages"]),  # type: ignore[arg-type]  # text[]
        domains=tuple(row["domains"]),  # type: ignore[arg-type]  # text[]
        is_suspended=row["status"] == "suspended",
    )

"""Which institution a name means and where its rows are: the only maker of `TenantId`."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from sqlalchemy import ARRAY, BigInteger, Select, Text, any_, bindparam, cast, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import Unavailable
from tenants.model import Tenant, TenantId
from tenants.tables import shards, tenant_domains, tenants

TTL_SECONDS = 5.0
REFRESH_SECONDS = 2.0
_AT_ONCE = 1_000
# While the directory is away, what was known goes on holding for a while: institutions rarely change, and suspension
# reaches every process as a revocation.
STALE_SECONDS = 60.0
MAX_ENTRIES = 50_000


Kind = Literal["slug", "id", "host"]
Key = tuple[Kind, str | int]


@dataclass(slots=True)
class Fresh:
    """What a name means, known until `until` (monotonic seconds)."""

    tenant: Tenant | None  # None: looked for and not there
    until: float
    is_used: bool = False  # since it was last looked up


class Directory:
    """Looks tenants up by slug, domain or id, and remembers the answer (also "no such tenant") for five seconds."""

    def __init__(self, engine: AsyncEngine, *, now: Callable[[], float] = monotonic) -> None:
        self._engine = engine
        self._now = now
        self._entries: OrderedDict[Key, Fresh] = OrderedDict()
        self._tenants: dict[int, Tenant] = {}
        self._generation = 0  # counts what made all of it forgotten
        self._flights: dict[Key, asyncio.Task[Tenant | None]] = {}

    async def by_slug(self, slug: str) -> Tenant | None:
        """The tenant of that slug."""
        return await self._remembered(by_slug(slug))

    async def by_id(self, tenant_id: int) -> Tenant | None:
        """The tenant of that id."""
        return await self._remembered(by_id(tenant_id))

    async def by_host(self, host: str) -> Tenant | None:
        """The tenant that owns a domain; a port is ignored."""
        return await self._remembered(by_host(host))

    async def by_ids(self, tenant_ids: Sequence[int]) -> list[Tenant]:
        """The tenants of those ids that there are, in that order, asked for together."""
        found: list[Tenant | None] = []
        for start in range(0, len(tenant_ids), _AT_ONCE):
            keys = [by_id(tenant_id) for tenant_id in tenant_ids[start : start + _AT_ONCE]]
            found += (await self._look_up_many(keys)).values()
        return [tenant for tenant in found if tenant is not None]

    def fresh(self, key: Key) -> Fresh | None:
        """What is known of a name just now, without asking anybody; None: the asynchronous ways must."""
        entry = self._entries.get(key)
        if entry is None or entry.until <= self._now():
            return None
        entry.is_used = True
        return entry

    async def follow(self) -> None:
        """Keeps what is asked for up to date, until cancelled: all of it in a few queries, before it is asked again."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            used = [key for key, entry in self._entries.items() if entry.is_used]
            with contextlib.suppress(*DATABASE_TROUBLE):  # then it grows old, and whoever asks finds out
                for start in range(0, len(used), _AT_ONCE):
                    await self._look_up_many(used[start : start + _AT_ONCE])

    def forget(self) -> None:
        """Forgets everything remembered (a tenant was changed by this process, or a revocation said so)."""
        self._generation += 1
        self._entries.clear()
        self._tenants.clear()
        self._flights.clear()  # who asks from now on must not get what was looked up before

    async def _remembered(self, key: Key) -> Tenant | None:
        entry = self._entries.get(key)
        if entry is not None and entry.until > self._now():
            entry.is_used = True
            return entry.tenant
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._look_up(key))
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._landed(key, done))
        try:
            return await asyncio.shield(flight)
        except DATABASE_TROUBLE as error:
            if entry is not None and entry.until + STALE_SECONDS > self._now():
                return entry.tenant
            raise Unavailable(
                "the directory of institutions does not answer: try again in a moment"
            ) from error

    def _landed(self, key: Key, flight: "asyncio.Task[Tenant | None]") -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]

    async def _look_up(self, key: Key) -> Tenant | None:
        return (await self._look_up_many([key]))[key]

    async def _look_up_many(self, keys: Sequence[Key]) -> dict[Key, Tenant | None]:
        """Looks names up together, a query for each kind of name, and remembers them."""
        found: dict[Key, Tenant | None] = dict.fromkeys(keys)
        generation = self._generation
        async with self._engine.connect() as connection:
            for kind, query in _QUERIES.items():
                names = [str(name) for its_kind, name in keys if its_kind == kind]
                if names:
                    for row in (await connection.execute(query, {"names": names})).mappings():
                        found[kind, row["name_asked"]] = self._same(_tenant(dict(row)))
        if generation != self._generation:  # something changed meanwhile: this may be from before
            return found
        until = self._now() + TTL_SECONDS
        for key, tenant in found.items():
            self._entries[key] = Fresh(tenant, until)
        while len(self._entries) > MAX_ENTRIES:
            self._entries.popitem(last=False)
        return found

    def _same(self, tenant: Tenant) -> Tenant:
        """The object that is known already, by whatever name, where nothing changed: what is remembered of it holds on."""
        known = self._tenants.get(tenant.id)
        if known != tenant:
            known = self._tenants[tenant.id] = tenant
        return known


def by_slug(slug: str) -> Key:
    """The key of a slug."""
    return "slug", slug


def by_id(tenant_id: int) -> Key:
    """The key of an id."""
    return "id", tenant_id


def by_host(host: str) -> Key:
    """The key of what a Host header says; a port is ignored."""
    return "host", host.rsplit(":", 1)[0].lower().rstrip(".")


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
        tenants.c.documents_only,
        tenants.c.country,
        tenants.c.subdivision,
        tenants.c.latitude,
        tenants.c.longitude,
        shards.c.name.label("shard"),
        func.array(domains.scalar_subquery()).label("domains"),
    ).join(shards, shards.c.id == tenants.c.shard_id)


# Texts for every kind: for arrays of other types the driver would ask PostgreSQL what they are, in ways we are not allowed.
_NAMES = bindparam("names", type_=ARRAY(Text))
_asked = tenant_domains.alias("asked")
_QUERIES: Mapping[Kind, Select[tuple[object, ...]]] = {
    "slug": tenant_query()
    .add_columns(tenants.c.slug.label("name_asked"))
    .where(tenants.c.slug == any_(_NAMES)),
    "id": tenant_query()
    .add_columns(tenants.c.id.label("name_asked"))
    .where(tenants.c.id == any_(cast(_NAMES, ARRAY(BigInteger)))),
    "host": tenant_query()
    .add_columns(_asked.c.domain.label("name_asked"))
    .join(_asked, _asked.c.tenant_id == tenants.c.id)
    .where(_asked.c.domain == any_(_NAMES)),
}


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
        documents_only=bool(row["documents_only"]),
        country=row["country"],  # type: ignore[arg-type]  # text or null
        subdivision=row["subdivision"],  # type: ignore[arg-type]  # text or null
        latitude=row["latitude"],  # type: ignore[arg-type]  # a number or null
        longitude=row["longitude"],  # type: ignore[arg-type]  # a number or null
    )

"""The demo's tenants in the directory: which are there, and adding one whose rows are on its shard."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from fediflow.demo.universities import UNIVERSITIES, University
from tenants.tables import shards, tenant_domains, tenants


@dataclass(frozen=True, slots=True)
class Known:
    """What the directory holds before the demo is made."""

    slugs: frozenset[str]
    shard_ids: Mapping[str, int]


async def known(directory: AsyncEngine) -> Known:
    """The demo's tenants that exist, and every shard by name."""
    ours = [university.slug for university in UNIVERSITIES]
    async with directory.connect() as connection:
        slugs = await connection.execute(select(tenants.c.slug).where(tenants.c.slug.in_(ours)))
        names = await connection.execute(select(shards.c.name, shards.c.id))
        return Known(frozenset(slugs.scalars()), dict(names.all()))


async def add_tenant(directory: AsyncEngine, university: University, *, shard_id: int, today: date) -> None:
    """From now on the tenant exists: with its domains or not at all."""
    at = datetime.combine(today, time(), UTC)
    row = {
        "id": university.id,
        "slug": university.slug,
        "name": dict(zip(university.languages, university.words.university, strict=True)),
        "shard_id": shard_id,
        "region": university.region,
        "time_zone": university.time_zone,
        "languages": list(university.languages),
        "country": university.subdivision.partition("-")[0],
        "subdivision": university.subdivision,
        "latitude": university.places[0].latitude,
        "longitude": university.places[0].longitude,
        "created_at": at,
        "updated_at": at,
    }
    domains = [
        {"domain": domain, "tenant_id": university.id, "is_primary": place == 0}
        for place, domain in enumerate(university.domains)
    ]
    async with directory.begin() as connection:
        await connection.execute(insert(tenants).values(row).on_conflict_do_nothing())
        await connection.execute(insert(tenant_domains).values(domains).on_conflict_do_nothing())

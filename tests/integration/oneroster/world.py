"""A tenant to import into: its import, and what the tests look at afterwards."""

import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from academic.oneroster.importing import import_roster
from academic.oneroster.report import ImportReport, Progress
from academic.oneroster.sources import FileSource, FolderFiles
from kernel.ids import FixedLease, IdFactory
from kernel.outbox.tables import outbox
from kernel.tables import SHARD, TableClass
from tenants.door import Door, set_tenant
from tenants.model import Tenant, TenantId

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SAMPLES = Path(__file__).resolve().parents[4] / "shared/data/oneroster-samples"
_numbers = itertools.count(1)


def sample(name: str) -> FolderFiles:
    """A real sample set, where it is present."""
    if not (SAMPLES / name).is_dir():
        pytest.skip(f"the sample set {name} is not on this machine")
    return FolderFiles(SAMPLES / name)


def _unheard(_file: str, _done: int, _total: int) -> None:
    """Progress that nobody follows."""


@dataclass
class Place:
    """One tenant."""

    tenant: Tenant
    engine: AsyncEngine
    door: Door
    new_id: IdFactory
    revoked: dict[int, str] = field(default_factory=dict)

    async def load(
        self, source: FileSource, *, dry_run: bool = False, now: datetime = NOW, progress: Progress = _unheard
    ) -> ImportReport:
        """Imports a set."""
        return await import_roster(
            self.engine,
            tenant=self.tenant,
            source=source,
            dry_run=dry_run,
            new_id=self.new_id,
            now=now,
            revoke=self._revoke,
            progress=progress,
        )

    async def _revoke(self, events: Mapping[int, str]) -> None:
        self.revoked |= events

    async def rows(self, table: Table, **where: Any) -> list[dict[str, Any]]:
        """The tenant's rows with these values, in the order of their primary key."""
        query = select(table).where(
            table.c.tenant_id == self.tenant.id, *(table.c[key] == value for key, value in where.items())
        )
        return await self.query(query.order_by(*table.primary_key))

    async def query(self, query: Any) -> list[dict[str, Any]]:
        """What a query finds, as this tenant."""
        async with self.engine.begin() as connection:
            await connection.execute(text(set_tenant(self.tenant.id)))
            return [dict(row) for row in (await connection.execute(query)).mappings()]

    async def sourced(self, table: Table, external_ids: Table) -> dict[str, dict[str, Any]]:
        """The objects by their sourcedId."""
        owner = next(c for c in external_ids.c if c.name.endswith("_id") and c.name != "tenant_id")
        query = select(external_ids.c.value.label("sourced_id"), table).where(
            external_ids.c.tenant_id == self.tenant.id,
            external_ids.c.type == "oneroster",
            table.c.tenant_id == self.tenant.id,
            table.c.id == owner,
        )
        return {row["sourced_id"]: row for row in await self.query(query)}

    async def events(self) -> list[str]:
        """What the outbox was told, in its order."""
        return [row["event"] for row in await self.rows(outbox)]

    async def sizes(self) -> dict[str, int]:
        """How many rows each tenant table has for this tenant, and the outbox."""
        tables = [table for table in SHARD.sorted_tables if table.info["class"] is TableClass.TENANT]
        return {
            table.name: (
                await self.query(
                    select(func.count().label("n"))
                    .select_from(table)
                    .where(table.c.tenant_id == self.tenant.id)
                )
            )[0]["n"]
            for table in [*tables, outbox]
        }


def tenant(number: int, language: str = "en") -> Tenant:
    """An institution that only this test knows."""
    slug = f"import-{number}"
    return Tenant(
        TenantId(number),
        slug,
        {"en": slug},
        "one",
        "eu",
        "Europe/Berlin",
        (language,),
        (),
        is_suspended=False,
    )


def new_place(engine: AsyncEngine, app: AsyncEngine) -> Place:
    """A tenant with nothing in it."""
    number = next(_numbers)
    new_id = IdFactory(FixedLease(number), lambda: time.time_ns() // 1_000_000)
    return Place(tenant(7_000_000 + number), engine, Door({"one": app}, new_id=new_id), new_id)

"""Makes the demo: three universities on the shards there are, each in one transaction."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from fediflow.demo.directory_rows import add_tenant, known
from fediflow.demo.loading import analyze, load_tenant
from fediflow.demo.samples import demo_password_hash
from fediflow.demo.tenant import tenant_rows
from fediflow.demo.universities import UNIVERSITIES, University
from kernel.errors import ErrorCode, FediflowError
from tenants.model import TenantId

SEED = 1

Progress = Callable[[str], None]


class NoShards(FediflowError):
    """There is nowhere to put the demo."""

    code = ErrorCode.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class DemoShard:
    """A registered shard: an engine of the worker, who writes rows, and of the owner, who may analyze tables."""

    worker: AsyncEngine
    owner: AsyncEngine


def _silent(sentence: str) -> None:
    """Nobody listens."""


async def create(
    *,
    directory: AsyncEngine,
    shards: Mapping[str, DemoShard],
    seed: int = SEED,
    today: date | None = None,
    progress: Progress = _silent,
) -> None:
    """Makes those of the three universities that are missing; `directory` is an engine of the worker.

    Everything follows from the seed and the day, on which the current semesters depend. A tenant's rows come in one
    transaction and its directory row after them, so a crash leaves no half of one, and the next call goes on.
    """
    there = await known(directory)
    names = sorted(shards)
    unknown = [name for name in names if name not in there.shard_ids]
    if unknown or not names:
        raise NoShards(
            f"the demo needs shards that are registered; not registered: {', '.join(unknown) or 'any'}"
        )
    placed: dict[str, list[University]] = defaultdict(list)
    for number, university in enumerate(UNIVERSITIES):
        if university.slug not in there.slugs:
            placed[names[number % len(names)]].append(university)
    if not placed:
        return
    maker = _Maker(directory, seed, today or datetime.now(UTC).date(), demo_password_hash(), progress)
    made = [maker.fill(shards[name], there.shard_ids[name], placed[name]) for name in placed]
    for outcome in await asyncio.gather(*made, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


@dataclass(frozen=True, slots=True)
class _Maker:
    directory: AsyncEngine
    seed: int
    today: date
    password_hash: str
    progress: Progress

    async def fill(self, shard: DemoShard, shard_id: int, universities: Sequence[University]) -> None:
        """One shard's universities, one after the other."""
        tables: dict[str, Table] = {}
        for university in universities:
            parts = await asyncio.to_thread(
                tenant_rows, university, seed=self.seed, today=self.today, password_hash=self.password_hash
            )
            tables |= {part.table.name: part.table for part in parts}
            await load_tenant(shard.worker, TenantId(university.id), parts)
            await add_tenant(self.directory, university, shard_id=shard_id, today=self.today)
            self.progress(f"{university.words.university[1]} is ready")
        await analyze(shard.owner, tables.values())

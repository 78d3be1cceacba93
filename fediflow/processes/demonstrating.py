"""The demo on this machine: its universities, and the file that tells where it is and who may enter."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from fediflow import demo
from fediflow.demo.tokens import LIFETIME
from fediflow.processes.machine import DEMO_FILE, Machine
from fediflow.processes.preparing import shard_database
from fediflow.processes.social_web import published_here
from fediflow.processes.stack import Stack, open_stack
from kernel.clock import system_clock
from kernel.database.engines import Timeouts
from kernel.database.roles import DatabaseRole
from kernel.errors import Unavailable
from kernel.settings import Settings
from migrations.upgrade import owner_engine
from tenants.directory import Directory

_STILL_GOOD = timedelta(hours=1)
_PATIENT = Timeouts(statement=0.0)  # a university's rows come in few, large statements


async def make_demo(machine: Machine, settings: Settings, tell: Callable[[str], None]) -> dict[str, Any]:
    """Makes what is missing; returns what DIR/demo.json is to say once all is ready."""
    async with open_stack(
        settings, DatabaseRole.WORKER, pool_size=3, application="fediflow-demo", timeouts=_PATIENT
    ) as worker:
        if worker.refused:
            raise Unavailable("; ".join(worker.refused.values()))
        async with _with_owners(machine, settings, worker) as shards:
            await demo.create(directory=worker.directory, shards=shards, progress=tell)
        told = _kept(machine) or await _let_in(worker)
        if "social" not in told:
            told["social"] = await _join(worker, settings)
    told["graphql"] = f"{settings.public_url}/graphql"
    told["explorer"] = f"{settings.public_url}/explorer" if settings.shows_explorer else None
    return told


@asynccontextmanager
async def _with_owners(
    machine: Machine, settings: Settings, worker: Stack
) -> AsyncIterator[Mapping[str, demo.DemoShard]]:
    """The shards with the worker who writes rows and the owner who may analyze them."""
    owner = settings.password(DatabaseRole.OWNER)
    async with AsyncExitStack() as opened:
        shards = {}
        for name, engine in worker.served.items():
            owners = owner_engine(machine.address(shard_database(name)), owner)
            opened.push_async_callback(owners.dispose)
            shards[name] = demo.DemoShard(engine, owners)
        yield shards


async def _let_in(worker: Stack) -> dict[str, Any]:
    """New tokens of the sample persons."""
    async with worker.door() as door:
        entries = await demo.tokens(door=door, directory=Directory(worker.directory))
    expires_at = system_clock() + LIFETIME
    return {"graphql": "", "tenants": [asdict(one) for one in entries], "expires_at": expires_at.isoformat()}


async def _join(worker: Stack, settings: Settings) -> Mapping[str, list[str]]:
    """Who of the demo's people are on the social web, by institution; put there where nobody was."""
    async with worker.door() as door:
        return await demo.join_social_web(
            door=door, directory=Directory(worker.directory), published=published_here(door, settings)
        )


def _kept(machine: Machine) -> dict[str, Any] | None:
    """What was written at an earlier start, as long as its tokens are good for a while."""
    path = machine.root / DEMO_FILE
    if not path.exists():
        return None
    told: dict[str, Any] = json.loads(path.read_text())
    return told if datetime.fromisoformat(told["expires_at"]) - system_clock() > _STILL_GOOD else None

"""OpenSearch killed again and again while the institutions change much, and a worker with it: nothing acknowledged is missing."""

import asyncio
import os
import random
from collections.abc import Iterable

from tests.integration.search.outages.site import Site, eventually

_FULL = os.environ.get("FEDIFLOW_WIRE_PROOF") == "full"
_KILLS = 20 if _FULL else 2
_CHANGES = 31  # at least, however slow the machine is


async def test_an_opensearch_killed_under_load_loses_nothing(site: Site) -> None:
    chance, stop = random.Random(7), asyncio.Event()
    stored = "fediflow_search_documents_total"
    with site.another_worker() as another:  # killed at the end, in the midst of whatever it does
        workers = (site.worker_figures, another)  # whichever of them stores
        load = asyncio.create_task(site.change_much(stop, least=_CHANGES))
        try:
            for _ in range(_KILLS):
                least = await _sum(site, stored, workers) + chance.randint(1, 60)
                await eventually(lambda least=least: _reaches(site, stored, workers, least))  # type: ignore[misc]
                await site.node.kill()
                await eventually(site.is_refused)
                await site.node.start()
        finally:
            stop.set()
            await load
    await site.settle()


async def _reaches(site: Site, name: str, workers: Iterable[str], least: float) -> bool:
    return await _sum(site, name, workers) >= least


async def _sum(site: Site, name: str, workers: Iterable[str]) -> float:
    return sum([await site.figure(name, one) for one in workers])

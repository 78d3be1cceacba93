"""OpenSearch killed again and again while the institutions change much, and a worker with it: nothing acknowledged is missing."""

import asyncio
import os
import random

from tests.integration.search.outages.site import Site, eventually

_FULL = os.environ.get("FEDIFLOW_WIRE_PROOF") == "full"
_KILLS = 20 if _FULL else 2


async def test_an_opensearch_killed_under_load_loses_nothing(site: Site) -> None:
    chance, stop = random.Random(7), asyncio.Event()
    stored = "fediflow_search_documents_total"
    with site.another_worker():  # killed at the end, in the midst of whatever it does
        load = asyncio.create_task(site.change_much(stop))
        try:
            for _ in range(_KILLS):
                least = await site.figure(stored, site.worker_figures) + chance.randint(1, 60)
                await eventually(lambda least=least: _reaches(site, stored, least))  # type: ignore[misc]
                await site.node.kill()
                await eventually(site.is_refused)
                await site.node.start()
        finally:
            stop.set()
            changed = await load
    assert changed > 30
    await site.settle()


async def _reaches(site: Site, name: str, least: float) -> bool:
    return await site.figure(name, site.worker_figures) >= least

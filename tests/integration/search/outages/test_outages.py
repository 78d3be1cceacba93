"""OpenSearch killed, frozen, full or emptied: searches say so in time, all else goes on, the index catches up by itself."""

import asyncio
import os
import signal

from tests.indices import delete_indices
from tests.integration.search.outages.site import PREFIX, Site, eventually


async def test_killed_searches_are_unavailable_and_what_changes_meanwhile_is_found_later(site: Site) -> None:
    course = site.world["alpha"].ids["course:1"]
    await eventually(lambda: site.finds("Course", course))
    await site.node.kill()
    try:
        await eventually(site.is_refused)
        await site.rename(course, "Palaeography by lamplight")
        assert await site.is_refused()
        with site.another_gateway() as begun:  # it starts without what it searches with
            assert await site.is_refused(gateway=begun)
        await eventually(lambda: _grows(site, "fediflow_search_failures_total", site.worker_figures))
        assert await site.figure(
            'fediflow_search_failures_total{engine="opensearch",request="search"}', site.gateway
        )
    finally:
        await site.node.start()
    await eventually(lambda: site.finds("palaeography", course))
    await site.settle()


async def test_frozen_searches_are_unavailable_within_their_deadline(site: Site) -> None:
    course, pid = site.world["alpha"].ids["course:4"], site.node.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        answers = await asyncio.gather(*(site.is_refused() for _ in range(10)))
        assert all(answers)
        await site.rename(course, "Glaciology for the patient")
    finally:
        os.kill(pid, signal.SIGCONT)
    await eventually(lambda: site.finds("glaciology", course))
    await site.settle()


async def test_full_it_still_answers_and_takes_what_changed_once_there_is_room(site: Site) -> None:
    course = site.world["alpha"].ids["course:5"]
    before = await site.figure("fediflow_search_failures_total", site.worker_figures)
    await site.block(True)
    try:
        await site.rename(course, "Cartography of full disks")
        await eventually(lambda: _grows(site, "fediflow_search_failures_total", site.worker_figures, before))
        await eventually(site.is_answered)
        assert not await site.finds("cartography", course)
    finally:
        await site.block(False)
    await eventually(lambda: site.finds("cartography", course))
    await site.settle()


async def test_a_deleted_index_is_built_again_by_itself(site: Site) -> None:
    course = site.world["alpha"].ids["course:2"]
    await site.rename(course, "Archaeology of indices")
    await eventually(lambda: site.finds("archaeology", course))
    await asyncio.to_thread(delete_indices, site.node.url, PREFIX)
    await site.is_refused()  # or is empty already: the worker makes it again before it fills it
    await eventually(lambda: site.finds("archaeology", course))
    await site.settle()


async def _grows(site: Site, name: str, address: str, before: float = 0.0) -> bool:
    return await site.figure(name, address) > before

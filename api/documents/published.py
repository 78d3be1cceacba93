"""Published documents by id: remembered for seconds, looked up together.

What was published or withdrawn is known everywhere within seconds, without anybody being told. However many ids are
asked for that nobody published, an institution's database answers one question about them at a time.
"""

import asyncio
from collections.abc import Callable
from itertools import islice
from time import monotonic

from api.documents.remembered import Remembered
from tenants.documents.queries import texts_of
from tenants.model import Tenant
from tenants.readers import Readers

SECONDS = 5.0  # a withdrawn document is answered at most so much longer
SECONDS_MISSING = 2.0  # a published one is refused at most so much longer
MOST_AT_ONCE = 200

_Queue = dict[str, "asyncio.Future[str | None]"]


class PublishedDocuments:
    """The texts that institutions published. One per process."""

    def __init__(self, readers: Readers, *, now: Callable[[], float] = monotonic) -> None:
        self._readers = readers
        self._remembered = Remembered(seconds=SECONDS, seconds_missing=SECONDS_MISSING, now=now)
        self._queues: dict[int, _Queue] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def known(self, tenant: Tenant, document_id: str) -> str | None:
        """The text of a canonical id, where it is known now: nobody is asked."""
        return self._remembered.text((tenant.id, document_id))

    async def find(self, tenant: Tenant, document_id: str) -> str | None:
        """The text of a canonical id; None where this tenant published none. Errors are those of `Readers.fetch`."""
        known = self._remembered.get((tenant.id, document_id))
        if known is not None:
            return known.text
        return await asyncio.shield(self._asked(tenant, document_id))

    def _asked(self, tenant: Tenant, document_id: str) -> "asyncio.Future[str | None]":
        queue = self._queues.get(tenant.id)
        if queue is None:
            queue = self._queues[tenant.id] = {}
            task = asyncio.create_task(self._work_off(tenant, queue))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if document_id not in queue:
            queue[document_id] = asyncio.get_running_loop().create_future()
        return queue[document_id]

    async def _work_off(self, tenant: Tenant, queue: _Queue) -> None:
        try:
            while queue:
                batch = list(islice(queue, MOST_AT_ONCE))
                await self._look_up(tenant, queue, batch)
                for document_id in batch:
                    del queue[document_id]
        finally:
            del self._queues[tenant.id]
            for future in queue.values():
                future.cancel()

    async def _look_up(self, tenant: Tenant, queue: _Queue, ids: list[str]) -> None:
        try:
            texts = await texts_of(self._readers, tenant, ids)
        except Exception as error:  # whatever it is, it is for those who asked
            for document_id in ids:
                queue[document_id].set_exception(error)
            return
        for document_id in ids:
            text = self._remembered.put((tenant.id, document_id), texts.get(document_id))
            queue[document_id].set_result(text)

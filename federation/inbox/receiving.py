"""The one durable insert: what came in is a row before anybody is told that it was taken.

Also for what one institution of the platform sends another: `receive` instead of a request.
"""

import asyncio
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from federation.inbox.received import Received
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import Unavailable
from tenants.door import driver_of

MOST_ROWS = 256
MOST_BYTES = 8 * 1024 * 1024
MOST_WAITING_BYTES = 64 * 1024 * 1024
_WRITERS = 2  # one writes while the other's commit is on its way to the disk

Key = tuple[int, bytes]


async def receive(directory: AsyncEngine, received: Received | Sequence[Received]) -> int:
    """Keeps activities until they are worked on; how many were not known yet. Known ones are left alone.

    All or none, in one statement and one commit. Raises `Unavailable` where the directory does not answer.
    """
    rows = [received] if isinstance(received, Received) else received
    once = {_key(row): row for row in rows}
    return len(await _write(directory, list(once.values())))


class Intake:
    """Takes activities one by one and writes those that come at the same time together. One per process."""

    def __init__(self, directory: AsyncEngine) -> None:
        self._directory = directory
        self._waiting: dict[Key, tuple[Received, asyncio.Future[bool]]] = {}
        self._waiting_bytes = 0
        self._writers: set[asyncio.Task[None]] = set()

    async def keep(self, received: Received) -> bool:
        """Returns once the activity is durable; whether it was not known before. Raises `Unavailable`."""
        key = _key(received)
        waiting = self._waiting.get(key)
        if waiting is None:
            if self._waiting_bytes > MOST_WAITING_BYTES:
                raise Unavailable("more comes in than can be written: try again in a moment")
            waiting = self._waiting[key] = (received, asyncio.get_running_loop().create_future())
            self._waiting_bytes += len(received.body)
            if len(self._writers) < _WRITERS:
                self._start()
        return await asyncio.shield(waiting[1])

    async def aclose(self) -> None:
        """Waits until what was taken is written."""
        while self._writers:
            await asyncio.wait(tuple(self._writers))

    def _start(self) -> None:
        self._writers.add(asyncio.create_task(self._work()))

    async def _work(self) -> None:
        try:
            await self._write_all()
        finally:
            # Here and not when the task is found done: what comes before that would wait for a writer that is none.
            writer = asyncio.current_task()
            assert writer is not None
            self._writers.discard(writer)

    async def _write_all(self) -> None:
        while batch := self._take():
            try:
                fresh = await _write(self._directory, [received for received, _ in batch])
            except Unavailable as error:
                _settle(batch, error)
            else:
                for received, future in batch:
                    if not future.done():
                        future.set_result(_key(received) in fresh)

    def _take(self) -> list[tuple[Received, "asyncio.Future[bool]"]]:
        batch: list[tuple[Received, asyncio.Future[bool]]] = []
        size = 0
        for key in list(self._waiting)[:MOST_ROWS]:
            received = self._waiting[key][0]
            if batch and size + len(received.body) > MOST_BYTES:
                break
            batch.append(self._waiting.pop(key))
            size += len(received.body)
        self._waiting_bytes -= size
        return batch


def _settle(batch: Sequence[tuple[Received, "asyncio.Future[bool]"]], error: Unavailable) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
            future.exception()  # whoever waits has it; a client may have gone


def _key(received: Received) -> Key:
    return int(received.tenant_id), received.address_hash


async def _write(directory: AsyncEngine, rows: Sequence[Received]) -> set[Key]:
    """Writes rows whose keys are distinct; the keys of those that were not known."""
    # In one order whoever writes: two who write the same at once wait for each other, and never in a circle.
    ordered = sorted(rows, key=_key)
    columns = zip(*(_texts(row) for row in ordered), strict=True)
    try:
        async with directory.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            found = await driver_of(connection).fetch(_KEEP, *(list(column) for column in columns))
    except DATABASE_TROUBLE as error:
        raise Unavailable("the directory does not answer: try again in a moment") from error
    return {(row["tenant_id"], row["address_hash"]) for row in found}


def _texts(row: Received) -> tuple[str, ...]:
    object_hash = row.object_hash
    return (
        str(int(row.tenant_id)),
        row.address_hash.hex(),
        str(row.lane),
        str(object_hash),
        row.address,
        row.actor_address,
        row.type,
        row.sender_host,
        row.body.decode(),
    )


# Arrays of texts alone: for others the driver would ask PostgreSQL what they are, in ways we are not allowed.
_KEEP = """
WITH given AS MATERIALIZED (
    SELECT g.place, g.tenant_id::bigint, decode(g.address_hash, 'hex') AS address_hash, g.lane::smallint,
        g.object_hash::bigint, g.address, g.actor_address, g.type, g.sender_host, convert_to(g.body, 'UTF8') AS body
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[]) WITH ORDINALITY
        AS g(tenant_id, address_hash, lane, object_hash, address, actor_address, type, sender_host, body, place)
), taken AS (
    INSERT INTO fediflow.inbox_receipts (tenant_id, address_hash)
    SELECT tenant_id, address_hash FROM given ORDER BY place
    ON CONFLICT DO NOTHING
    RETURNING tenant_id, address_hash
), kept AS (
    INSERT INTO fediflow.inbox_activities
        (tenant_id, lane, object_hash, address, actor_address, type, sender_host, body)
    SELECT tenant_id, lane, object_hash, address, actor_address, type, sender_host, body
    FROM given JOIN taken USING (tenant_id, address_hash) ORDER BY place
)
SELECT tenant_id, address_hash FROM taken
"""

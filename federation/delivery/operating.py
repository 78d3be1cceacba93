"""What the platform's operators see and do about deliveries, over all institutions of a shard or all shards.

Everything here acts as the worker's role. It raises what databases raise; batches that were done stay done.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from federation.delivery.commands import REPLAYED_AT_ONCE, replay
from kernel.database.named_sql import named_statements
from kernel.errors import ErrorCode, FediflowError
from tenants.door import driver_of
from tenants.model import NotFound

_SQL = named_statements(Path(__file__).with_suffix(".sql"))
_CANCELLED_AT_ONCE = 5000

Row = Mapping[str, Any]
Done = Callable[[int], None]


class HostPaused(FediflowError):
    """Nothing is sent to the host before it is resumed."""

    code = ErrorCode.CONFLICT


@dataclass(frozen=True, slots=True)
class Which:
    """Deliveries or dead letters: of an institution, to a host, one of them; None is any."""

    tenant_id: int | None = None
    host: str | None = None
    id: int | None = None


async def known_hosts(
    directory: AsyncEngine, *, host: str | None, only_troubled: bool, most: int
) -> list[dict[str, Any]]:
    """What the platform knows of hosts; those in trouble first."""
    return await _rows(directory, "hosts", host, only_troubled, most)


async def waiting_by_host(engine: AsyncEngine, host: str | None = None) -> list[dict[str, Any]]:
    """What waits in a shard, by host, the oldest first. Counts every row: for people, not for machines that ask often."""
    return await _rows(engine, "lanes", host)


async def pause_everywhere(directory: AsyncEngine, host: str, why: str) -> None:
    """Nothing is sent to the host by anybody; what waits, waits."""
    await _execute(directory, "pause", host, why)


async def resume_everywhere(directory: AsyncEngine, shards: Sequence[AsyncEngine], host: str) -> int:
    """It is sent to again, at once; how many deliveries waited. `NotFound` for a host that nobody knows."""
    await _known(directory, shards, host)
    await _execute(directory, "resume", host)
    return await retry_everywhere(directory, shards, host)


async def retry_everywhere(directory: AsyncEngine, shards: Sequence[AsyncEngine], host: str) -> int:
    """Whatever waits for the host is tried at once, though its breaker is open; how many deliveries.

    Raises `NotFound` for a host that nobody knows, `HostPaused` for one to which nothing is sent.
    """
    if await _known(directory, shards, host) == "paused":
        raise HostPaused(f"{host} is paused: `fediflow federation resume {host}` ends that and tries it")
    await _execute(directory, "reopen", host)
    waiting = 0
    for engine in shards:
        await _execute(engine, "retry", host)
        waiting += sum(row["waiting"] for row in await _rows(engine, "due", host))
    return waiting


async def dead_letters(
    engine: AsyncEngine, *, tenant_ids: Sequence[int] | None, host: str | None, most: int
) -> list[dict[str, Any]]:
    """Dead letters of a shard, the latest first."""
    texts = None if tenant_ids is None else [str(one) for one in tenant_ids]
    return await _rows(engine, "letters", texts, host, most)


async def replay_letters(engine: AsyncEngine, which: Which, done: Done) -> int:
    """Sends dead letters of a shard again, a batch at a time; how many."""
    total = 0
    while True:
        async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            driver = driver_of(connection)
            async with driver.transaction():
                sent = await replay(
                    driver,
                    tenant_id=which.tenant_id,
                    host=which.host,
                    letter_ids=None if which.id is None else [which.id],
                )
        total += sent
        done(total)
        if sent < REPLAYED_AT_ONCE:
            return total


async def cancel(engine: AsyncEngine, which: Which, done: Done) -> int:
    """Makes dead letters of what waits in a shard, a batch at a time; how many."""
    total = 0
    while True:
        status = await _execute(engine, "cancel", which.tenant_id, which.host, which.id)
        gone = int(status.rpartition(" ")[2])
        total += gone
        done(total)
        if gone < _CANCELLED_AT_ONCE:
            return total


async def _known(directory: AsyncEngine, shards: Sequence[AsyncEngine], host: str) -> str:
    """How a host does; `NotFound` where it was never dealt with."""
    for row in await known_hosts(directory, host=host, only_troubled=False, most=1):
        return str(row["state"])
    for engine in shards:
        if await _rows(engine, "lane", host):
            return "working"
    raise NotFound(f"{host} is no server that is known here: `fediflow federation hosts` lists them")


async def _rows(engine: AsyncEngine, name: str, *values: Any) -> list[dict[str, Any]]:
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        return [dict(row) for row in await driver_of(connection).fetch(_SQL[name], *values)]


async def _execute(engine: AsyncEngine, name: str, *values: Any) -> str:
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        status: str = await driver_of(connection).execute(_SQL[name], *values)
        return status

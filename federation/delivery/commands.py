"""What an institution's operators ask of delivery, and a worker carrying it out.

The gateway's role only writes down what is asked; `carry_out` does it with the worker's, once, and notes how many rows it
concerned. Nothing here reaches beyond the institution that asks.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import Table, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.tables.delivery import dead_letters, deliveries, delivery_commands
from kernel.database.named_sql import named_statements
from kernel.errors import InvalidInput
from kernel.host_names import ascii_host
from kernel.ids import MAX_BIGINT
from tenants.authority import require
from tenants.door import Transaction, driver_of
from tenants.model import NotFound, Permission

REPLAYED_AT_ONCE = 5000
MOST_AT_ONCE = 100
_BETWEEN = ","
_LONGEST_HOST = 300
_SQL = named_statements(Path(__file__).with_suffix(".sql"))


async def retry_host(tx: Transaction, *, host: str) -> int:
    """Has what waits for a host tried at once; gives the command's id. The breaker of the host stays as it is."""
    return await _ask(tx, "retry_host", host_name(host))


async def pause_host(tx: Transaction, *, host: str) -> int:
    """Keeps what this institution sends to a host back, until it is resumed or a week is over."""
    return await _ask(tx, "pause_host", host_name(host))


async def resume_host(tx: Transaction, *, host: str) -> int:
    """Lets go what was kept back."""
    return await _ask(tx, "resume_host", host_name(host))


async def replay_dead_letters(
    tx: Transaction, *, host: str | None = None, delivery_ids: Sequence[int] | None = None
) -> int:
    """Sends dead letters of a host, or up to `MOST_AT_ONCE` of them by their ids, as if they were new."""
    if (host is None) == (not delivery_ids):
        raise InvalidInput("name either a host or some deliveries", path=["input", "ids"])
    if host is not None:
        return await _ask(tx, "replay_dead_letters", host_name(host))
    ids = list(dict.fromkeys(delivery_ids or ()))
    if len(ids) > MOST_AT_ONCE:
        raise InvalidInput(f"at most {MOST_AT_ONCE} deliveries are named", path=["input", "ids"])
    _require(tx)
    await _require_all(tx, dead_letters, ids, "there is no such dead letter", ["input", "ids"])
    return await _ask(tx, "replay_dead_letters", _BETWEEN.join(map(str, ids)))


async def cancel_delivery(tx: Transaction, *, delivery_id: int) -> int:
    """Makes a dead letter of a delivery that waits; one that is on its way may arrive."""
    _require(tx)
    await _require_all(tx, deliveries, [delivery_id], "there is no such delivery that waits", ["input", "id"])
    return await _ask(tx, "cancel_delivery", str(delivery_id))


async def carry_out(engine: AsyncEngine) -> int:
    """Does what was asked in a shard, and was not done yet; how many commands. Raises what databases raise."""
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        driver = driver_of(connection)
        async with driver.transaction():
            commands = await driver.fetch(_SQL["waiting"])
            for row in commands:
                affected = await _DOING[row["command"]](driver, _Command(**dict(row)))
                await driver.execute(_SQL["done"], row["tenant_id"], row["id"], affected)
    return len(commands)


async def replay(
    driver: "asyncpg.Connection[Any]",
    *,
    tenant_id: int | None = None,
    host: str | None = None,
    letter_ids: Sequence[int] | None = None,
) -> int:
    """Sends up to `REPLAYED_AT_ONCE` dead letters again, inside a transaction of the caller; how many."""
    ids = None if letter_ids is None else [str(one) for one in letter_ids]
    rows = await driver.fetch(_SQL["replay"], tenant_id, host, ids, REPLAYED_AT_ONCE)
    if rows:
        await driver.execute(_SQL["due"], sorted({row["host"] for row in rows}))
    return len(rows)


_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{{1,5}}))?")


def host_name(host: str) -> str:
    """A host as it stands in the queue; `InvalidInput` for what is none."""
    name = ascii_host(host.strip()) or ""
    if len(name) > _LONGEST_HOST or not _is_host(name):
        shown = f"{host[:80]!r} is not a host" if host.strip() else "no host is named"
        raise InvalidInput(
            f"{shown}: write it like social.example, with a port where it has one", path=["input", "host"]
        )
    return name


def _is_host(name: str) -> bool:
    """A name (RFC 1123 section 2.1) or an address, with a port or without."""
    found = _HOST.fullmatch(name)
    return found is not None and int(found["port"] or 0) <= 65535


def _require(tx: Transaction) -> None:
    require(tx, Permission.OPERATE_FEDERATION, "decide about deliveries")


async def _require_all(
    tx: Transaction, table: Table, ids: Sequence[int], missing: str, path: Sequence[str]
) -> None:
    query = select(table.c.id).where(table.c.tenant_id == tx.tenant_id, table.c.id.in_(list(ids)))
    if len((await tx.connection.execute(query)).all()) < len(ids):
        raise NotFound(missing, path=list(path))


async def _ask(tx: Transaction, command: str, subject: str) -> int:
    _require(tx)
    command_id = tx.new_id()
    await tx.connection.execute(
        insert(delivery_commands).values(
            tenant_id=tx.tenant_id,
            id=command_id,
            command=command,
            subject=subject,
            requested_by_id=tx.principal.viewer_id,
        )
    )
    return command_id


@dataclass(frozen=True, slots=True)
class _Command:
    tenant_id: int
    id: int
    command: str
    subject: str
    requested_by_id: int


async def _retry(driver: "asyncpg.Connection[Any]", command: _Command) -> int:
    await driver.execute(_SQL["retry"], command.tenant_id, command.subject)
    waiting = int(await driver.fetchval(_SQL["waits"], command.tenant_id, command.subject))
    if waiting:
        await driver.execute(_SQL["due"], [command.subject])
    return waiting


async def _pause(driver: "asyncpg.Connection[Any]", command: _Command) -> int:
    await driver.execute(_SQL["pause"], command.tenant_id, command.subject, command.requested_by_id)
    return int(await driver.fetchval(_SQL["waits"], command.tenant_id, command.subject))


async def _resume(driver: "asyncpg.Connection[Any]", command: _Command) -> int:
    await driver.execute(_SQL["resume"], command.tenant_id, command.subject)
    waiting = int(await driver.fetchval(_SQL["waits"], command.tenant_id, command.subject))
    if waiting:
        await driver.execute(_SQL["due"], [command.subject])
    return waiting


async def _replay(driver: "asyncpg.Connection[Any]", command: _Command) -> int:
    named = [_number(one) for one in command.subject.split(_BETWEEN)]
    ids = [one for one in named if one is not None]
    if len(ids) == len(named):
        return await replay(driver, tenant_id=command.tenant_id, letter_ids=ids)
    sent = total = await replay(driver, tenant_id=command.tenant_id, host=command.subject)
    while sent == REPLAYED_AT_ONCE:
        sent = await replay(driver, tenant_id=command.tenant_id, host=command.subject)
        total += sent
    return total


async def _cancel(driver: "asyncpg.Connection[Any]", command: _Command) -> int:
    number = _number(command.subject)
    if number is None:
        return 0
    return _count(await driver.execute(_SQL["cancel"], command.tenant_id, number))


_DOING: Mapping[str, Callable[["asyncpg.Connection[Any]", _Command], Awaitable[int]]] = {
    "retry_host": _retry,
    "pause_host": _pause,
    "resume_host": _resume,
    "replay_dead_letters": _replay,
    "cancel_delivery": _cancel,
}


def _number(text: str) -> int | None:
    """A host is never only digits: what is, is an id."""
    return int(text) if text.isascii() and text.isdigit() and int(text) <= MAX_BIGINT else None


def _count(status: str) -> int:
    """What "INSERT 0 3" says."""
    return int(status.rpartition(" ")[2])

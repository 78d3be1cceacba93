"""What the whole platform knows of other servers: whether they may be asked at all, and how. It stands in the directory.

A host's breaker is closed while it works. It opens after several failures in a row, of whatever shard and worker; when its
time is over one worker may try (half-open), and what comes of that closes or opens it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from federation.hosts.policies import domains_above
from federation.signatures import Kind
from kernel.database.named_sql import named_statements
from tenants.door import driver_of

OPENS_AFTER = 3
_FIRST_CONCURRENCY = 4
_SQL = named_statements(Path(__file__).with_suffix(".sql"))
# As the column has it.
KIND_NAMES = {Kind.CAVAGE: "cavage", Kind.RFC9421: "rfc9421"}
_KINDS = {name: kind for kind, name in KIND_NAMES.items()}


@dataclass(frozen=True, slots=True)
class HostState:
    """A host as the directory knows it. `opens_in`: seconds until its breaker lets somebody try; None: it is closed.

    `is_blocked` and `is_paused`: by the operator, for everybody.
    """

    host: str
    is_blocked: bool = False
    is_paused: bool = False
    opens_in: float | None = None
    failures: int = 0
    concurrency: int = _FIRST_CONCURRENCY
    kind: Kind | None = None

    @property
    def is_troubled(self) -> bool:
        """Whether it failed last time."""
        return self.opens_in is not None or self.failures > 0


class Hosts:
    """Reads and writes `remote_hosts`. Raises what databases raise: the caller waits."""

    def __init__(self, directory: AsyncEngine) -> None:
        self._engine = directory.execution_options(isolation_level="AUTOCOMMIT")

    async def look(self, hosts: Sequence[str]) -> dict[str, HostState]:
        """What is known of each just now."""
        names = {host: domains_above(host) for host in hosts}
        every = list({name for above in names.values() for name in above})
        async with self._engine.connect() as connection:
            driver = driver_of(connection)
            known = {row["host"]: _state(row) for row in await driver.fetch(_SQL["look"], list(hosts))}
            blocked = {row["domain"] for row in await driver.fetch(_SQL["blocked"], every)}
        return {
            host: replace(known.get(host) or HostState(host), is_blocked=not blocked.isdisjoint(names[host]))
            for host in hosts
        }

    async def states(self, hosts: Sequence[str]) -> Sequence[Sequence[Any]]:
        """(host, state, software, version) of each that is known; state is open, failing, trying or paused."""
        return [tuple(row) for row in await self._fetch("states", list(hosts))]

    async def may_probe(self, host: str, seconds: float) -> bool:
        """Whether we are the one to try a host whose breaker's time is over; nobody else is for so long."""
        return bool(await self._fetch("probe", host, seconds))

    async def untried(self, host: str) -> None:
        """Whoever may try the host has nothing that can be sent just now: the next one may."""
        await self._fetch("untried", host)

    async def failed(self, host: str, error: str, wait: float) -> None:
        """The host failed; where its breaker opens it stays open for `wait` seconds."""
        await self._fetch("failed", host, error, wait, OPENS_AFTER)

    async def recovered(self, host: str) -> None:
        """The host answers."""
        await self._fetch("recovered", host)

    async def tell(self, columns: Sequence[Sequence[Any]]) -> None:
        """Adds figures; the columns of the statement, one list each."""
        await self._fetch("figures", *columns)

    async def _fetch(self, name: str, *values: Any) -> Sequence[Any]:
        async with self._engine.connect() as connection:
            rows: Sequence[Any] = await driver_of(connection).fetch(_SQL[name], *values)
            return rows


def _state(row: Any) -> HostState:
    is_closed = row["breaker"] == "closed"
    return HostState(
        row["host"],
        is_paused=row["is_paused"],
        opens_in=None if is_closed else max(row["opens_in"] or 0.0, 0.0),
        failures=row["failures"],
        concurrency=row["concurrency"],
        kind=_KINDS.get(row["signature_kind"]),
    )

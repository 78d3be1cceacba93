"""What the whole platform knows of other servers: whether they may be asked at all, and how. It stands in the directory.

A host's breaker is closed while it works. It opens after several failures in a row, of whatever shard and worker; when its
time is over one worker may try (half-open), and what comes of that closes or opens it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from federation.signatures import Kind
from kernel.database.named_sql import named_statements
from tenants.door import driver_of

OPENS_AFTER = 3
_FIRST_CONCURRENCY = 4
_BLOCKED_SECONDS = 15.0
_SQL = named_statements(Path(__file__).with_suffix(".sql"))
# As the column has it.
KIND_NAMES = {Kind.CAVAGE: "cavage", Kind.RFC9421: "rfc9421"}
_KINDS = {name: kind for kind, name in KIND_NAMES.items()}


@dataclass(frozen=True, slots=True)
class HostState:
    """A host as the directory knows it. `opens_in`: seconds until its breaker lets somebody try; None: it is closed."""

    host: str
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
        self._blocked: tuple[float, frozenset[str]] = (0.0, frozenset())

    async def look(self, hosts: Sequence[str]) -> dict[str, HostState]:
        """What is known of each."""
        rows = await self._fetch("look", list(hosts))
        known = {row["host"]: _state(row) for row in rows}
        return {host: known.get(host) or HostState(host) for host in hosts}

    async def blocked_domains(self) -> frozenset[str]:
        """Domains that nothing is sent to, from nobody."""
        until, known = self._blocked
        if monotonic() < until:
            return known
        found = frozenset(row["domain"] for row in await self._fetch("blocked"))
        self._blocked = (monotonic() + _BLOCKED_SECONDS, found)
        return found

    async def states(self, hosts: Sequence[str]) -> Sequence[Sequence[Any]]:
        """(host, state, software, version) of each that is known; state is open, failing, trying or paused."""
        return [tuple(row) for row in await self._fetch("states", list(hosts))]

    async def may_probe(self, host: str, seconds: float) -> bool:
        """Whether we are the one to try a host whose breaker's time is over; nobody else is for so long."""
        return bool(await self._fetch("probe", host, seconds))

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
        row["is_paused"],
        None if is_closed else max(row["opens_in"] or 0.0, 0.0),
        row["failures"],
        row["concurrency"],
        _KINDS.get(row["signature_kind"]),
    )

"""A server that is asked over HTTP, measured for one round."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.cpu import family_seconds, process_seconds
from bench.load import Exchange, Load, run_load
from bench.rounds import Round


@dataclass(frozen=True, slots=True)
class Served:
    """Where a server of one process listens, which PostgreSQL it asks, and what it is asked in turn."""

    port: int
    pid: int
    postgres_pid: int
    exchanges: Sequence[Exchange]
    connections: int

    async def warm(self, seconds: float) -> None:
        """Lets it compile and remember what it will."""
        await run_load(self._load(seconds))

    async def round(self, seconds: int) -> Round:
        """Asks for so long."""
        return await self.finish(self._load(seconds))

    async def finish(self, load: Load) -> Round:
        """Sends a load to its end."""
        server, postgres = process_seconds(self.pid), family_seconds(self.postgres_pid)
        seen = await run_load(load)
        return Round(
            seen.answers,
            seen.seconds,
            seen.p50_ms,
            seen.p99_ms,
            process_seconds(self.pid) - server,
            family_seconds(self.postgres_pid) - postgres,
            seen.cpu_seconds,
        )

    def once(self, exchanges: Sequence[Exchange], seconds: float) -> Load:
        """A load of these exchanges, none of them twice."""
        return replace(self._load(seconds), exchanges=exchanges, most=len(exchanges))

    def _load(self, seconds: float) -> Load:
        return Load(self.port, self.exchanges, self.connections, seconds)

"""A load on the gateway, sent from a process of its own (`bench.generator`), and what came back."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bench.rows import BenchFailed


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request as it goes over the wire, and its answer's body: as a whole, or a part that must be in it."""

    request: str
    expected: str
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Load:
    """What to send: the exchanges in turn, until the seconds are over or the count is reached.

    With a `rate` (answers a second, of all connections) requests have their times, and latency counts from these: one that
    is late because the server still had others to answer counts as having waited.
    """

    port: int
    exchanges: Sequence[Exchange]
    connections: int
    seconds: float
    most: int = 10_000_000
    status: int = 200
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What came back."""

    answers: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_seconds: float = 0.0  # of the load generator itself

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.answers / self.seconds


class WrongAnswer(BenchFailed):
    """The server gave another answer than expected, or none; the message shows the first one."""


def post(port: int, body: object, *, token: str | None = None, tenant: str | None = None) -> str:
    """A GraphQL request as it goes over the wire."""
    content = json.dumps(body, ensure_ascii=False)
    asking = f"Authorization: Bearer {token}\r\n" if token is not None else ""
    asking += f"FediFlow-Tenant: {tenant}\r\n" if tenant is not None else ""
    return (
        f"POST /graphql HTTP/1.1\r\nHost: localhost:{port}\r\n{asking}"
        "Content-Type: application/json\r\nAccept: application/json\r\n"
        f"Content-Length: {len(content.encode())}\r\n\r\n{content}"
    )


async def run_load(load: Load) -> Seen:
    """Sends it from another process; raises `WrongAnswer` at the first answer that is not as expected."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.generator", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        out, _ = await process.communicate(json.dumps(asdict(load)).encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    told = json.loads(out or '{"wrong": "the load generator ended without a word"}')
    if "wrong" in told:
        raise WrongAnswer(told["wrong"])
    return Seen(**told)


def percentile_ms(ordered: Sequence[float], percent: int) -> float:
    """The value that so many of the sorted seconds do not exceed, in milliseconds."""
    place = max(-(-len(ordered) * percent // 100) - 1, 0)
    return ordered[place] * 1000

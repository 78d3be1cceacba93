"""Measuring several subjects in turn, in short rounds, so that whatever else the machine does hits all of them alike."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Round:
    """What one round gave, and the seconds of CPU that were used for it."""

    answers: int
    seconds: float
    p50_ms: float
    p99_ms: float
    server_seconds: float | None  # None: nobody is between the load and PostgreSQL
    postgres_seconds: float
    load_seconds: float


@dataclass(frozen=True, slots=True)
class Figures:
    """All rounds of a subject: the median of rates and latencies, and the mean microseconds of CPU for one answer."""

    rate: float
    p50_ms: float
    p99_ms: float
    server_us: float | None
    postgres_us: float
    load_us: float


Run = Callable[[int], Awaitable[Round]]


async def interleaved(runs: Mapping[str, Run], *, rounds: int, seconds: int) -> dict[str, Figures]:
    """Runs every subject for so many seconds, all of them again in the next round."""
    found: dict[str, list[Round]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            found[name].append(await run(seconds))
    return {name: figures(rounds_of) for name, rounds_of in found.items()}


def figures(rounds: Sequence[Round]) -> Figures:
    """Makes one of many."""
    servers = [one.server_seconds for one in rounds if one.server_seconds is not None]
    answers = sum(one.answers for one in rounds)
    return Figures(
        rate=median(one.answers / one.seconds for one in rounds),
        p50_ms=median(one.p50_ms for one in rounds),
        p99_ms=median(one.p99_ms for one in rounds),
        server_us=sum(servers) * 1e6 / answers if servers else None,
        postgres_us=sum(one.postgres_seconds for one in rounds) * 1e6 / answers,
        load_us=sum(one.load_seconds for one in rounds) * 1e6 / answers,
    )

"""How long queries take, one after the other, as one process asks them."""

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence

from bench.cpu import family_seconds
from bench.load import percentile_ms
from bench.rows import Row
from bench.search_asking import Asked
from bench.search_catalogues import PUBLIC
from bench.search_stand import BENCH, SearchStand, Subject
from search.model import Audience, Institution, Prefix, Query

READER = Audience(frozenset({PUBLIC}))
_WARM = 150


async def asked_rows(
    stand: SearchStand, subject: Subject, institution: Institution, one: Asked, case: str
) -> list[Row]:
    """How long each query took, after some that nobody counts; and the CPU of one, which a busy machine changes less."""

    async def ask(query: Query | Prefix) -> object:
        if isinstance(query, Query):
            return await subject.asking.search(institution, query, READER)
        return await subject.asking.suggest(institution, query, READER)

    for query in one.queries[:_WARM]:
        await ask(query)
    spent = Spent(stand.server_pid(subject))
    taken = [await timed(lambda query=query: ask(query)) for query in one.queries]  # type: ignore[misc]
    return [*latency_rows(subject.name, case, taken), *spent.rows(subject.name, case, len(taken))]


class Spent:
    """CPU time from now on: of an engine's server, and of this process, which has our part of the engine."""

    def __init__(self, server_pid: int) -> None:
        self._pid = server_pid
        self._server, self._own = family_seconds(server_pid), time.process_time()

    def rows(self, subject: str, case: str, count: int) -> list[Row]:
        """That of one of so many."""
        server, own = family_seconds(self._pid) - self._server, time.process_time() - self._own
        return [
            Row(BENCH, subject, case, "server_cpu_ms", "ms", server * 1e3 / count),
            Row(BENCH, subject, case, "own_cpu_ms", "ms", own * 1e3 / count),
        ]


def latency_rows(subject: str, case: str, seconds: Sequence[float]) -> Iterator[Row]:
    """The median and the slow ones."""
    ordered = sorted(seconds)
    for percent in (50, 95, 99):
        yield Row(BENCH, subject, case, f"p{percent}_ms", "ms", percentile_ms(ordered, percent))


async def timed(ask: Callable[[], Awaitable[object]]) -> float:
    """The seconds it took."""
    started = time.perf_counter()
    await ask()
    return time.perf_counter() - started

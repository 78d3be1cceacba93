"""A worker process: `python -m fediflow.processes.worker` runs the outbox and its consumers until it is told to stop."""

import argparse
import asyncio
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack

import structlog
import uvloop

from api.response_cache.leases import keep_leases
from fediflow.exits import end_with
from fediflow.processes.background import beside
from fediflow.processes.figures import Figures
from fediflow.processes.gate import wait_at
from fediflow.processes.housekeeping import keep_house
from fediflow.processes.observing import observe_process, pool_figures
from fediflow.processes.services import answers_cache, open_cache
from fediflow.processes.signals import stopping
from fediflow.processes.stack import Stack, open_stack
from fediflow.processes.worker_http import worker_http
from kernel.cache import Cache
from kernel.database.roles import DatabaseRole
from kernel.outbox.announcer import announcer
from kernel.outbox.consumers import AnyConsumer
from kernel.outbox.worker import Meter, connections_needed, run_outbox
from kernel.settings import Settings, load_settings
from kernel.telemetry import Metrics
from tenants.signin.consumer import revocation_consumer
from tenants.signin.revocations import Revocations

# Of each shard: what relay, housekeeping and consumers keep, and one to look at its version.
_POOL_SIZE = 8

_log = structlog.get_logger(__name__)


def main() -> None:
    """Runs one worker; ends with 0 when told to stop, with a sentence and a code where it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m fediflow.processes.worker")
    parser.add_argument("--wait-fd", type=int, help="a pipe at whose end we may begin")
    wait_at(parser.parse_args().wait_fd)
    try:
        settings = load_settings(os.environ)
        uvloop.run(work(settings, observe_process(settings)))
    except Exception as error:
        end_with(error)


async def work(settings: Settings, metrics: Metrics) -> None:
    """Works until SIGTERM or SIGINT; batches that were begun are finished."""
    async with AsyncExitStack() as opened:
        stop = await opened.enter_async_context(stopping())
        cache = open_cache(settings)
        opened.push_async_callback(cache.aclose)
        stack = await opened.enter_async_context(
            open_stack(settings, DatabaseRole.WORKER, pool_size=_POOL_SIZE, application="fediflow-worker")
        )
        metrics.keep_up_to_date(pool_figures(metrics, stack))
        figures = Figures(metrics, stack.directory)
        revocations = Revocations(stack.directory, cache)
        consumers: list[AnyConsumer] = [
            announcer(cache),
            figures.consumer(),
            revocation_consumer(revocations),
        ]
        assert connections_needed(consumers) + 1 < _POOL_SIZE  # one keeps the lease of cached answers
        if settings.worker_port is not None:
            await opened.enter_async_context(worker_http(settings.host, settings.worker_port, metrics))
        await opened.enter_async_context(
            beside(stack.follow(), figures.tell(), keep_house(stack, revocations))
        )
        meter = Meter(figures.surveyed, metrics.consumer_failed)
        await _work_on_shards(stack, consumers, meter, answers_cache(settings, cache), stop)
    _log.info("worker stopped")


async def _work_on_shards(
    stack: Stack,
    consumers: Sequence[AnyConsumer],
    meter: Meter,
    answers: Cache,
    stop: asyncio.Event,
) -> None:
    """Runs the outbox of the shards that are served, anew whenever others are; where answers are kept, their leases."""
    while not stop.is_set():
        stack.changed.clear()
        served, over = dict(stack.served), asyncio.Event()
        _log.info("worker works", shards=sorted(served))
        leases = keep_leases(served, answers, over)
        async with beside(_pass_on(stop, over), _pass_on(stack.changed, over), leases):
            await run_outbox(served, consumers, over, meter=meter)


async def _pass_on(event: asyncio.Event, to: asyncio.Event) -> None:
    await event.wait()
    to.set()


if __name__ == "__main__":
    main()

"""A worker process: `python -m fediflow.processes.worker` runs the outbox and its consumers until it is told to stop."""

import argparse
import asyncio
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack

import structlog
import uvloop

from api.response_cache.leases import keep_leases
from federation.actors.consumer import actors_consumer
from federation.actors.switching import KeySwitches
from federation.posts.publishing import Publisher
from federation.timelines.consumer import timelines
from fediflow.exits import end_with
from fediflow.processes.background import beside
from fediflow.processes.delivering import CONNECTIONS as delivery_connections
from fediflow.processes.delivering import Deliveries, opened_deliveries
from fediflow.processes.figures import Figures
from fediflow.processes.gate import wait_at
from fediflow.processes.grouping import make_groups
from fediflow.processes.housekeeping import keep_house
from fediflow.processes.inbox_worker import CONNECTIONS as inbox_connections
from fediflow.processes.inbox_worker import opened_inbox_worker
from fediflow.processes.looking import look_for_due
from fediflow.processes.notifying import CONNECTIONS as mail_connections
from fediflow.processes.notifying import Notifying, notifying
from fediflow.processes.observing import observe_process, pool_figures
from fediflow.processes.publishing import publish_scheduled
from fediflow.processes.searching import CONNECTIONS as search_connections
from fediflow.processes.searching import Indexing, opened_engine
from fediflow.processes.services import answers_cache, open_cache
from fediflow.processes.signals import stopping
from fediflow.processes.software import ask_hosts
from fediflow.processes.stack import Stack, open_stack
from fediflow.processes.surveying import count_attempts, survey_queues
from fediflow.processes.worker_http import worker_http
from kernel.cache import Cache
from kernel.database.roles import DatabaseRole
from kernel.garbage import keep_what_started
from kernel.outbox.announcer import announcer
from kernel.outbox.consumers import AnyConsumer
from kernel.outbox.worker import Meter, connections_needed, run_outbox
from kernel.settings import Settings, load_settings
from kernel.telemetry import Metrics
from search.readers.asking import CONNECTIONS as looking_connections
from search.readers.asking import places
from search.readers.looking import Looker
from tenants.directory import Directory
from tenants.signin.consumer import revocation_consumer
from tenants.signin.revocations import Revocations

# Of each shard: what relay and consumers keep, what delivery, inbox, letters and indexing ask at one time, and `_OTHERS`.
_POOL_SIZE = 42
# A look at its version, scheduled posts, new keys, figures of queues, missing groups, housekeeping.
_OTHERS = 6

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
        directory = Directory(stack.directory)
        door = await opened.enter_async_context(stack.door())
        counted = count_attempts(metrics)
        delivery = await opened.enter_async_context(
            opened_deliveries(stack, door, directory, settings, counted=counted)
        )
        notices = notifying(door, directory, settings)
        search = await opened.enter_async_context(opened_engine(settings, stack, door, metrics))
        indexing = Indexing(settings, stack, door, directory, search)
        consumers: list[AnyConsumer] = [
            delivery.consumer,
            notices.consumer,
            announcer(cache),
            figures.consumer(),
            revocation_consumer(revocations),
            timelines(),
            actors_consumer(door, directory, settings.public_url),
            indexing.consumer,
        ]
        at_work = delivery_connections + inbox_connections + mail_connections + search_connections
        at_work += looking_connections
        # One more keeps the lease of cached answers.
        assert connections_needed(consumers) + at_work + 1 + _OTHERS <= _POOL_SIZE
        publisher = Publisher(door, directory.by_id, settings.public_url)
        switches = KeySwitches(door, directory.by_id, settings.public_url)
        looker = Looker(
            door,
            directory.by_id,
            places(directory),
            search,
            settings.search_engine.value,
            sends_mail=notices.sends_mail,
        )
        inbox = await opened.enter_async_context(
            opened_inbox_worker(stack, door, directory, settings, metrics)
        )
        if settings.worker_port is not None:
            await opened.enter_async_context(worker_http(settings.host, settings.worker_port, metrics))
        await opened.enter_async_context(
            beside(
                stack.follow(),
                directory.follow(),
                figures.tell(),
                keep_house(stack, revocations),
                ask_hosts(stack, door, directory, settings),
                make_groups(stack, door, directory),
                survey_queues(stack, metrics),
                indexing.fill(),
            )
        )
        meter = Meter(figures.surveyed, metrics.consumer_failed)
        answers = answers_cache(settings, cache)
        keep_what_started()
        async with asyncio.TaskGroup() as group:
            group.create_task(inbox.run(stop))
            await _work_on_shards(
                stack,
                consumers,
                delivery,
                notices,
                publisher,
                switches,
                indexing,
                looker,
                meter,
                answers,
                stop,
            )
    _log.info("worker stopped")


async def _work_on_shards(
    stack: Stack,
    consumers: Sequence[AnyConsumer],
    delivery: Deliveries,
    notices: Notifying,
    publisher: Publisher,
    switches: KeySwitches,
    indexing: Indexing,
    looker: Looker,
    meter: Meter,
    answers: Cache,
    stop: asyncio.Event,
) -> None:
    """Runs outbox and delivery of the shards that are served, anew whenever others are; where answers are kept, their
    leases."""
    while not stop.is_set():
        stack.changed.clear()
        served, over = dict(stack.served), asyncio.Event()
        _log.info("worker works", shards=sorted(served))
        leases = keep_leases(served, answers, over)
        publishing = publish_scheduled(publisher, served, over)
        passing = beside(_pass_on(stop, over), _pass_on(stack.changed, over), leases, publishing)
        async with passing, asyncio.TaskGroup() as group:
            group.create_task(run_outbox(served, consumers, over, meter=meter))
            group.create_task(delivery.work(served, over))
            group.create_task(notices.work(served, over))
            group.create_task(look_for_due("telling of new keys", switches.tell_due, served, over))
            group.create_task(indexing.work(served, over))
            group.create_task(look_for_due("looking for saved searches", looker.look_due, served, over))


async def _pass_on(event: asyncio.Event, to: asyncio.Event) -> None:
    await event.wait()
    to.set()


if __name__ == "__main__":
    main()

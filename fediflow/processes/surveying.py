"""A worker's figures of the queues to and from other servers, and of search, brought up to date every few seconds."""

import asyncio
from collections.abc import Mapping

import structlog

from federation.delivery.model import Verdict
from federation.survey import survey_directory, survey_shard
from fediflow.processes.delivering import Counted
from fediflow.processes.reaching import why_unreachable
from fediflow.processes.stack import Stack
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.telemetry import Metrics
from search.survey import survey_index

EVERY_SECONDS = 15.0

_log = structlog.get_logger(__name__)


async def survey_queues(stack: Stack, metrics: Metrics) -> None:
    """Surveys until cancelled; what is away keeps its figures."""
    while True:
        await survey_once(stack, metrics)
        await asyncio.sleep(EVERY_SECONDS)


async def survey_once(stack: Stack, metrics: Metrics) -> None:
    """Once over the directory and the shards that are served, one after the other."""
    try:
        platform = await survey_directory(stack.directory)
        for state, count in platform.hosts.items():
            metrics.remote_hosts.labels(state).set(count)
        metrics.inbox_waiting.set(platform.inbox)
    except DATABASE_TROUBLE as error:
        _log.warning("queues are not surveyed", shard=None, why=why_unreachable(error))
    for name, engine in dict(stack.served).items():
        try:
            found, index = await survey_shard(engine), await survey_index(engine)
        except DATABASE_TROUBLE as error:
            _log.warning("queues are not surveyed", shard=name, why=why_unreachable(error))
            continue
        metrics.deliveries_waiting.labels(name).set(found.deliveries)
        metrics.deliveries_due_seconds.labels(name).set(found.due_seconds)
        metrics.dead_letters.labels(name).set(found.dead_letters)
        metrics.search_refusals.labels(name).set(index.refusals)
        metrics.search_fanouts.labels(name).set(index.fanouts)


def count_attempts(metrics: Metrics) -> Counted:
    """What counts attempts to deliver; every verdict is there from the beginning, so that none appears out of nothing."""
    counters = {verdict: metrics.delivery_attempts.labels(verdict.value) for verdict in Verdict}

    def counted(attempts: Mapping[Verdict, int]) -> None:
        for verdict, count in attempts.items():
            counters[verdict].inc(count)

    return counted

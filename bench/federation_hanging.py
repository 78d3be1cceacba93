"""What servers that accept and never answer cost the others: ten in a hundred, of a thousand deliveries.

All hundred have answered before, so that as many requests go to each of the ten as to any other. Told is how long after the
commit 99 % of what goes to the others has arrived.
"""

import argparse
from math import ceil
from statistics import median

from bench.federation_deliveries import Sinks, opened_sinks, worker
from bench.federation_rows import Author, prepare_author, publish
from bench.federation_sinks import HOSTS
from bench.rows import BenchFailed, Findings, Row
from bench.stand import Stand, Tell, opened_stand
from fediflow.processes.machine import DIRECTORY

_HANGING = 10
_ACTIVITIES = 10
_WARM = 20
_SHARE = 0.99
# What the round before left: the next one finds a platform that knows nothing bad about the ten.
_FORGET = """
truncate fediflow.deliveries;
update fediflow.host_lanes set next_due_at = 'infinity', is_put_off = false, lease_until = null, leased_by = null, failures = 0,
    failing_since = null"""
_FORGET_HOSTS = "delete from fediflow.remote_hosts"


async def measure(given: argparse.Namespace, tell: Tell) -> Findings:
    """Each round with a worker of its own."""
    async with opened_stand(tell) as stand, opened_sinks() as sinks:
        author = await prepare_author(stand, sinks.port)
        tell(f"{_ACTIVITIES} activities to {HOSTS} servers, {_HANGING} of them hang, {given.rounds} times")
        seconds = [await _round(stand, sinks, author) for _ in range(given.rounds)]
    name = f"{_SHARE:.0%} of the rest after"
    return Findings([Row("federation", "fediflow", "hanging", name, "s", median(seconds))])


async def _round(stand: Stand, sinks: Sinks, author: Author) -> float:
    async with worker(stand):
        await sinks.expect(_WARM * HOSTS)
        await publish(stand, author, _WARM)
        await _counted(sinks)
        await sinks.expect(ceil(_ACTIVITIES * (HOSTS - _HANGING) * _SHARE), hanging=_HANGING)
        committed = await publish(stand, author, _ACTIVITIES)
        seconds = await _counted(sinks) - committed
    async with stand.administrator() as connection:
        await connection.execute(_FORGET)
    async with stand.administrator(DIRECTORY) as connection:
        await connection.execute(_FORGET_HOSTS)
    return seconds


async def _counted(sinks: Sinks) -> float:
    try:
        ended: float = (await sinks.counted())["ended"]
    except TimeoutError:
        raise BenchFailed("servers that hang keep deliveries back for more than a minute") from None
    return ended

"""What a claim costs with a thousand deliveries waiting, and with a million: leases, what is taken, what is written back.

Asked of PostgreSQL as a worker asks it, one question after another, without sending anything.
"""

import argparse
import asyncio
from statistics import median
from time import perf_counter

from bench.rows import Findings, Row
from bench.stand import Stand, Tell, opened_stand
from federation.delivery.model import Pace
from federation.delivery.queue import CLASSES, NOBODY, Ended, Queue, Release, Want
from fediflow.processes.stack import open_stack
from kernel.database.roles import DatabaseRole

_SIZES = {"1,000 waiting": 1_000, "1,000,000 waiting": 1_000_000}
_HOSTS = 500
_TENANTS = 20
_CLAIMS = 200
_BATCH = 32
_FILL = """
insert into fediflow.deliveries (tenant_id, id, host, inbox, activity_id, signer_id, class)
select 1 + n % $2, fediflow.first_id_of(now()) + n, 'h' || n % $3 || '.example',
    'https://h' || n % $3 || '.example/inbox', 1, 1, 1
from generate_series(1, $1::bigint) n"""
_LANES = """
insert into fediflow.host_lanes (host, next_due_at)
select 'h' || n || '.example', now() from generate_series(0, $1::int - 1) n"""


async def measure(given: argparse.Namespace, tell: Tell) -> Findings:
    """Each size in a fresh queue."""
    rows: list[Row] = []
    async with opened_stand(tell) as stand:
        for case, size in _SIZES.items():
            tell(f"claims with {case}")
            async with stand.administrator() as connection:
                await connection.execute("truncate fediflow.deliveries, fediflow.host_lanes")
                await connection.execute(_FILL, size, _TENANTS, _HOSTS)
                await connection.execute(_LANES, _HOSTS)
            seconds = await _claims(stand)
            rows += [
                Row("federation", "fediflow", f"claims, {case}", name, "ms", median(values) * 1000)
                for name, values in seconds.items()
            ]
    return Findings(rows)


async def _claims(stand: Stand) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {"claim": [], "take": [], "done": [], "give back": []}
    async with open_stack(stand.settings, DatabaseRole.WORKER, pool_size=4) as stack:
        queue = Queue(stack.served[stand.shard], stand.shard, "bench", Pace(linger=0.0), asyncio.Event())
        await queue.look_back()
        for nth in range(_CLAIMS):
            began = perf_counter()
            (lane,) = await queue.claim(1)
            claimed = perf_counter()
            want = Want(lane.host, dict.fromkeys(CLASSES, NOBODY), {}, each=max(_BATCH // _TENANTS, 1))
            taken = await queue.takes.ask(want)
            took = perf_counter()
            await asyncio.gather(*(queue.endings.ask(Ended(one)) for one in taken.deliveries))
            ended = perf_counter()
            await queue.releases.ask(Release(lane.host, NOBODY, Pace().give_up))
            if nth >= _CLAIMS // 10:  # the first ones make plans
                for name, one in zip(
                    seconds,
                    (claimed - began, took - claimed, ended - took, perf_counter() - ended),
                    strict=True,
                ):
                    seconds[name].append(one)
        await queue.aclose()
    return seconds

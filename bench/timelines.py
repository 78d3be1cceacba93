"""Home timelines: what it costs to write them when something is published, and to read them, beside the other ways.

A reader follows 1,000 people elsewhere with 100 posts each; one of them is followed by everybody. Read through GraphQL over
HTTP, one request after the other, beside a plain list of posts with the same selection; and in SQL beside the same page
gathered when it is read, from all whom the reader follows.
"""

import argparse
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bench.rows import BenchFailed, Findings, Row
from bench.stand import Stand, Tell, about_machine, opened_stand
from federation.timelines.entries import KEPT, Timelines
from fediflow.processes.stack import open_stack
from kernel.database.roles import DatabaseRole
from tenants.authority import system_principal
from tenants.door import Door
from tenants.model import Tenant

NAME = "timelines"
SUMMARY = (
    "writing a post into the timelines of 50,000 followers, and reading one of somebody who follows 1,000"
)
_ROLE = "student"
_FIRST = 9_100_000_000  # of the ids that are made here
_POST = "id content publishedAt language likesCount repliesCount author { handle displayName }"
_HOME = f"{{ homeTimeline(first: 20) {{ nodes {{ reason post {{ {_POST} }} }} }} }}"
_PLAIN = f"{{ publicTimeline(first: 20) {{ nodes {{ {_POST} }} }} }}"
_SQL = Path(__file__).with_suffix(".sql").read_text()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said on the command line."""
    parser.add_argument(
        "--followers", type=int, default=50_000, help="of the one whom everybody follows (50000)"
    )
    parser.add_argument("--followed", type=int, default=1000, help="people whom the reader follows (1000)")
    parser.add_argument("--requests", type=int, default=500, help="how often each page is asked for (500)")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep the installation here for the next run"
    )


async def measure(given: argparse.Namespace, tell: Tell) -> Findings:
    """Makes the people and posts in bulk, then writes and reads."""
    notes = [about_machine()]
    async with (
        opened_stand(tell, data=given.data) as stand,
        open_stack(stand.settings, DatabaseRole.WORKER, pool_size=2) as workers,
        open_stack(stand.settings, DatabaseRole.APP, pool_size=2) as readers,
        workers.door() as writing,
        readers.door() as reading,
    ):
        tenant = await workers.tenant(stand.tenant)
        reader = int((await stand.ask("{ viewer { id } }", role=_ROLE))["viewer"]["id"].rpartition("_")[2])
        tell(f"making {given.followers:,} followers and {given.followed * 100:,} posts")
        await _made(stand, tenant, reader, given)
        tell("writing")
        rows = [*await _write(writing, tenant, given), await _size(stand)]
        tell("reading")
        rows += await _read_over_http(stand, given)
        rows += await _read_by_sql(reading, tenant, reader)
    return Findings(rows, notes)


async def _made(stand: Stand, tenant: Tenant, reader: int, given: argparse.Namespace) -> None:
    async with stand.administrator() as connection:
        async with connection.transaction():
            await connection.execute("set local session_replication_role = replica")
            values = {
                "tenant": int(tenant.id),
                "first": _FIRST,
                "reader": reader,
                "followers": given.followers,
                "followed": given.followed,
                "kept": KEPT,
            }
            for name in ("people", "others", "follows", "reader_follows", "posts", "entries"):
                await _run(connection, name, **values)
        for table in ("users", "actors", "follows", "posts", "timeline_entries"):
            await connection.execute(f"vacuum (analyze) fediflow.{table}", timeout=600)


async def _write(door: Door, tenant: Tenant, given: argparse.Namespace) -> list[Row]:
    """New posts of the one whom everybody follows, and of one whom only the reader follows."""
    found = []
    for case, source, followers in (("many", 0, given.followers), ("one", 1, 1)):
        seconds = []
        for _ in range(7):
            async with door.write(system_principal(tenant)) as tx:
                post_id = tx.new_id()
                await _run(
                    tx.driver, "post", tenant=int(tenant.id), post=post_id, actor=_FIRST + 1_000_000 + source
                )
                started = time.perf_counter()
                await Timelines(tx.driver, tenant.id).enter_post(post_id)
            seconds.append(time.perf_counter() - started)
        typical = statistics.median(seconds)
        subject = f"{case}: {followers:,} followers"
        found += [
            Row(NAME, subject, "written when published", "p50_ms", "ms", typical * 1e3),
            Row(NAME, subject, "written when published", "each_us", "us", typical * 1e6 / followers),
        ]
    return found


async def _size(stand: Stand) -> Row:
    """Bytes of an entry, with its share of the indexes."""
    query = (
        "select pg_total_relation_size('fediflow.timeline_entries') / count(*) from fediflow.timeline_entries"
    )
    async with stand.administrator() as connection:
        each = await connection.fetchval(query)
    return Row(NAME, "an entry", "kept", "bytes", "B", each)


async def _read_over_http(stand: Stand, given: argparse.Namespace) -> list[Row]:
    found = []
    pages = (("home timeline", _HOME, "homeTimeline"), ("plain list", _PLAIN, "publicTimeline"))
    for subject, query, name in pages:
        if len((await stand.ask(query, role=_ROLE))[name]["nodes"]) != 20:
            raise BenchFailed(f"{name} is not a full page")

        async def ask(query: str = query) -> None:
            await stand.ask(query, role=_ROLE)

        found.append(
            Row(NAME, subject, "read over http", "p50_ms", "ms", await _median_ms(ask, given.requests))
        )
    return found


async def _read_by_sql(door: Door, tenant: Tenant, reader: int) -> list[Row]:
    found = []
    values = {"tenant": int(tenant.id), "reader": reader}
    for subject in ("written", "gathered", "both", "plain"):
        async with door.read(tenant) as connection:

            async def ask(name: str = f"read_{subject}") -> None:
                if len(await _run(connection, name, **values)) != 20:
                    raise BenchFailed(f"{name} gives no full page")

            found.append(Row(NAME, subject, "read by sql", "p50_ms", "ms", await _median_ms(ask, 200)))
    return found


async def _median_ms(ask: Callable[[], Awaitable[None]], times: int) -> float:
    seconds = []
    for _ in range(times + 20):
        started = time.perf_counter()
        await ask()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds[20:]) * 1e3


async def _run(connection: Any, name: str, **values: Any) -> Any:
    """A statement of the file beside this one; its parameters are written `$name`."""
    _, _, rest = _SQL.partition(f"-- {name}:")
    statement = rest.partition("\n")[2].partition("\n\n-- ")[0]
    used = [value for value in values if f"${value}" in statement]
    for place, value in enumerate(sorted(used, key=len, reverse=True), 1):
        statement = statement.replace(f"${value}", f"${place}::bigint")
    return await connection.fetch(
        statement, *(values[value] for value in sorted(used, key=len, reverse=True))
    )

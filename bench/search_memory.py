"""What an engine holds in memory and on disk: the whole server's memory, and the index's bytes a document."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import httpcore

from bench.cpu import family
from bench.rows import Row
from bench.search_stand import BENCH, POSTGRESQL, SearchStand, Subject
from fediflow.local.opensearch.server import OpenSearchServer
from search.tables.index import tenant_tables

_MEGABYTE = 1 << 20
_TABLES = [table.name for table in tenant_tables]
_SIZE = """
select sum(pg_total_relation_size(format('fediflow.%I', name)::regclass))::bigint from unnest($1::text[]) name"""


async def memory_rows(stand: SearchStand, subject: Subject, documents: int) -> list[Row]:
    """Megabytes of the server's processes, pages that they share once, and bytes on disk for each document."""
    if subject.name == POSTGRESQL:
        kept = await _kept_by_postgres(stand)
    else:
        assert stand.node is not None
        kept = await _kept_by_opensearch(stand.node)
    pids = family(stand.server_pid(subject))
    case = f"kept, {documents:,} documents"
    return [
        Row(BENCH, subject.name, case, "memory_mb", "MB", _held(pids) / _MEGABYTE),
        Row(BENCH, subject.name, case, "bytes_of_each", "B", kept / documents),
    ]


async def _kept_by_postgres(stand: SearchStand) -> int:
    async with stand.administrator() as connection:
        for table in _TABLES:
            await connection.execute(f"vacuum (analyze) fediflow.{table}", timeout=600)
        size: int = await connection.fetchval(_SIZE, _TABLES)
        return size


async def _kept_by_opensearch(node: OpenSearchServer) -> int:
    """Of all its indices: the others here are small."""
    parts = urlsplit(node.url)
    pair = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
    async with httpcore.AsyncConnectionPool() as pool:
        answer = await pool.request(
            "GET",
            f"http://{parts.hostname}:{parts.port}/_stats/store",
            headers={"authorization": f"Basic {pair}"},
        )
    size: int = json.loads(answer.content)["_all"]["primaries"]["store"]["size_in_bytes"]
    return size


def _held(pids: Sequence[int]) -> int:
    """Proportional set size (proc(5)): a page that several processes have is shared out among them."""
    return sum(_proportional(pid) for pid in pids)


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):  # it ended while we looked
        return 0
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))

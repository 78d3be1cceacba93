"""A search that meets an index at the moment it is dropped is asked again: another one has its name by then."""

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from search.opensearch.client import Client, Declined
from tests.ports import serving

_DROPPED = {
    "type": "query_shard_exception",
    "reason": "failed to create query: this Analyzer is closed",
    "caused_by": {"type": "already_closed_exception", "reason": "this Analyzer is closed"},
}
_WRONG = {"type": "query_shard_exception", "reason": "failed to create query: too many clauses"}


def _failed(cause: Any) -> tuple[int, Any]:
    """What a server says of a search that failed on all shards."""
    error = {"type": "search_phase_execution_exception", "reason": "all shards failed"}
    return 400, {"error": {**error, "failed_shards": [{"shard": 0, "reason": cause}]}, "status": 400}


async def _asked(answers: Sequence[tuple[int, Any]]) -> Any:
    """What somebody is told who asks a server with these answers, one after the other."""
    left = iter(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            while (await reader.readline()).strip():
                pass
            status, told = next(left)
            body = orjson.dumps(told)
            head = f"HTTP/1.1 {status} .\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
        writer.close()

    server, port = await serving(serve)
    client = Client(f"http://127.0.0.1:{port}", timeout=60.0, write_timeout=60.0)
    try:
        return await client.ask("GET", "/some/_search")
    finally:
        await client.aclose()
        server.close()
        await server.wait_closed()


async def test_what_was_dropped_meanwhile_is_asked_for_again() -> None:
    assert await _asked([_failed(_DROPPED), (200, {"took": 1})]) == {"took": 1}


async def test_what_is_wrong_is_declined_at_once() -> None:
    with pytest.raises(Declined):
        await _asked([_failed(_WRONG)])

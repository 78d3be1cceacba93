"""Answers out of Redis that are not as they were written are as good as none."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api.response_cache.entries import SharedEntries
from api.response_cache.fills import Counts, Fills, LocalEntries, Question
from api.response_cache.names import STAMP_BYTES
from tenants.model import Tenant, TenantId

TENANT = Tenant(TenantId(1), "a", {}, "one", "eu", "UTC", ("en",), (), is_suspended=False)
STAMP = b"S" * STAMP_BYTES


class Redis:
    """Gives one entry, and keeps nothing."""

    def __init__(self, entry: bytes) -> None:
        self.entry = entry

    async def run(self, _command: Callable[[Any], Awaitable[Any]]) -> Any:
        return self.entry


class Readers:
    """The database."""

    def __init__(self, answer: list[bytes | None] | Exception) -> None:
        self.answer = answer

    async def fetch(self, _tenant: Tenant, _bound: Any) -> list[bytes | None]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize("damage", [b"\x01\x02", b"\x05\x00\x00\x00ab", b"\xfe\xff\xff\xff"])
async def test_a_damaged_entry_is_read_from_the_database(damage: bytes) -> None:
    assert await SharedEntries(Redis(STAMP + damage)).get(b"k", STAMP) is None  # type: ignore[arg-type]


async def test_all_who_wait_hear_of_a_failure_and_the_next_question_begins_anew() -> None:
    told: list[Any] = []
    failure = ValueError("no")
    fills = Fills(Readers(failure), LocalEntries(), SharedEntries(Redis(b"")), Counts())  # type: ignore[arg-type]
    question = Question(TENANT, b"k", [])
    for _ in range(2):
        fills.join(question, STAMP, told.append)
    async with asyncio.timeout(60):
        while len(told) < 2:  # noqa: ASYNC110  # the loop turns until both were told
            await asyncio.sleep(0)
        fills.join(question, STAMP, told.append)
        while len(told) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert told == [failure] * 3
    await fills.aclose()

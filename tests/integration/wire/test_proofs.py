"""Proofs under load: no answer of another tenant, nothing left in a session, no cancel that hits somebody else.

FEDIFLOW_WIRE_PROOF=full runs them with the numbers that a release has to show.
"""

import asyncio
import os
import random
from dataclasses import replace

import asyncpg
import pytest

from kernel.errors import Unavailable
from tests.integration.wire.conftest import PATIENT, ROWS, TENANTS, Shard
from tests.integration.wire.peeking import connections_of, left_behind

_FULL = os.environ.get("FEDIFLOW_WIRE_PROOF") == "full"
_AT_ONCE = 300
_WHOSE = """select pg_catalog.current_setting('app.tenant_id') || ':' || count(*) || ':' || min(tenant_id) || ':'
                   || max(tenant_id) || ':' || $1::bigint from fediflow.wire_probe"""
_SLEEP = "select 'slept' || pg_catalog.pg_sleep($1::float8)::text"
_BREAK = "select (1 / $1::bigint)::text"


async def test_failures_never_show_another_tenants_rows(shard: Shard) -> None:
    calls, failures = (30_000, 3_000) if _FULL else (3_000, 300)
    chance = random.Random(1)
    faults = dict.fromkeys(range(calls), "")
    for at, number in enumerate(chance.sample(range(calls), failures)):
        faults[number] = ("error", "error", "dropped", "error", "error", "error", "dropped", "timeout")[
            at % 8
        ]
    # Time enough for what is quick, also where the server is busy with others.
    timeouts = replace(PATIENT, statement=3)
    gate = asyncio.Semaphore(_AT_ONCE)
    async with (
        shard.databases.driver(shard.address, None) as administrator,
        shard.client(timeouts, slow=40, waiting=calls) as client,
    ):
        killing = asyncio.Lock()

        async def call(number: int) -> str:
            tenant = chance.choice(TENANTS)
            fault = faults[number]
            plans: list[tuple[str, list[object]]] = [(_WHOSE, [number]), (_WHOSE, [-number])]
            if fault in ("error", "timeout"):
                broken: tuple[str, list[object]] = (_BREAK, [0]) if fault == "error" else (_SLEEP, [60.0])
                plans.insert(chance.randrange(3), broken)
            async with gate:
                if fault == "dropped" and (some := connections_of(client)):
                    async with killing:
                        pid = int.from_bytes(chance.choice(some).session.key[:4], "big")
                        await administrator.fetchval("select pg_terminate_backend($1)", pid)
                try:
                    texts = await client.fetch(tenant, plans)
                except (asyncpg.PostgresError, Unavailable) as error:
                    return type(error).__name__
            expected = [f"{tenant}:{ROWS}:{tenant}:{tenant}:{n}".encode() for n in (number, -number)]
            return "right" if texts == expected else "WRONG"

        outcomes = await asyncio.gather(*(call(number) for number in range(calls)))
        told = {
            fault: [o for n, o in enumerate(outcomes) if faults[n] == fault] for fault in set(faults.values())
        }
        assert "WRONG" not in outcomes
        assert set(told["error"]) <= {"DivisionByZeroError", "Unavailable"}
        assert set(told["timeout"]) <= {"QueryCanceledError", "Unavailable"}
        assert set(told[""]) <= {"right", "Unavailable"}  # Unavailable: the one its connection was cut under
        dropped = len(told["dropped"])
        assert sum(outcome == "Unavailable" for outcome in outcomes) <= dropped
        assert set(await left_behind(client)) == {b"off"}
        assert await client.fetch(1, [(_WHOSE, [0])]) == [f"1:{ROWS}:1:1:0".encode()]


async def test_cancels_hit_nobody_else(shard: Shard) -> None:
    calls, cancels = (10_000, 1_000) if _FULL else (1_000, 100)
    chance = random.Random(2)
    cancelled = set(chance.sample(range(calls), cancels))
    gate = asyncio.Semaphore(_AT_ONCE)
    loop = asyncio.get_running_loop()
    async with shard.client(waiting=calls) as client:

        async def call(number: int) -> list[bytes | None]:
            # Each text of its own, so that none is known as slow: cancels then hit connections that others use.
            sleep = f"{_SLEEP} /* {number} */" if number in cancelled and number % 4 else _SLEEP
            plans: list[tuple[str, list[object]]] = [(_WHOSE, [number])]
            if number in cancelled:
                plans.append((sleep, [chance.choice((0.0, 0.001, 0.1, 5.0))]))
            async with gate:
                task = loop.create_task(client.fetch(number % 10 + 1, plans))
                if number in cancelled:
                    loop.call_later(chance.random() * 0.05, task.cancel)
                return await task

        outcomes = await asyncio.gather(*(call(number) for number in range(calls)), return_exceptions=True)
        for number, outcome in enumerate(outcomes):
            if number not in cancelled:
                assert outcome == [f"{(t := number % 10 + 1)}:{ROWS}:{t}:{t}:{number}".encode()], number
            else:
                assert isinstance(outcome, asyncio.CancelledError | list), outcome
        assert sum(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes) > cancels // 10
        assert client.in_use == 0
        assert set(await left_behind(client)) == {b"off"}


async def test_a_cancelled_statement_ends_at_the_server(shard: Shard, unhurried: None) -> None:
    async with shard.client(size=1, slow=1) as client:
        await client.fetch(1, [(_WHOSE, [0])])
        (pid,) = [int.from_bytes(connection.session.key[:4], "big") for connection in connections_of(client)]
        task = asyncio.create_task(client.fetch(1, [(_SLEEP, [600.0])]))
        await _until(shard, pid, "active")
        task.cancel()
        await _until(shard, pid, "idle")
        assert await client.fetch(1, [(_WHOSE, [5])]) == [f"1:{ROWS}:1:1:5".encode()]
        assert [int.from_bytes(one.session.key[:4], "big") for one in connections_of(client)] == [pid]


async def test_a_stray_cancel_is_answered_by_a_second_try(shard: Shard) -> None:
    async with shard.client(replace(PATIENT, statement=600), size=1, slow=1) as client:
        await client.fetch(1, [(_WHOSE, [0])])
        (connection,) = connections_of(client)
        pid = int.from_bytes(connection.session.key[:4], "big")
        await shard.administer("create table fediflow.wire_nap as select 600.0::float8 as seconds")
        await shard.administer("grant select on fediflow.wire_nap to fediflow_app")
        try:
            nap = "select 'slept' || pg_catalog.pg_sleep(seconds)::text from fediflow.wire_nap"
            task = asyncio.create_task(client.fetch(2, [(nap, []), (_WHOSE, [7])]))
            await _until(shard, pid, "active")
            await shard.administer("update fediflow.wire_nap set seconds = 0")  # for the second try
            await shard.administer("select pg_cancel_backend($1)", pid)
            assert await task == [b"slept", f"2:{ROWS}:2:2:7".encode()]
        finally:
            await shard.administer("drop table fediflow.wire_nap")


async def test_a_timeout_of_the_server_is_not_tried_again(shard: Shard) -> None:
    async with shard.client(replace(PATIENT, statement=0.1)) as client:
        with pytest.raises(asyncpg.QueryCanceledError, match="statement timeout"):
            await client.fetch(1, [(_SLEEP, [600.0])])
        assert len(connections_of(client)) == 1  # a second try has one of its own


async def _until(shard: Shard, pid: int, state: str) -> None:
    """Waits for what a backend does; asks again and again, as there is no event for it."""
    async with asyncio.timeout(60), shard.databases.driver(shard.address, None) as administrator:
        query = "select state = $2 and (state <> 'active' or wait_event = 'PgSleep') from pg_stat_activity where pid = $1"
        while not await administrator.fetchval(query, pid, state):
            pass

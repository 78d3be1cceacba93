"""What happens to a client over its life: servers that end, queues that fill, statements that change, a goodbye."""

import asyncio
from dataclasses import replace
from time import monotonic

import asyncpg
import pytest

from fediflow.local.postgres import PostgresServer
from kernel.database.addresses import Address, Login, parse_login
from kernel.database.provision import connect_as, provision_database, provision_roles
from kernel.database.roles import DatabaseRole, Passwords, random_passwords
from kernel.database.wire.client import IN_FLIGHT, WireClient
from kernel.errors import Unavailable
from tests.integration.wire.conftest import PATIENT, Shard
from tests.integration.wire.peeking import connections_of, is_at_rest, until

_ECHO = "select 'echo ' || $1::bigint"
_SLEEP = "select 'slept' || pg_catalog.pg_sleep($1::float8)::text"


async def test_a_killed_server_is_used_again_soon_after_its_return(private_postgres: PostgresServer) -> None:
    address, passwords = await _provisioned(private_postgres)
    client = await WireClient.open(address, DatabaseRole.APP, passwords[DatabaseRole.APP])
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    answered: list[float] = []

    async def ask() -> None:
        while not over.is_set():
            try:
                assert await client.fetch(1, [(_ECHO, [7])]) == [b"echo 7"]
                answered.append(loop.time())
            except Unavailable:
                continue

    async with asyncio.TaskGroup() as group:
        for _ in range(16):
            group.create_task(ask())
        await until(lambda: len(answered) > 100)
        await private_postgres.kill()
        await private_postgres.start()
        back, before = loop.time(), len(answered)
        await until(lambda: len(answered) > before + 100)
        over.set()
    assert answered[before] - back < 30  # two seconds between attempts; the rest is for a busy machine
    await client.close()


async def test_a_request_behind_a_lost_one_is_answered_elsewhere(shard: Shard, unhurried: None) -> None:
    async with shard.client(size=1) as client:
        await client.fetch(1, [(_ECHO, [0])])
        (connection,) = connections_of(client)
        first = asyncio.create_task(client.fetch(1, [(_SLEEP, [600.0])]))
        await asyncio.sleep(0)
        behind = [asyncio.create_task(client.fetch(1, [(_ECHO, [n])])) for n in range(3)]
        await until(lambda: len(connection.in_flight) == 4)
        pid = int.from_bytes(connection.session.key[:4], "big")
        await shard.administer("select pg_terminate_backend($1)", pid)
        with pytest.raises(Unavailable, match="terminating connection due to administrator command"):
            await first
        assert await asyncio.gather(*behind) == [[b"echo %d" % n] for n in range(3)]


async def test_statements_beyond_the_bound_are_closed(shard: Shard) -> None:
    async with shard.client(size=1) as client:
        for number in range(1010):
            await client.fetch(1, [(f"select '{number}'", [])])
        count = "select count(*)::text from pg_prepared_statements where name like 's%'"
        assert await client.fetch(1, [(count, [])]) == [
            b"1001"
        ]  # itself, and the two it goes over the bound with
        assert await client.fetch(1, [("select '0'", [])]) == [b"0"]


async def test_statements_are_prepared_once(shard: Shard) -> None:
    async with shard.client(size=1) as client:
        many = [client.fetch(1, [(_ECHO, [n]), (_ECHO, [-n])]) for n in range(20)]
        await asyncio.gather(*many)
        count = (
            "select count(*)::text from pg_prepared_statements where statement like '%echo%' and name <> 's1'"
        )
        assert await client.fetch(1, [(count, [])]) == [b"1"]


async def test_a_changed_schema_is_noticed(shard: Shard) -> None:
    await shard.administer("create table fediflow.wire_changing (a text)")
    await shard.administer("insert into fediflow.wire_changing values ('first')")
    await shard.administer("grant select on fediflow.wire_changing to fediflow_app")
    try:
        async with shard.client(size=1) as client:
            sql = "select a from fediflow.wire_changing"
            assert await client.fetch(1, [(sql, [])]) == [b"first"]
            await shard.administer("alter table fediflow.wire_changing alter a type varchar(20)")
            assert await asyncio.gather(*(client.fetch(1, [(sql, [])]) for _ in range(5))) == [[b"first"]] * 5
    finally:
        await shard.administer("drop table fediflow.wire_changing")


async def test_statements_that_vanished_are_prepared_again(shard: Shard) -> None:
    async with shard.client(size=1) as client:
        await client.fetch(1, [(_ECHO, [1])])
        (connection,) = connections_of(client)
        connection.statements.prepare("select 'never sent' || $1::bigint")
        sql = "select 'never sent' || $1::bigint"
        assert await asyncio.gather(*(client.fetch(1, [(sql, [n])]) for n in range(5))) == [
            [b"never sent%d" % n] for n in range(5)
        ]


async def test_a_full_queue_and_a_long_wait_are_told(shard: Shard, unhurried: None) -> None:
    async with shard.client(replace(PATIENT, pool=0.2), size=1, slow=1, waiting=5) as client:
        await client.fetch(1, [(_ECHO, [1])])
        (connection,) = connections_of(client)
        await until(lambda: not connection.in_flight)
        slow = [asyncio.create_task(client.fetch(1, [(_SLEEP, [600.0])])) for _ in range(IN_FLIGHT)]
        waiting = [asyncio.create_task(client.fetch(1, [(_ECHO, [n])])) for n in range(5)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="too many requests wait"):
            await client.fetch(1, [(_ECHO, [9])])
        for task in waiting:
            with pytest.raises(Unavailable, match=r"no connection was free for 0\.2 s"):
                await task
        for task in slow:
            task.cancel()
        await asyncio.wait(slow)


async def test_slow_statements_hold_back_nobody(shard: Shard) -> None:
    # Two for what is slow: on a busy machine an echo may be, too.
    async with shard.client(size=1, slow=2) as client:
        await client.fetch(1, [(_SLEEP, [0.06])])
        await until(lambda: client._pace.is_slow(_SLEEP))
        slow = asyncio.create_task(client.fetch(1, [(_SLEEP, [600.0])]))
        await asyncio.sleep(0)
        async with asyncio.timeout(60):
            for number in range(50):
                await client.fetch(1, [(_ECHO, [number])])
        assert not slow.done()
        slow.cancel()
        await asyncio.wait([slow])
        async with asyncio.timeout(60):
            while client._pace.is_slow(_SLEEP):
                await client.fetch(1, [(_SLEEP, [0.0])])


async def test_what_takes_too_long_is_given_up_and_cancelled(shard: Shard, unhurried: None) -> None:
    async with shard.client(size=1) as client:
        await client.fetch(1, [(_ECHO, [1])])
        (connection,) = connections_of(client)
        await until(lambda: not connection.in_flight)
        slow = asyncio.create_task(client.fetch(1, [(_SLEEP, [600.0])]))
        behind = asyncio.create_task(client.fetch(1, [(_ECHO, [2])]))
        await until(lambda: len(connection.in_flight) == 2)
        client._fast.sweep(connection.in_flight[1].written + 36)  # 30 s for the server, 5 for the way
        for task in (slow, behind):
            with pytest.raises(Unavailable, match="no answer within 35 s"):
                await task
        await until(lambda: not connection.in_flight)  # the server was told, and answered
        assert connections_of(client) == [connection]
        assert await client.fetch(1, [(_ECHO, [3])]) == [b"echo 3"]


async def test_a_server_that_does_not_answer_at_all_loses_its_connection(
    shard: Shard, unhurried: None
) -> None:
    async with shard.client(size=1) as client:
        await client.fetch(1, [(_ECHO, [1])])
        (connection,) = connections_of(client)
        await until(lambda: not connection.in_flight)
        task = asyncio.create_task(client.fetch(1, [(_SLEEP, [600.0])]))
        await until(lambda: len(connection.in_flight) == 1)
        client._fast.sweep(monotonic() + 41)
        assert connection.is_closed
        with pytest.raises(Unavailable):
            await task
        assert await client.fetch(1, [(_ECHO, [3])]) == [b"echo 3"]
        await shard.administer(
            "select pg_terminate_backend($1)", int.from_bytes(connection.session.key[:4], "big")
        )


async def test_what_nobody_waits_for_is_not_sent(shard: Shard, unhurried: None) -> None:
    async with shard.client(size=1) as client:
        await client.fetch(1, [(_ECHO, [1])])
        (connection,) = connections_of(client)
        await until(lambda: not connection.in_flight)
        async with shard.databases.driver(shard.address, None) as administrator:
            async with administrator.transaction():
                await administrator.execute("lock table fediflow.wire_probe in access exclusive mode")
                locked = ("select min(0)::text from fediflow.wire_probe", [])
                tasks = [
                    asyncio.create_task(client.fetch(1, [locked if n == 0 else (_ECHO, [n])]))
                    for n in range(IN_FLIGHT + 3)
                ]
                await asyncio.sleep(0)
                for task in tasks[IN_FLIGHT:]:
                    task.cancel()
                await asyncio.wait(tasks[IN_FLIGHT:])
                assert client.in_use == IN_FLIGHT
            answers = await asyncio.gather(*tasks[:IN_FLIGHT])
        assert answers == [[b"0"], *([b"echo %d" % n] for n in range(1, IN_FLIGHT))]


async def test_what_was_sent_behind_something_slow_overtakes_it(
    shard: Shard, unhurried: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shard.client(size=2) as client:
        await client.fetch(1, [(_ECHO, [1])])
        (connection,) = connections_of(client)
        await until(lambda: not connection.in_flight)
        slow = asyncio.create_task(client.fetch(1, [(_SLEEP, [600.0])]))
        behind = [asyncio.create_task(client.fetch(1, [(_ECHO, [n])])) for n in range(3)]
        await until(lambda: len(connection.in_flight) == 4)
        monkeypatch.undo()  # from now on it is slow
        assert await asyncio.gather(*behind) == [[b"echo %d" % n] for n in range(3)]
        assert not slow.done()
        slow.cancel()
        await until(lambda: not connection.in_flight)  # their first copies were answered, and thrown away
        assert await client.fetch(1, [(_ECHO, [3])]) == [b"echo 3"]


async def test_close_waits_for_what_is_under_way_and_takes_nothing_new(shard: Shard) -> None:
    async with shard.client(size=1) as client:
        tasks = [asyncio.create_task(client.fetch(1, [(_SLEEP, [0.1])])) for _ in range(3)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(client.close(drain=60))
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="going down"):
            await client.fetch(1, [(_ECHO, [1])])
        await closing
        assert [task.result() for task in tasks] == [[b"slept"]] * 3
        assert client.open_connections == 0


async def test_close_without_patience_fails_what_is_under_way(shard: Shard) -> None:
    async with shard.client(size=1) as client:
        await client.fetch(1, [(_ECHO, [1])])
        task = asyncio.create_task(client.fetch(1, [(_SLEEP, [600.0])]))
        await asyncio.sleep(0)
        await client.close()
        with pytest.raises(Unavailable):
            await task


async def test_ordinary_traffic_leaves_no_trace_in_the_servers_log(private_postgres: PostgresServer) -> None:
    address, passwords = await _provisioned(private_postgres)
    administrator = parse_login(private_postgres.admin_url)
    connection = await connect_as(administrator)
    await connection.execute("alter role fediflow_app set log_min_messages = 'info'")
    await connection.execute("alter role fediflow_app set log_min_error_statement = 'error'")
    await connection.close()
    password = passwords[DatabaseRole.APP]
    # What is written of the beginning may come late: all of it stands before an error of ours.
    await _fails(address, password, "select 'x' from nowhere", asyncpg.UndefinedTableError)
    await until(lambda: "from nowhere" in "".join(private_postgres.log_tail(1)))
    before = len(private_postgres.log_tail(10_000))
    client = await WireClient.open(address, DatabaseRole.APP, password, timeouts=PATIENT)
    await asyncio.gather(*(client.fetch(n % 3, [(_ECHO, [n])]) for n in range(200)))
    await _close(client)
    # The log hears of errors: this one is the first line since.
    await _fails(address, password, "select (1 / 0)::text", asyncpg.DivisionByZeroError)
    await until(lambda: len(private_postgres.log_tail(10_000)) > before)
    assert "division by zero" in private_postgres.log_tail(10_000)[before]


async def _fails(address: Address, password: str, sql: str, error: type[Exception]) -> None:
    client = await WireClient.open(address, DatabaseRole.APP, password, timeouts=PATIENT)
    with pytest.raises(error):
        await client.fetch(1, [(sql, [])])
    await _close(client)


async def _close(client: WireClient) -> None:
    """When the server has said all that it has to say: it would find nobody, and write of it in its log."""
    await until(lambda: is_at_rest(client))
    await client.close()


async def _provisioned(server: PostgresServer) -> tuple[Address, Passwords]:
    administrator: Login = parse_login(server.admin_url)
    passwords = random_passwords()
    await provision_roles(administrator, passwords)
    return await provision_database(administrator, "wire"), passwords

"""What goes in comes out, in one snapshot, under the tenant; errors are the driver's and harm nobody else."""

import asyncio
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from kernel.database.roles import DatabaseRole
from kernel.errors import InvalidInput, Unavailable
from tests.integration.wire.conftest import ROWS, Shard
from tests.integration.wire.peeking import connections_of, until

COUNT = "select count(*)::text from fediflow.wire_probe"
TENANT = "select current_setting('app.tenant_id')"
TEXTS = ["", "x", 'O\'Brien \\ "q" {a,b} NULL null', "日本語 مرحبا 😀 \u202e", "\x01\x7f\n\t", "a" * 300_000]


async def test_each_statement_yields_its_text(shard: Shard) -> None:
    async with shard.client() as client:
        assert await client.fetch(3, [(TENANT, []), (COUNT, []), ("select null::text", [])]) == [
            b"3",
            str(ROWS).encode(),
            None,
        ]
        assert await client.fetch(99, [(COUNT, [])]) == [b"0"]
        assert await client.fetch(3, []) == []


@pytest.mark.parametrize(
    ("pg_type", "value", "text"),
    [
        ("bigint", -(2**63), "-9223372036854775808"),
        ("boolean", True, "true"),
        ("date", date(2024, 2, 29), "2024-02-29"),
        ("timestamptz", datetime(2024, 2, 29, 12, 0, 0, 5, UTC), "2024-02-29 12:00:00.000005+00"),
        (
            "timestamptz",
            datetime(2024, 2, 29, tzinfo=timezone(timedelta(hours=9))),
            "2024-02-28 15:00:00+00",
        ),
        ("numeric", Decimal("1E+5"), "100000"),
        ("numeric", Decimal("-0.00010"), "-0.00010"),
        ("double precision", 0.1, "0.1"),
        ("bigint[]", [1, None, -3], "{1,NULL,-3}"),
        ("text[]", ["a,b", 'say "x" \\', "NULL", None, ""], None),
        ("text[]", [], "{}"),
        ("boolean[]", [True, False], "{t,f}"),
    ],
)
async def test_values_arrive_as_they_are(shard: Shard, pg_type: str, value: Any, text: str | None) -> None:
    async with shard.client() as client, shard.databases.driver(shard.address, DatabaseRole.APP) as driver:
        sql = f"select $1::{pg_type}::text"
        (got,) = await client.fetch(1, [(sql, [value])])
        assert got is not None
        expected = text if text is not None else await driver.fetchval(sql, value)
        assert got.decode() == expected


async def test_any_text_comes_back_as_it_was(shard: Shard) -> None:
    async with shard.client() as client:
        for text in TEXTS:
            assert await client.fetch(1, [("select $1::text", [text])]) == [text.encode()]


async def test_what_cannot_be_stored_is_refused_before_it_is_sent(shard: Shard) -> None:
    async with shard.client() as client:
        for text, said in (("a\0b", r"U\+0000"), ("\ud800", "surrogate")):
            with pytest.raises(InvalidInput, match=said):
                await client.fetch(1, [("select $1::text", [text])])
        assert client.open_connections == 0


async def test_an_sql_text_that_cannot_be_sent_harms_nobody(shard: Shard) -> None:
    async with shard.client(size=1) as client:
        bad = client.fetch(1, [("select 'kept'", []), ("select '\0'", [])])
        refused, *answers = await asyncio.gather(
            bad, *(client.fetch(1, [("select 'kept'", [])]) for _ in range(3)), return_exceptions=True
        )
        assert isinstance(refused, ValueError)
        assert answers == [[b"kept"]] * 3


async def test_a_tenant_that_is_no_integer_is_refused_before_anything_is_sent(shard: Shard) -> None:
    async with shard.client() as client:
        for tenant in ("1", 1.0, None):
            with pytest.raises(TypeError):
                await client.fetch(tenant, [(TENANT, [])])  # type: ignore[arg-type]
        assert client.open_connections == 0


async def test_statements_of_a_request_see_one_snapshot(shard: Shard) -> None:
    snapshot = "select pg_current_snapshot()::text || pg_sleep(0.01)::text"
    async with shard.client() as client:
        first, second = await client.fetch(1, [(snapshot, []), (snapshot, [])])
        assert first == second


async def test_the_transaction_only_reads_at_repeatable_read(shard: Shard) -> None:
    async with shard.client() as client:
        assert await client.fetch(
            1, [(f"select current_setting('transaction_{one}')", []) for one in ("isolation", "read_only")]
        ) == [b"repeatable read", b"on"]


async def test_sessions_begin_with_the_settings_of_the_engines(shard: Shard) -> None:
    async with shard.client(application="wire-test") as client:
        names = ("search_path", "plan_cache_mode", "timezone", "jit", "application_name", "statement_timeout")
        assert await client.fetch(1, [(f"select current_setting('{name}')", []) for name in names]) == [
            b"pg_catalog, pg_temp",
            b"force_generic_plan",
            b"UTC",
            b"off",
            b"wire-test",
            b"30s",
        ]


async def test_many_in_flight_get_their_own_answers(shard: Shard) -> None:
    async with shard.client(size=2) as client:
        sql = "select current_setting('app.tenant_id') || ':' || $1::bigint"
        answers = await asyncio.gather(*(client.fetch(i % 10 + 1, [(sql, [i])]) for i in range(500)))
        assert answers == [[f"{i % 10 + 1}:{i}".encode()] for i in range(500)]
        assert client.open_connections <= 4
        assert client.in_use == 0


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("select (1 / $1::bigint)::text", asyncpg.DivisionByZeroError),
        ("select nonsense from nowhere where $1", asyncpg.UndefinedTableError),
        ("selec $1", asyncpg.PostgresSyntaxError),
        ("delete from fediflow.wire_probe where id = $1::bigint", asyncpg.ReadOnlySQLTransactionError),
    ],
)
async def test_errors_are_the_drivers_and_do_not_poison_the_next(
    shard: Shard, sql: str, error: type[Exception]
) -> None:
    async with shard.client(size=1) as client:
        bad = [
            client.fetch(1, [(TENANT, []), (sql, [0]), ("select 'new' || $1::text", ["x"])]) for _ in range(4)
        ]
        good = [client.fetch(2, [(TENANT, []), ("select 'new' || $1::text", ["y"])]) for _ in range(4)]
        mixed = [one for pair in zip(bad, good, strict=True) for one in pair]
        answers = await asyncio.gather(*mixed, return_exceptions=True)
        assert {type(answer) for answer in answers[::2]} == {error}
        assert answers[1::2] == [[b"2", b"newy"]] * 4


@pytest.mark.parametrize(
    "sql", ["select 'a' union all select 'b'", "select 'a' where false", "select 'a', 'b'", ""]
)
async def test_a_plan_that_is_no_single_text_closes_its_connection(shard: Shard, sql: str) -> None:
    async with shard.client(size=1) as client:
        bad = client.fetch(1, [(sql, [])])
        good = [client.fetch(2, [(TENANT, [])]) for _ in range(3)]
        refused, *answers = await asyncio.gather(bad, *good, return_exceptions=True)
        assert isinstance(refused, Unavailable)
        assert answers == [[b"2"]] * 3


async def test_nothing_of_a_request_stays_behind(shard: Shard) -> None:
    async with shard.client(size=1) as client:
        await client.fetch(7, [(TENANT, [])])
        (pid,) = await client.fetch(7, [("select pg_backend_pid()::text", [])])
        assert pid is not None
        # The texts come before the commit is over.
        await until(lambda: not any(one.in_flight for one in connections_of(client)))
        (state,) = await shard.administer("select state from pg_stat_activity where pid = $1", int(pid))
        assert state["state"] == "idle"
        with pytest.raises(Unavailable):  # it ends the transaction, which no plan does
            await client.fetch(7, [("commit", []), (TENANT, [])])

"""Making the demo: the same every time, once, and never half."""

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError

from academic.tables import enrollments
from fediflow.demo import UNIVERSITIES, University
from fediflow.demo.calendar import calendar_around
from fediflow.demo.loading import load_tenant
from fediflow.demo.making import NoShards
from fediflow.demo.making import create as create_demo
from fediflow.demo.rows import TableRows
from fediflow.demo.tenant import tenant_rows
from kernel.database.roles import DatabaseRole
from kernel.tables import SHARD
from tenants.model import TenantId
from tenants.tables import credentials
from tests.integration.demo.world import TODAY, World

each_university = pytest.mark.parametrize("university", UNIVERSITIES, ids=lambda one: one.slug)

_SEED = 1
_PRINT_CHECKSUM = """
import sys
from tests.integration.demo.test_making import checksum
print(checksum(int(sys.argv[1])))
"""


def rows_of(university: University, seed: int = _SEED, today: date = TODAY) -> tuple[TableRows, ...]:
    """What is generated for it."""
    return _generated(UNIVERSITIES.index(university), seed, today)


@cache
def _generated(number: int, seed: int, today: date) -> tuple[TableRows, ...]:
    return tenant_rows(UNIVERSITIES[number], seed=seed, today=today, password_hash="x")


def checksum(seed: int, today: date = TODAY, universities: Sequence[University] = UNIVERSITIES) -> str:
    """Of all rows of the universities."""
    digest = hashlib.sha256()
    for university in universities:
        for part in rows_of(university, seed, today):
            digest.update(repr((part.table.name, part.columns, part.rows)).encode())
    return digest.hexdigest()


def test_the_same_seed_and_day_give_the_same_rows_in_another_process() -> None:
    process = subprocess.run(
        [sys.executable, "-c", _PRINT_CHECKSUM, str(_SEED)],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert process.stdout.strip() == checksum(_SEED)


def test_another_seed_and_another_day_give_other_rows() -> None:
    one = UNIVERSITIES[:1]
    tomorrow = TODAY + timedelta(days=1)
    assert len({checksum(1, TODAY, one), checksum(2, TODAY, one), checksum(1, tomorrow, one)}) == 3


@each_university
def test_every_day_lies_in_one_current_semester(university: University) -> None:
    for number in range(3 * 366):
        day = date(2025, 1, 1) + timedelta(days=number)
        calendar = calendar_around(university.calendar, day)
        semesters = [one for one in calendar.sessions if one.kind == "semester"]
        assert [one for one in semesters if one.starts_on <= day <= one.ends_on] == [calendar.current]
        assert calendar.past.ends_on + timedelta(days=1) == calendar.current.starts_on
        assert calendar.current.ends_on + timedelta(days=1) == calendar.next.starts_on


@pytest.mark.parametrize("today", [date(2026, 4, 1), date(2026, 9, 30), date(2027, 1, 31), date(2028, 2, 29)])
def test_any_day_makes_a_demo(today: date) -> None:
    """First and last days of semesters included."""
    for university in UNIVERSITIES:
        parts = {
            part.table.name: part
            for part in tenant_rows(university, seed=_SEED, today=today, password_hash="x")
        }
        for name, column in (("enrollments", "updated_at"), ("results", "recorded_at")):
            place = parts[name].columns.index(column)
            assert all(str(row[place]) < str(today) for row in parts[name].rows)
        created, last = (parts["enrollments"].columns.index(name) for name in ("created_at", "updated_at"))
        assert all(str(row[created]) <= str(row[last]) for row in parts["enrollments"].rows)
        assert len(parts["enrollments"].rows) >= 12_000


def test_all_rows_of_all_universities_have_ids_of_their_own() -> None:
    ids = [
        row[part.columns.index("id")]
        for university in UNIVERSITIES
        for part in rows_of(university)
        if "id" in part.columns
        for row in part.rows
    ]
    assert len(set(ids)) == len(ids)


@each_university
async def test_the_database_holds_exactly_what_was_generated(demo: World, university: University) -> None:
    for part in rows_of(university):
        if part.table is not credentials:
            kept = await demo.rows(university, f"select {', '.join(part.columns)} from {part.table}")
            read = (tuple(row.values()) for row in kept)
            assert _comparable(part, read) == _comparable(part, part.rows), part.table.name


async def test_a_second_call_keeps_what_is_there(empty: World) -> None:
    university = UNIVERSITIES[1]
    assert len(await empty.create(today=TODAY)) == 3
    shard = empty.shards[await empty.shard_of(university)]
    async with shard.worker.begin() as connection:
        await connection.execute(text(f"set local app.tenant_id = '{university.id}'"))
        await connection.execute(
            text("update fediflow.users set display_name = 'kept' where handle = 'student'")
        )

    assert await empty.create(today=TODAY + timedelta(days=100), seed=2) == []

    query = "select display_name from fediflow.users where handle = 'student'"
    assert await empty.value(university, query) == "kept"


async def test_a_crash_before_the_directory_knows_is_made_good(empty: World) -> None:
    """The rows of one tenant are committed, its directory row is not; another's are not there at all."""
    university = UNIVERSITIES[0]
    parts = rows_of(university)
    assert await load_tenant(empty.shards["one"].worker, TenantId(university.id), parts)

    await empty.create(today=TODAY + timedelta(days=1), seed=2)

    assert await empty.shard_of(university) == "one"
    latest = await empty.value(university, "select max(updated_at) from fediflow.enrollments")
    assert latest.date() < TODAY


async def test_a_failure_while_loading_leaves_nothing(empty: World) -> None:
    university = UNIVERSITIES[2]
    parts = list(rows_of(university))
    place = next(number for number, part in enumerate(parts) if part.table is enrollments)
    doubled = TableRows(enrollments, parts[place].columns, [*parts[place].rows, parts[place].rows[0]])

    with pytest.raises(IntegrityError, match="enrollments_pkey"):
        await load_tenant(
            empty.shards["one"].worker,
            TenantId(university.id),
            [*parts[:place], doubled, *parts[place + 1 :]],
        )

    async with empty.databases.driver(empty.databases.shards["one"], None) as administrator:
        for table in SHARD.sorted_tables:
            if table.info["class"] == "tenant":
                assert await administrator.fetchval(f"select count(*) from {table}") == 0


async def test_nothing_of_a_tenant_stays_on_a_pooled_connection(empty: World) -> None:
    university = UNIVERSITIES[0]
    parts = rows_of(university)
    await load_tenant(empty.shards["one"].worker, TenantId(university.id), parts)

    loaders = "select count(*) from pg_stat_activity where datname = current_database() and usename = $1"
    async with empty.databases.driver(empty.databases.shards["one"], None) as administrator:
        async with asyncio.timeout(60):  # the server ends a session after it was closed
            while await administrator.fetchval(loaders, DatabaseRole.WORKER.value):  # noqa: ASYNC110  # it says nothing
                await asyncio.sleep(0.01)
        staged = await administrator.fetchval("select count(*) from pg_class where relname like 'staging%'")
    assert staged == 0


async def test_the_planner_knows_how_full_the_tables_are(demo: World) -> None:
    for address in demo.databases.shards.values():
        async with demo.databases.driver(address, None) as administrator:
            estimate = await administrator.fetchval(
                "select reltuples from pg_class where oid = 'fediflow.enrollments'::regclass"
            )
            counted = await administrator.fetchval("select count(*) from fediflow.enrollments")
        assert estimate == pytest.approx(counted, rel=0.05)


async def test_a_shard_that_is_not_registered_is_refused(empty: World) -> None:
    with pytest.raises(NoShards, match="nowhere"):
        await create_demo(directory=empty.directory, shards={"nowhere": empty.shards["one"]}, today=TODAY)


def _comparable(part: TableRows, rows: Iterable[tuple[object, ...]]) -> list[list[str]]:
    """Rows as written and as read back are the same after this; JSON objects keep no order."""
    is_json = [isinstance(part.table.c[name].type, JSONB) for name in part.columns]
    return sorted([_text(value, json_) for value, json_ in zip(row, is_json, strict=True)] for row in rows)


def _text(value: object, is_json: bool) -> str:
    if is_json and value is not None:
        return json.dumps(json.loads(value) if isinstance(value, str) else value, sort_keys=True)
    return repr(list(value) if isinstance(value, tuple) else value)

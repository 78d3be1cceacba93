"""A set is loaded as a whole or not at all, whatever goes wrong and whoever else is at work."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from academic.enrollments.entering import NewEnrollment, enrol
from academic.oneroster.faults import Rule
from academic.oneroster.report import Counts
from academic.tables import enrollments, offering_seats, offerings
from bench.roster_set import roster_set
from kernel.database.roles import DatabaseRole
from tenants.authority import system_principal
from tenants.people.operations import NewUser, create_user
from tests.databases import Databases
from tests.integration.oneroster.sets import delta, roster
from tests.integration.oneroster.world import NOW, Place

_ROOT = Path(__file__).resolve().parents[3]
STAMP = "2026-11-01T00:00:00.000Z"


async def nothing_is_there(place: Place) -> bool:
    """No row of the tenant in any table, nor in the outbox."""
    return set((await place.sizes()).values()) == {0}


async def test_a_fault_in_the_last_file_leaves_nothing_of_the_others(place: Place) -> None:
    broken = {"enrollments": {"e3": "e3,,,optics-a,uni,eve,student,,1/05/2026,"}}
    report = await place.load(roster(broken))
    assert report.is_refused
    assert not report.is_loaded
    (fault,) = [fault for fault in report.faults if fault.rule is Rule.DATE]
    assert (fault.file, fault.row, fault.column, fault.value) == (
        "enrollments.csv",
        4,
        "beginDate",
        "1/05/2026",
    )
    assert await nothing_is_there(place)


async def test_a_fault_that_only_the_database_shows_takes_everything_back(place: Place) -> None:
    set_ = delta(
        {
            "orgs": [f"uni,active,{STAMP},Nordhafen,local,NH,"],
            "courses": [f"optics,active,{STAMP},Optics,PHY2,uni"],
            "users": [f"ada,active,{STAMP},true,ada,,Ada,Lovelace,"],
            "enrollments": [
                f"e1,active,{STAMP},nowhere,uni,ada,student,,,",
                f"e2,active,{STAMP},nowhere,uni,nobody,student,,,",
            ],
        }
    )
    report = await place.load(set_)
    assert report.error_count == 3
    assert report.counts["courses"] == Counts(created=1)
    assert sorted((fault.column, fault.value) for fault in report.faults if fault.rule is Rule.REFERENCE) == [
        ("classSourcedId", "nowhere"),
        ("classSourcedId", "nowhere"),
        ("userSourcedId", "nobody"),
    ]
    assert await nothing_is_there(place)


@pytest.mark.parametrize("file", ["users", "classes", "enrollments"])
async def test_a_failure_while_loading_leaves_nothing(place: Place, file: str) -> None:
    class Stopped(Exception):
        pass

    def progress(at: str, _done: int, _total: int) -> None:
        if at == file:
            raise Stopped

    with pytest.raises(Stopped):
        await place.load(roster(), progress=progress)
    assert await nothing_is_there(place)
    assert (await place.load(roster())).is_loaded


async def test_a_killed_import_leaves_nothing_and_holds_up_nobody(place: Place, databases: Databases) -> None:
    address = databases.shard
    application = f"import-{place.tenant.id}"
    job = {
        "host": address.host,
        "port": address.port,
        "database": address.database,
        "password": databases.passwords[DatabaseRole.WORKER],
        "application": application,
        "tenant": place.tenant.id,
        "now": NOW.isoformat(),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.oneroster.importing_process"),
        cwd=_ROOT,
        stdin=PIPE,
        stdout=PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(job).encode())
        process.stdin.close()
        async with asyncio.timeout(180):
            assert await process.stdout.readline() == b"at the last file\n"
    finally:
        process.kill()  # left in the midst of a COPY it keeps every database of the server from being dropped
        await process.wait()
    # The next import waits for the locks of the killed one, which end with its connection.
    report = await place.load(roster_set(users=300, enrollments=900), dry_run=True)
    assert report.counts["users"] == Counts(created=300)
    assert report.counts["enrollments"] == Counts(created=900)
    assert await nothing_is_there(place)


async def test_two_imports_at_once_load_the_set_once(place: Place) -> None:
    reports = await asyncio.gather(*(place.load(roster()) for _ in range(3)))
    changed = sorted(sum(counts.changed for counts in report.counts.values()) for report in reports)
    assert changed[:2] == [0, 0]
    assert changed[2] > 0
    assert len(await place.rows(enrollments)) == 3


async def test_who_enrols_during_an_import_gets_a_seat_that_is_counted(place: Place) -> None:
    await place.load(roster())
    (offering,) = await place.rows(offerings)
    async with place.door.write(system_principal(place.tenant)) as tx:
        people = [await create_user(tx, user=NewUser(f"p{number}", "P", str(number))) for number in range(10)]

    async def come(user_id: int) -> None:
        async with place.door.write(system_principal(place.tenant)) as tx:
            await enrol(tx, enrollment=NewEnrollment(offering["id"], user_id=user_id))

    gone = {"enrollments": {"e3": f"e3,tobedeleted,{STAMP},optics-a,uni,eve,student,,,"}}
    await asyncio.gather(place.load(roster(gone)), *(come(user_id) for user_id in people))
    (row,) = await place.rows(offering_seats)
    assert row["taken"] == 11  # ada and the ten; bao teaches, eve is gone
    query = select(func.count().label("n")).where(
        enrollments.c.tenant_id == place.tenant.id,
        enrollments.c.state == "active",
        enrollments.c.role == "student",
    )
    assert (await place.query(query))[0]["n"] == 11


async def test_an_import_leaves_no_table_and_no_tenant_on_a_connection(place: Place) -> None:
    await place.load(roster())
    async with place.engine.connect() as connection:
        left = "select count(*) from pg_catalog.pg_class where relpersistence = 't' and relkind = 'r'"
        assert (await connection.execute(text(left))).scalar_one() == 0
        assert (await connection.execute(select(func.count()).select_from(enrollments))).scalar_one() == 0

"""A thousand people want thirty seats at once."""

import asyncio
import json
import logging
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import text

from academic.courses.lifecycle import cancel_offering, change_capacity, publish_offering
from academic.courses.offerings import OfferingChanges, update_offering
from academic.courses.sections import NewSection, SectionChanges, create_section, update_section
from academic.enrollments.acting import withdraw
from academic.enrollments.entering import NewEnrollment, enrol
from academic.enrollments.moving import move_section
from academic.model.refusals import Refusal, UnableToEnrol
from academic.structure.academic_sessions import AcademicSessionChanges, update_academic_session
from academic.tables import enrollments, offering_seats
from kernel.database.roles import DatabaseRole
from kernel.errors import FediflowError
from tests.databases import Databases
from tests.integration.academic.world import World

_log = logging.getLogger(__name__)
PEOPLE, SEATS = 1000, 30
_ROOT = Path(__file__).resolve().parents[3]


async def test_a_thousand_parallel_requests_fill_thirty_seats_in_the_order_of_arrival(
    world: World,
) -> None:
    offering = await world.offering(capacity=SEATS)
    people = await world.users(PEOPLE)
    arrivals: dict[int, int] = {}

    async def request(user: int) -> None:
        async with world.door.write(world.student(user)) as tx:
            enrollment = await enrol(tx, enrollment=NewEnrollment(offering))
            # Under the seat row's lock, so after the commit of whoever held it before and before one's own:
            # the order of these positions in the log is the order of the commits.
            position = await tx.connection.execute(text("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))
            arrivals[enrollment] = int(position.scalar_one())

    began = time.perf_counter()
    await asyncio.gather(*(request(user) for user in people))
    took = time.perf_counter() - began
    _log.info("%d enrolments in %.2f s: %.0f/s", PEOPLE, took, PEOPLE / took)
    assert await world.seats(offering) == (SEATS, PEOPLE - SEATS)

    in_order = sorted(arrivals, key=arrivals.__getitem__)
    assert len(set(arrivals.values())) == PEOPLE
    rows = {row["id"]: row for row in await world.rows(enrollments, offering_id=offering)}
    assert {rows[one]["state"] for one in in_order[:SEATS]} == {"active"}
    assert [rows[one]["waitlist_rank"] for one in in_order[SEATS:]] == list(range(1, PEOPLE - SEATS + 1))
    told = [event["object_id"] for event in await world.events() if event["event"] == "enrollment.changed"]
    assert told == in_order

    leaving = in_order[:SEATS:3]
    await asyncio.gather(
        *(world.act(withdraw, one, by=world.student(rows[one]["user_id"])) for one in leaving)
    )
    moved_up = {one for one in in_order[SEATS:] if await world.state(one) == "active"}
    assert moved_up == set(in_order[SEATS : SEATS + len(leaving)])
    assert await world.seats(offering) == (SEATS, PEOPLE - SEATS - len(leaving))


async def test_ten_requests_of_one_person_at_once_are_one_enrollment(world: World) -> None:
    offering = await world.offering(capacity=5)
    (student,) = await world.users(1)
    answers = await asyncio.gather(
        *(world.enrol(student, offering) for _ in range(10)), return_exceptions=True
    )
    refused = [answer.reason for answer in answers if isinstance(answer, UnableToEnrol)]
    assert refused == [Refusal.ALREADY_ENROLLED] * 9
    assert await world.seats(offering) == (1, 0)


async def test_everything_at_once_blocks_nobody_for_good_and_the_counts_stay_true(world: World) -> None:
    offering = await world.offering(capacity=8)
    async with world.as_system() as tx:
        section = await create_section(tx, section=NewSection(offering, "S", capacity=4))
    people = await world.users(40)
    ids = [await world.enrol(user, offering) for user in people[:20]]

    async def change(operation: Callable[..., Awaitable[int]], **given: Any) -> int:
        async with world.as_system() as tx:
            return await operation(tx, **given)

    term = AcademicSessionChanges(ends_on=date(2027, 7, 15))
    work = [
        *(world.enrol(user, offering, section_id=section) for user in people[20:]),
        *(world.act(withdraw, one) for one in ids[::2]),
        *(world.act(move_section, one, section_id=section) for one in ids[1::4]),
        *(change(change_capacity, offering_id=offering, capacity=number) for number in (5, 12, 9)),
        *(change(update_section, section_id=section, changes=SectionChanges(capacity=n)) for n in (2, 6)),
        *(change(update_offering, offering_id=offering, changes=OfferingChanges(ends_on=None)) for _ in "ab"),
        *(change(operation, offering_id=offering) for operation in (cancel_offering, publish_offering)),
        change(update_academic_session, academic_session_id=world.term, changes=term),
    ]
    answers = await asyncio.gather(*work, return_exceptions=True)
    unexpected = [a for a in answers if isinstance(a, BaseException) and not isinstance(a, FediflowError)]
    assert unexpected == []
    await change(publish_offering, offering_id=offering)  # the cancelling may have come last
    taken, waiting = await world.seats(offering)
    (seats,) = await world.rows(offering_seats, offering_id=offering)
    assert taken >= seats["capacity"] or not waiting


async def test_a_killed_process_loses_nothing_it_acknowledged_and_sells_no_seat_twice(
    world: World, databases: Databases
) -> None:
    offering = await world.offering(capacity=SEATS)
    people = await world.users(PEOPLE)
    process = await _enrolling(world, databases, offering, people)
    acknowledged = await _acknowledged_until_killed(process, after=300)
    await _until(lambda: _nobody_connected(world, f"enrolling-{offering}"))

    rows = {row["id"]: row for row in await world.rows(enrollments, offering_id=offering)}
    assert 300 <= len(acknowledged) <= len(rows) < PEOPLE
    assert {one: rows[one]["state"] for one in acknowledged if one in rows} == acknowledged
    assert await world.seats(offering) == (SEATS, len(rows) - SEATS)

    arrived = {row["user_id"] for row in rows.values()}
    await asyncio.gather(*(world.enrol(user, offering) for user in people if user not in arrived))
    assert await world.seats(offering) == (SEATS, PEOPLE - SEATS)
    ranks = [
        row["waitlist_rank"]
        for row in await world.rows(enrollments, offering_id=offering, state="waitlisted")
    ]
    assert sorted(ranks) == list(range(1, PEOPLE - SEATS + 1))


async def _enrolling(world: World, databases: Databases, offering: int, people: list[int]) -> Process:
    """Another process of the product that enrols all of them, and says so line by line after each commit."""
    job = {
        "host": databases.shard.host,
        "port": databases.shard.port,
        "database": databases.shard.database,
        "password": databases.passwords[DatabaseRole.APP],
        "application": f"enrolling-{offering}",
        "tenant": world.tenant.id,
        "offering": offering,
        "people": people,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.academic.enrolling_process"),
        cwd=_ROOT,
        stdin=PIPE,
        stdout=PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(job).encode())
    process.stdin.close()
    return process


async def _acknowledged_until_killed(process: Process, *, after: int) -> dict[int, str]:
    """Kills it in the middle; what it had written by then."""
    assert process.stdout is not None
    lines = []
    async with asyncio.timeout(120):
        while line := await process.stdout.readline():
            lines.append(line)
            if len(lines) == after:
                os.kill(process.pid, signal.SIGKILL)
        await process.wait()
    assert process.returncode == -signal.SIGKILL
    whole = [line.split() for line in lines if line.endswith(b"\n")]
    return {int(enrollment): state.decode() for enrollment, state in whole}


async def _nobody_connected(world: World, application: str) -> bool:
    """The server has noticed that the process is gone: what it was doing is rolled back or committed."""
    query = text("select count(*) from pg_stat_activity where application_name = :name")
    async with world.as_system() as tx:
        return not (await tx.connection.execute(query, {"name": application})).scalar_one()


async def _until(is_so: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(60):
        while not await is_so():  # noqa: ASYNC110 - only asking shows when another process's sessions have ended
            await asyncio.sleep(0.02)

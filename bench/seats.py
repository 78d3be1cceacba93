"""A thousand people want thirty seats at once: through GraphQL over HTTP, and by the operation itself."""

import argparse
import asyncio
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from academic.enrollments.entering import NewEnrollment, enrol
from bench.cpu import process_seconds
from bench.load import Exchange, Load, post, run_load
from bench.rows import BenchFailed, Findings, Row
from bench.stand import Stand, Tell, about_machine, opened_stand
from fediflow.processes.stack import open_stack
from kernel.database.roles import DatabaseRole
from kernel.ids import parse_global_id
from tenants.authority import system_principal
from tenants.door import Door
from tenants.model import Tenant
from tenants.tables import users

NAME = "seats"
SUMMARY = "enrolments/s of 1,000 people on 30 seats, through GraphQL over HTTP and by the operation"
_POOL = 10  # connections, as a gateway has by default
_ROLE = "registrar"
_WHERE = """query Where {
  courses(first: 1) { nodes { id } }
  currentTerm { id }
}"""
_CREATE = """mutation Create($input: CreateOfferingInput!) {
  createOffering(input: $input) { offering { id } userErrors { message } }
}"""
_PUBLISH = """mutation Publish($id: ID!) {
  publishOffering(input: { id: $id }) { offering { state } userErrors { message } }
}"""
_ENROL = """mutation Enrol($offering: ID!, $user: ID!) {
  enrol(input: { offeringId: $offering, userId: $user }) {
    enrollment { id state waitlistPosition }
    userErrors { message }
  }
}"""
_OUTCOME = "query Outcome($id: ID!) { offering(id: $id) { seatsTaken waitlistLength } }"


class SeatsLost(BenchFailed):
    """Afterwards the offering does not have the seats and the waitlist that it must have."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said on the command line."""
    parser.add_argument("--people", type=int, default=1000, help="how many want in (1000, at most 2000)")
    parser.add_argument("--seats", type=int, default=30, help="how many may (30)")
    parser.add_argument("--connections", type=int, default=50, help="HTTP connections (50)")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep the installation here for the next run"
    )


async def measure(given: argparse.Namespace, tell: Tell) -> Findings:
    """Fills one offering over HTTP and one by the operation."""
    notes = [about_machine()]
    async with (
        opened_stand(tell, data=given.data) as stand,
        open_stack(stand.settings, DatabaseRole.APP, pool_size=_POOL) as stack,
        stack.door() as door,
    ):
        tenant = await stack.tenant(stand.tenant)
        people = await _people(door, tenant, given.people)
        tell("enrolling through GraphQL over HTTP")
        rows = await _over_http(stand, people, given)
        tell("enrolling by the operation")
        rows += await _by_operation(stand, door, tenant, people, given)
    return Findings(rows, notes)


async def _over_http(stand: Stand, people: Sequence[int], given: argparse.Namespace) -> list[Row]:
    offering = await _new_offering(stand, given.seats)
    exchanges = [
        Exchange(
            post(
                stand.port,
                {"query": _ENROL, "variables": {"offering": offering, "user": f"user_{person}"}},
                token=stand.tokens[_ROLE],
            ),
            '"userErrors":[]}}}',
            is_whole=False,
        )
        for person in people
    ]
    cpu = process_seconds(stand.gateway_pid)
    seen = await run_load(Load(stand.port, exchanges, given.connections, 120, most=len(exchanges)))
    cpu = process_seconds(stand.gateway_pid) - cpu
    await _check(stand, offering, given)
    return [
        *_rows("graphql over http", seen.seconds, len(people)),
        Row(NAME, "fediflow", "graphql over http", "p50_ms", "ms", seen.p50_ms),
        Row(NAME, "fediflow", "graphql over http", "p99_ms", "ms", seen.p99_ms),
        Row(NAME, "fediflow", "graphql over http", "cpu_us", "us", cpu * 1e6 / len(people)),
    ]


async def _by_operation(
    stand: Stand, door: Door, tenant: Tenant, people: Sequence[int], given: argparse.Namespace
) -> list[Row]:
    offering = await _new_offering(stand, given.seats)
    offering_id = parse_global_id(offering).number
    system = system_principal(tenant)
    turn = asyncio.Semaphore(_POOL)  # a pool makes nobody wait for longer than a few seconds

    async def enter(person: int) -> None:
        async with turn, door.write(system) as tx:
            await enrol(tx, enrollment=NewEnrollment(offering_id=offering_id, user_id=person))

    started = time.perf_counter()
    await asyncio.gather(*(enter(person) for person in people))
    seconds = time.perf_counter() - started
    await _check(stand, offering, given)
    return _rows("operation", seconds, len(people))


async def _people(door: Door, tenant: Tenant, count: int) -> list[int]:
    query = (
        select(users.c.id)
        .where(users.c.tenant_id == tenant.id, users.c.status == "active")
        .order_by(users.c.id)
        .limit(count)
    )
    async with door.write(system_principal(tenant)) as tx:
        found = list((await tx.connection.execute(query)).scalars())
    if len(found) < count:
        raise SeatsLost(f"there are only {len(found)} people")
    return found


async def _new_offering(stand: Stand, seats: int) -> str:
    """A published offering that nobody is in yet."""
    where = await stand.ask(_WHERE, role=_ROLE)
    wanted = {
        "courseId": where["courses"]["nodes"][0]["id"],
        "academicSessionId": where["currentTerm"]["id"],
        "code": f"BENCH-{secrets.token_hex(4)}",
        "capacity": seats,
    }
    created = (await stand.ask(_CREATE, {"input": wanted}, role=_ROLE))["createOffering"]
    if created["userErrors"]:
        raise SeatsLost(f"no offering could be made: {created['userErrors']}")
    offering: str = created["offering"]["id"]
    published = (await stand.ask(_PUBLISH, {"id": offering}, role=_ROLE))["publishOffering"]
    if published["userErrors"]:
        raise SeatsLost(f"the offering could not be published: {published['userErrors']}")
    return offering


async def _check(stand: Stand, offering: str, given: argparse.Namespace) -> None:
    found = (await stand.ask(_OUTCOME, {"id": offering}, role=_ROLE))["offering"]
    wanted = {"seatsTaken": given.seats, "waitlistLength": given.people - given.seats}
    if found != wanted:
        raise SeatsLost(f"the offering has {found}, not {wanted}")


def _rows(case: str, seconds: float, people: int) -> list[Row]:
    return [
        Row(NAME, "fediflow", case, "seconds", "s", seconds),
        Row(NAME, "fediflow", case, "enrolments/s", "enrolments/s", people / seconds),
    ]

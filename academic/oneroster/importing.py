"""A OneRoster file set into a tenant: all of it, or nothing.

One transaction of the worker's role loads the files in the order in which they point at each other. Objects are found
again by the external id (type `oneroster`, value the sourcedId), so that a set can be loaded twice; what a file does not
speak of stays as it is. Nothing is deleted: `tobedeleted` archives, suspends or withdraws.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from time import monotonic

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from academic.oneroster.faults import FaultLog
from academic.oneroster.loading.batch import Batch
from academic.oneroster.loading.classes import load_classes
from academic.oneroster.loading.courses import load_courses
from academic.oneroster.loading.enrollments import load_enrollments
from academic.oneroster.loading.people import load_users
from academic.oneroster.loading.roles import load_roles
from academic.oneroster.loading.structure import load_academic_sessions, load_org_units
from academic.oneroster.records import RosterSet
from academic.oneroster.report import ImportReport, Progress
from academic.oneroster.sources import FileSource
from academic.oneroster.validating import read_roster
from kernel.database.engines import Timeouts
from kernel.errors import ErrorCode, FediflowError
from kernel.ids import IdFactory
from tenants.authority import system_principal
from tenants.changing import alone
from tenants.door import Transaction, driver_of, set_tenant
from tenants.model import Tenant

IMPORT_TIMEOUTS = Timeouts(statement=0.0, lock=60.0)
"""What the engine of an import is made with: a statement about all enrollments takes as long as it takes."""

_ATTEMPTS = 3
_DEADLOCK, _NOT_SERIALIZABLE, _TAKEN_MEANWHILE, _LOCK_TIMEOUT = "40P01", "40001", "23505", "55P03"
_AGAIN = frozenset({_DEADLOCK, _NOT_SERIALIZABLE, _TAKEN_MEANWHILE})
# All that `alone` is asked for elsewhere too, in the one order in which everybody takes them.
_LOCKS = ("import", "academic_sessions", "org_units")
# A killed importer's statement ends with its connection, and with it the locks. Staged rows stay in memory: the 8 MB that
# are usual for temporary tables are read and written again and again. And nothing is joined row by row: of a tenant that
# is new to the shard the statistics say it has no rows, and 50,000 people times 300,000 staged rows is hours.
_SETTINGS = (
    "client_connection_check_interval = '2s'",
    "temp_buffers = '256MB'",
    "work_mem = '64MB'",
    "enable_nestloop = off",
)


Revoke = Callable[[Mapping[int, str]], Awaitable[None]]
"""Ends the tokens of people: event ids by user id (`Revocations.revoke_users` of the tenant)."""


class ImportBlocked(FediflowError):
    """Another import of the tenant, or somebody's long transaction, held what this one needs."""

    code = ErrorCode.CONFLICT


async def import_roster(
    engine: AsyncEngine,
    *,
    tenant: Tenant,
    source: FileSource,
    dry_run: bool,
    new_id: IdFactory,
    now: datetime,
    revoke: Revoke,
    progress: Progress = lambda file, done, total: None,
) -> ImportReport:
    """Loads the set into the tenant, or with `dry_run` does the same and takes it back.

    `engine` connects to the tenant's shard as the worker, with `IMPORT_TIMEOUTS`. `revoke` ends the tokens of those who
    were suspended or whose roles changed, after the commit and before the report. A set with errors is refused: the
    report names all of them. Other imports of the tenant wait; reading goes on, and so does enrolling where nothing of
    the offering is in the set.
    """
    started = monotonic()
    roster = await asyncio.to_thread(read_roster, source)
    found = FaultLog()
    batch: Batch | None = None
    if roster.is_loadable:

        async def attempt(connection: AsyncConnection) -> Batch:
            return await _load(connection, roster, tenant, new_id, now, progress, dry_run=dry_run)

        batch = await _with_retries(engine, attempt)
        if not (dry_run or batch.faults.error_count):
            await revoke(batch.access_ended)
        found = batch.faults
    return ImportReport(
        flavour=roster.flavour,
        dry_run=dry_run,
        counts=dict(batch.counts) if batch else {},
        faults=(*roster.faults, *found.faults),
        error_count=roster.error_count + found.error_count,
        warning_count=roster.warning_count + found.warning_count,
        rows=_size(roster),
        seconds=monotonic() - started,
    )


async def _with_retries(engine: AsyncEngine, attempt: Callable[[AsyncConnection], Awaitable[Batch]]) -> Batch:
    """On a connection opened for the import and closed after it: a temporary table outlives the tenant on a pooled one."""
    for number in range(1, _ATTEMPTS + 1):
        connection = await engine.connect()
        try:
            return await attempt(connection)
        except DBAPIError as error:
            state = getattr(error.orig, "sqlstate", None)
            if state == _LOCK_TIMEOUT:
                raise ImportBlocked(
                    "somebody else is changing the same things; nothing was loaded"
                ) from error
            if state not in _AGAIN or number == _ATTEMPTS:
                raise
        finally:
            await connection.invalidate()
            await connection.close()
    raise AssertionError("the last attempt returns or raises")


async def _load(
    connection: AsyncConnection,
    roster: RosterSet,
    tenant: Tenant,
    new_id: IdFactory,
    now: datetime,
    progress: Progress,
    *,
    dry_run: bool,
) -> Batch:
    async with connection.begin() as transaction:
        for setting in _SETTINGS:
            await connection.execute(text(f"set local {setting}"))
        await connection.execute(text(set_tenant(tenant.id)))
        driver = driver_of(connection)
        tx = Transaction(connection, driver, system_principal(tenant), new_id, now)
        batch = Batch(tx, tenant.languages[0], tx.today, FaultLog(), progress, roster.wording)
        for lock in _LOCKS:
            await alone(tx, lock)
        await _load_files(batch, roster)
        if dry_run or batch.faults.error_count:
            await transaction.rollback()
    return batch


async def _load_files(batch: Batch, roster: RosterSet) -> None:
    """Every file after those it points into.

    Rows that a bulk file had the last time and has no more are left alone; ending them belongs here, before the
    enrollments, together with the stop when too much would vanish.
    """
    await load_org_units(batch, roster.orgs)
    await load_academic_sessions(batch, roster.academic_sessions)
    await load_courses(batch, roster)
    await load_classes(batch, roster)
    await load_users(batch, roster.users)
    await load_roles(batch, roster.roles)
    await load_enrollments(batch, roster.enrollments)


def _size(roster: RosterSet) -> int:
    parts = (roster.orgs, roster.academic_sessions, roster.courses, roster.classes)
    return sum(map(len, (*parts, roster.users, roster.roles, roster.enrollments)))

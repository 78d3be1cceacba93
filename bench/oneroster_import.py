"""How fast a OneRoster set is loaded: a university of 50,000 people and 300,000 enrollments, then the same set again.

`python -m bench.oneroster_import [--users N] [--enrollments N] [--json FILE]`
"""

import argparse
import asyncio
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from academic.oneroster.importing import IMPORT_TIMEOUTS, import_roster
from academic.oneroster.report import ImportReport
from academic.oneroster.sources import MemoryFiles
from academic.oneroster.validating import read_roster
from bench.roster_set import roster_set
from kernel.database.addresses import Login, parse_login
from kernel.database.engines import create_engine
from kernel.database.provision import connect_as, provision_database, provision_roles
from kernel.database.roles import DatabaseRole, random_passwords
from kernel.ids import FixedLease, IdFactory
from migrations.schema import History
from migrations.upgrade import upgrade_database
from tenants.model import Tenant, TenantId
from tests.servers import private_postgres

_CASES = ("first import", "same set again", "dry run of it", "into a second tenant")


async def _nobody_is_signed_in(_events: Mapping[int, str]) -> None:
    """There are no tokens to end here."""


async def measure(source: MemoryFiles) -> list[ImportReport]:
    """The reports of the cases.

    The last is the hardest for the planner: the shard's statistics know the first tenant and not the second.
    """
    async with private_postgres(18) as server:
        administrator = parse_login(server.admin_url)
        passwords = random_passwords()
        await provision_roles(administrator, passwords)
        address = await provision_database(administrator, "bench")
        await upgrade_database(History.SHARD, address, passwords[DatabaseRole.OWNER])
        worker = DatabaseRole.WORKER
        engine = create_engine(address, worker, passwords[worker], timeouts=IMPORT_TIMEOUTS)
        new_id = IdFactory(FixedLease(1), lambda: time.time_ns() // 1_000_000)
        reports: list[ImportReport] = []
        for case in _CASES:
            if case == _CASES[3]:
                await _analyze(Login(address, administrator.user, administrator.password))
            reports.append(
                await import_roster(
                    engine,
                    tenant=_tenant(2 if case == _CASES[3] else 1),
                    source=source,
                    dry_run=case == _CASES[2],
                    new_id=new_id,
                    now=datetime(2026, 11, 20, tzinfo=UTC),
                    revoke=_nobody_is_signed_in,
                )
            )
        await engine.dispose()
        return reports


async def _analyze(administrator: Login) -> None:
    connection = await connect_as(administrator)
    try:
        await connection.execute("analyze")
    finally:
        await connection.close()


def _tenant(number: int) -> Tenant:
    return Tenant(
        TenantId(number),
        f"bench-{number}",
        {"en": "Bench"},
        "one",
        "eu",
        "Europe/Berlin",
        ("en",),
        (),
        is_suspended=False,
    )


def main() -> None:
    """Measures, prints, writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=50_000)
    parser.add_argument("--enrollments", type=int, default=300_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    source = roster_set(users=given.users, enrollments=given.enrollments)
    started = time.monotonic()
    read_roster(source)
    reading = time.monotonic() - started
    reports = asyncio.run(measure(source))
    rows = [_row("reading and checking", "seconds", "s", reading)]
    for case, report in zip(_CASES, reports, strict=True):
        assert report.error_count == 0, report.faults[:5]
        rows.append(_row(case, "seconds", "s", report.seconds))
        rows.append(_row(case, "rows/s", "rows/s", report.rows / report.seconds))
    for row in rows:
        print(f"{row['case']:24} {row['metric']:10} {row['value']:>12,.1f} {row['unit']}")
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1))


def _row(case: str, metric: str, unit: str, value: float) -> dict[str, object]:
    return {
        "bench": "oneroster_import",
        "subject": "fediflow",
        "case": case,
        "metric": metric,
        "unit": unit,
        "value": round(value, 2),
    }


if __name__ == "__main__":
    main()

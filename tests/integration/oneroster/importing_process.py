"""A process that imports a set and says when all of it but the commit is on its way; made to be killed."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from academic.oneroster.importing import IMPORT_TIMEOUTS, import_roster
from bench.roster_set import roster_set
from kernel.database.addresses import Address
from kernel.database.engines import create_engine
from kernel.database.roles import DatabaseRole
from kernel.ids import FixedLease, IdFactory
from tests.integration.oneroster.world import tenant

_NODE = 999  # no other process of the tests makes ids as this one


async def _nobody_is_signed_in(_events: Mapping[int, str]) -> None:
    """There are no tokens to end here."""


async def run(job: dict[str, Any]) -> None:
    """Imports, and stops for ever at the last file."""
    engine = create_engine(
        Address(job["host"], job["port"], job["database"]),
        DatabaseRole.WORKER,
        job["password"],
        timeouts=IMPORT_TIMEOUTS,
        application=job["application"],
    )

    def progress(file: str, _done: int, _total: int) -> None:
        if file == "enrollments":
            os.write(1, b"at the last file\n")
            signal.pause()

    await import_roster(
        engine,
        tenant=tenant(job["tenant"]),
        source=roster_set(users=300, enrollments=900),
        dry_run=False,
        new_id=IdFactory(FixedLease(_NODE), lambda: time.time_ns() // 1_000_000),
        now=datetime.fromisoformat(job["now"]),
        revoke=_nobody_is_signed_in,
        progress=progress,
    )


if __name__ == "__main__":
    asyncio.run(run(json.load(sys.stdin)))

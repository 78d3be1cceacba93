"""A process that enrols people as the gateway would and acknowledges each on its output; made to be killed."""

import asyncio
import json
import os
import sys
import time
from typing import Any

from sqlalchemy import select

from academic.enrollments.entering import NewEnrollment, enrol
from academic.tables import enrollments
from kernel.database.addresses import Address
from kernel.database.engines import create_engine
from kernel.database.roles import DatabaseRole
from kernel.ids import FixedLease, IdFactory
from tenants.door import Door
from tenants.model import Principal, Role, Tenant, TenantId, access_of
from tests.integration.academic.world import PATIENT

_NODE = 1000  # no other process of the tests makes ids as this one


async def run(job: dict[str, Any]) -> None:
    """Enrols all of them at once, over as many connections as a process has."""
    engine = create_engine(
        Address(job["host"], job["port"], job["database"]),
        DatabaseRole.APP,
        job["password"],
        pool_size=24,
        timeouts=PATIENT,
        application=job["application"],
    )
    tenant = Tenant(
        TenantId(job["tenant"]), "t", {"en": "T"}, "one", "eu", "UTC", ("en",), (), is_suspended=False
    )
    new_id = IdFactory(FixedLease(_NODE), lambda: time.time_ns() // 1_000_000)
    door = Door({"one": engine}, new_id=new_id)

    async def one(user: int) -> None:
        async with door.write(Principal(tenant, user, access_of([Role.STUDENT]))) as tx:
            enrollment = await enrol(tx, enrollment=NewEnrollment(job["offering"]))
            state = (
                await tx.connection.execute(select(enrollments.c.state).where(enrollments.c.id == enrollment))
            ).scalar_one()
        os.write(1, f"{enrollment} {state}\n".encode())  # after the commit: this is the promise

    await asyncio.gather(*(one(user) for user in job["people"]))
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(run(json.load(sys.stdin)))

"""A worker's publisher in a process of its own, to be killed: `python -m tests.integration.posts.publishing_process`.

Reads where and as which node from one line of JSON on standard input, and publishes what is due by then, again and again.
"""

import asyncio
import json
import os
import sys
from datetime import datetime

from federation.posts.publishing import Publisher
from fediflow.processes.publishing import publish_scheduled
from kernel.database.addresses import Address
from kernel.database.engines import create_engine
from kernel.database.roles import DatabaseRole
from kernel.ids import FixedLease, IdFactory
from kernel.leases import wall_clock_ms
from tenants.directory import Directory
from tenants.door import Door


async def _main() -> None:
    facts = json.loads(sys.stdin.readline())
    shard, directory = (
        create_engine(Address(*facts[name]), DatabaseRole.WORKER, facts["password"], pool_size=2)
        for name in ("shard", "directory")
    )
    door = Door({"one": shard}, new_id=IdFactory(FixedLease(facts["node"]), wall_clock_ms))
    publisher = Publisher(door, Directory(directory).by_id, facts["public_url"])
    now = datetime.fromisoformat(facts["now"])
    os.write(sys.stdout.fileno(), b"ready\n")
    await publish_scheduled(publisher, {"one": shard}, asyncio.Event(), clock=lambda: now)


if __name__ == "__main__":
    asyncio.run(_main())

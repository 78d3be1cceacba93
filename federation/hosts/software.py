"""What other servers run and can do (their NodeInfo), asked of those we deal with: at most daily, each by one worker.

That a host is asked is written down before it is: one that does not answer is left alone for the day as well, and so is one
whose worker died. Hosts that are blocked, paused or in trouble are not asked, and our own institutions never by HTTP.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.hosts.breaker import Hosts
from federation.protocol.reading import RemoteSoftware
from federation.remote.documents import Documents
from federation.remote.failures import NotFetched
from federation.remote.nodeinfo import software_of
from kernel.database.named_sql import named_statements
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import Unavailable
from kernel.outbox.complaints import Complaint
from tenants.door import driver_of

AT_ONCE = 8
EVERY_SECONDS = 60.0
_SQL = named_statements(Path(__file__).with_suffix(".sql"))


class SoftwareSurvey:
    """Asks hosts with `documents`; `ours` is what our own institutions run, which `is_ours` tells apart."""

    def __init__(
        self,
        directory: AsyncEngine,
        documents: Documents,
        *,
        is_ours: Callable[[str], Awaitable[bool]],
        ours: RemoteSoftware,
    ) -> None:
        self._engine = directory.execution_options(isolation_level="AUTOCOMMIT")
        self._hosts = Hosts(directory)
        self._documents = documents
        self._is_ours = is_ours
        self._ours = ours

    async def follow(self) -> None:
        """Asks whoever is due until cancelled."""
        complaint = Complaint("software of hosts", {})
        while True:
            asked = 0
            try:
                asked = await self.ask_some()
                complaint.settled()
            except (*DATABASE_TROUBLE, Unavailable) as error:
                complaint.failed(error)
            if asked < AT_ONCE:
                await asyncio.sleep(EVERY_SECONDS)

    async def ask_some(self) -> int:
        """Asks up to `AT_ONCE` hosts that are due; how many were. Raises what databases raise."""
        due = [row["host"] for row in await self._fetch("due", AT_ONCE)]
        states = await self._hosts.look(due)
        await asyncio.gather(*(self._ask(host) for host in due if not states[host].is_blocked))
        return len(due)

    async def _ask(self, host: str) -> None:
        try:
            found = self._ours if await self._is_ours(host) else await software_of(self._documents, host)
        except NotFetched:
            return  # what it was the last time stays
        capabilities = {
            "protocols": found.protocols,
            "open_registrations": found.open_registrations,
            "users": found.users,
        }
        told = orjson.dumps(capabilities).decode()
        await self._fetch("learned", host, found.name, found.version or None, told)

    async def _fetch(self, name: str, *values: Any) -> list[Any]:
        async with self._engine.connect() as connection:
            rows: list[Any] = await driver_of(connection).fetch(_SQL[name], *values)
            return rows

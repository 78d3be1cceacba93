"""Which database a shard is: two installations may share a Redis, and call their shards and tenants alike."""

import asyncio
from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kernel.database.trouble import DATABASE_TROUBLE

_ASKED = text(
    "select system.system_identifier || '/' || base.oid from pg_control_system() system, pg_database base"
    " where base.datname = current_database()"
)


async def identity_of(connection: AsyncConnection) -> str:
    """The cluster's identifier and the database's; the same for whoever is connected to it."""
    async with connection.begin():
        return str((await connection.execute(_ASKED)).scalar_one())


class Identities:
    """The identities of the shards that are served. `engines` come and go."""

    def __init__(self, engines: Mapping[str, AsyncEngine]) -> None:
        self._engines = engines
        self._known: dict[AsyncEngine, str] = {}
        self._asking: dict[AsyncEngine, asyncio.Task[None]] = {}

    def of(self, shard: str) -> str | None:
        """The shard's identity; None as long as it is not known, which is found out meanwhile."""
        engine = self._engines.get(shard)
        if engine is None:
            return None
        known = self._known.get(engine)
        if known is None and engine not in self._asking:
            self._asking[engine] = asyncio.create_task(self._ask(engine))
        return known

    async def aclose(self) -> None:
        """Ends what is under way."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _ask(self, engine: AsyncEngine) -> None:
        try:
            async with engine.connect() as connection:
                self._known[engine] = await identity_of(connection)
        except DATABASE_TROUBLE:
            pass  # then nothing is kept, and the next request asks again
        finally:
            del self._asking[engine]

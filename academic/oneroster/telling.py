"""Tells an institution's administrators how an import gets on, while nothing of the import can be seen yet.

An import is one transaction, so what it says itself is heard at its end. Its progress is told on a connection of its own:
a row of the outbox at the beginning, one every second in which something moved, and one at the end. An importer that is
killed says no more. Nothing here can make an import fail.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from academic.oneroster.report import ImportReport
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.outbox.append import append
from tenants.model import TenantId

EVENT = "import.progressed"
_EVERY_SECONDS = 1.0

_log = structlog.get_logger(__name__)


class ImportTelling:
    """What is known of an import; `progress` is what `import_roster` calls, `ended` hears its report.

    `by` is the id of the person who started it; None: whoever works at the command line.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        tenant_id: TenantId,
        import_id: int,
        *,
        dry_run: bool,
        by: int | None = None,
    ) -> None:
        self._engine = engine
        self._tenant_id = tenant_id
        self._import_id = import_id
        self._always: dict[str, Any] = {"dry_run": dry_run} | ({} if by is None else {"by": by})
        self._known: dict[str, Any] = {"state": "running", **self._always}
        self._told: dict[str, Any] = {}

    def progress(self, file: str, done: int, total: int) -> None:
        """So many rows of a file are in the database's hands."""
        self._known |= {"file": file, "done": done, "total": total}

    def ended(self, report: ImportReport) -> None:
        """It is over, and this is what became of it."""
        state = "refused" if report.is_refused else "checked" if report.dry_run else "loaded"
        self._end(state)
        self._known |= {
            "rows": report.rows,
            "errors": report.error_count,
            "warnings": report.warning_count,
        }

    def failed(self) -> None:
        """It is over, and nothing was loaded."""
        self._end("failed")

    async def tell(self) -> None:
        """Tells what is new, if anything is."""
        if self._known == self._told:
            return
        known = dict(self._known)
        try:
            async with self._engine.begin() as connection:
                await append(
                    connection,
                    tenant_id=self._tenant_id,
                    event=EVENT,
                    object_type="import",
                    object_id=self._import_id,
                    payload=known,
                )
        except DATABASE_TROUBLE as error:
            _log.warning("progress of an import not told", error=type(error).__name__)
        else:
            self._told = known

    async def go_on(self) -> None:
        """Tells every second until cancelled."""
        while True:
            await self.tell()
            await asyncio.sleep(_EVERY_SECONDS)

    def _end(self, state: str) -> None:
        self._known = {"state": state, **self._always}


@asynccontextmanager
async def telling(
    engine: AsyncEngine, tenant_id: TenantId, import_id: int, *, dry_run: bool, by: int | None = None
) -> AsyncIterator[ImportTelling]:
    """Tells of an import that runs inside; `engine` connects to the tenant's shard and has a connection to spare."""
    told = ImportTelling(engine, tenant_id, import_id, dry_run=dry_run, by=by)
    going_on = asyncio.create_task(told.go_on())
    try:
        yield told
    except BaseException:
        told.failed()
        raise
    finally:
        going_on.cancel()
        await asyncio.wait([going_on])
        await told.tell()

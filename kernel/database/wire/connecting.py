"""Connects again and again while somebody waits for it: after a failure later and later, never all at once."""

import asyncio
import random
import ssl
from collections.abc import Callable
from time import monotonic

import asyncpg
import structlog

from kernel.database.wire.connection import Connection, Owner
from kernel.database.wire.errors import cause
from kernel.database.wire.parsing import ProtocolViolation
from kernel.database.wire.scram import ScramFailed
from kernel.database.wire.server import Server
from kernel.errors import Unavailable

_TROUBLE = (OSError, TimeoutError, asyncpg.PostgresError, ProtocolViolation, ScramFailed)
# What a second attempt would not change: password, user, database, certificate.
_FINAL = (
    ssl.SSLError,
    ScramFailed,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
_FIRST, _LONGEST = 0.05, 2.0  # seconds between attempts
_HICCUP = 0.25  # seconds

_log = structlog.get_logger("kernel.database.wire")


class Connector:
    """Makes connections in the background; each attempt ends with `made` or `failed`.

    A failure is a hiccup (None) until attempts have failed for a moment: nobody who waits needs to know.
    """

    def __init__(
        self,
        server: Server,
        owner: Owner,
        made: Callable[[Connection], None],
        failed: Callable[[Unavailable | None], None],
    ) -> None:
        self._server = server
        self._owner = owner
        self._made = made
        self._failed = failed
        self._attempts: set[asyncio.Task[None]] = set()
        self._delay = 0.0
        self._not_before = 0.0
        self._failing_since = 0.0

    def __len__(self) -> int:
        """The attempts under way."""
        return len(self._attempts)

    def start(self) -> None:
        """One more connection; after a failure only one attempt at a time."""
        if self._attempts and self._delay:
            return
        attempt = asyncio.get_running_loop().create_task(self._attempt())
        self._attempts.add(attempt)
        attempt.add_done_callback(self._attempts.discard)

    async def stop(self) -> None:
        """Gives up what is under way."""
        for attempt in self._attempts:
            attempt.cancel()
        await asyncio.gather(*self._attempts, return_exceptions=True)

    async def _attempt(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            await asyncio.sleep(self._not_before - monotonic())
            connection = await self._server.connect(self._owner)
        except _TROUBLE as error:
            self._attempts.discard(task)
            self._back_off()
            is_hiccup = monotonic() - self._failing_since < _HICCUP and not isinstance(error, _FINAL)
            self._failed(None if is_hiccup else self._told(error))
        else:
            self._attempts.discard(task)
            self._delay = 0.0
            self._made(connection)

    def _back_off(self) -> None:
        if not self._delay:
            self._failing_since = monotonic()
        self._delay = min(max(_FIRST, self._delay * 2), _LONGEST)
        # Many processes that lost the same server do not come back in the same moment.
        self._not_before = monotonic() + self._delay * random.uniform(0.5, 1.0)

    def _told(self, error: BaseException) -> Unavailable:
        why = cause(error)
        if isinstance(error, ssl.SSLCertVerificationError):
            why = f"its certificate is not accepted: {error.verify_message}"
        said = f"PostgreSQL at {self._server.address} cannot be reached: {why}"
        _log.warning("database unreachable", server=str(self._server.address), why=why)
        failure = Unavailable(said)
        failure.__cause__ = error
        return failure

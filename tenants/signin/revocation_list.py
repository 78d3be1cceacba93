"""Each process's memory of the recent revocations: whether a token still holds, without asking anyone."""

import asyncio
import contextlib
from collections.abc import Callable
from time import monotonic

from kernel.cache import Cache, CacheAway, wait_before_listening_again
from kernel.errors import Unavailable
from tenants.signin.revocations import CHANNEL, MEMORY, RevocationKind, Revocations

POLL_SECONDS = 5.0
BLIND_SECONDS = 60.0
_MEMORY_SECONDS = MEMORY.total_seconds()


class RevocationList:
    """The recent revocations in memory. Without having read the directory for a minute it refuses every token."""

    def __init__(
        self,
        revocations: Revocations,
        cache: Cache,
        *,
        now: Callable[[], float] = monotonic,
        poll_seconds: float = POLL_SECONDS,
        tenant_changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._revocations = revocations
        self._cache = cache
        self._now = now
        self._poll_seconds = poll_seconds
        self._tenant_changed = tenant_changed
        self._ended: dict[tuple[int, RevocationKind, int], tuple[int, float]] = {}
        self._floor = 0
        self._position = -1
        self._read_at: float | None = None
        self._reading: asyncio.Task[None] | None = None
        self._queued: asyncio.Task[None] | None = None
        revocations.tell(self.read)

    @property
    def position(self) -> int:
        """How far this list has read: what is read from a database after asking is at least as new."""
        return self._position

    @property
    def has_sight(self) -> bool:
        """Whether the list was read within the last minute."""
        return self._read_at is not None and self._now() - self._read_at <= BLIND_SECONDS

    def require_sight(self) -> None:
        """Raises `Unavailable` when the list could not be read for a minute: no token can be trusted then."""
        if not self.has_sight:
            raise Unavailable("tokens cannot be checked now; try again in a moment")

    def is_revoked(
        self,
        *,
        tenant_id: int,
        user_id: int,
        session_id: int | None,
        token_id: int | None,
        position: int,
    ) -> bool:
        """Whether something ended a token that was made at `position`."""
        self.require_sight()
        if position < self._floor:  # so old that what may have ended it is forgotten
            return True
        if position >= self._position:  # nothing happened since: by far the most frequent case
            return False
        subjects = (
            (RevocationKind.TENANT, tenant_id),
            (RevocationKind.USER, user_id),
            (RevocationKind.SESSION, session_id),
            (RevocationKind.TOKEN, token_id),
        )
        ends = (self._ended.get((tenant_id, kind, subject or 0)) for kind, subject in subjects)
        return any(end is not None and end[0] > position for end in ends)

    async def read(self) -> None:
        """Reads what is new, beginning after this call. Raises `Unavailable` when it cannot."""
        # One under way may have missed what the caller has just written, so the next one is shared and not this one.
        if self._queued is None:
            self._queued = asyncio.create_task(self._read_after(self._reading))
            self._queued.add_done_callback(_seen)
        await asyncio.shield(self._queued)

    async def follow(self) -> None:
        """Keeps the list up to date until cancelled: every five seconds, and at once when Redis says so."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._poll())
            if self._cache.is_configured:
                tasks.create_task(self._listen())

    async def _poll(self) -> None:
        while True:
            with contextlib.suppress(Unavailable):  # `require_sight` refuses when this lasts
                await self.read()
            await asyncio.sleep(self._poll_seconds)

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(CacheAway):
                async with contextlib.aclosing(self._cache.listen(CHANNEL)) as messages:
                    async for _ in messages:
                        with contextlib.suppress(Unavailable):
                            await self.read()
            await wait_before_listening_again()

    async def _read_after(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        self._reading, self._queued = self._queued, None
        await self._read()

    async def _read(self) -> None:
        began = self._now()
        if self._read_at is None:
            self._floor, found = await self._revocations.recent()
            self._position = max(self._position, self._floor)
        else:
            found = await self._revocations.since(self._position)
        for revocation in found:
            key = (revocation.tenant_id, revocation.kind, revocation.subject_id)
            self._ended[key] = (revocation.position, began)
            self._position = revocation.position
        self._read_at = began
        self._forget(began)
        if any(revocation.kind is RevocationKind.TENANT for revocation in found):
            self._tenant_changed()

    def _forget(self, now: float) -> None:
        old = [key for key, (_, at) in self._ended.items() if now - at > _MEMORY_SECONDS]
        for key in old:
            position, _ = self._ended.pop(key)
            self._floor = max(self._floor, position)


def _seen(task: asyncio.Task[None]) -> None:
    """Takes note of a failure that nobody waits for any more, so that asyncio does not report it as lost."""
    if not task.cancelled():
        task.exception()

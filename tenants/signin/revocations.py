"""Taking back what tokens say: numbered rows of the directory, told to every process.

A token carries the position read before its roles were; a revocation of a higher position ends it. No two clocks are
compared: the row lock on the one `revocation_clock` row makes the order of positions the order of commits.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kernel.cache import Cache
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import Unavailable
from tenants.door import Transaction
from tenants.signin.sessions import LIFETIME as SESSION_LIFETIME
from tenants.tables import revocation_clock, revocations

EVENT = "access.revoked"
CHANNEL = "fediflow:revocations"
DIRECTORY_SECONDS = 5.0
# No token is remembered, or lives, for more than 15 minutes; what is older than this ended nothing that still lives.
MEMORY = timedelta(minutes=30)
# A reused refresh token ends its session by a row here and nowhere else: rows outlive the longest session.
KEPT_FOR = SESSION_LIFETIME + timedelta(days=1)


class RevocationKind(StrEnum):
    """Whose tokens end."""

    TENANT = "tenant"
    USER = "user"
    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a kind, not a secret


@dataclass(frozen=True, slots=True)
class Revocation:
    """From `position` on, no older token of this subject holds."""

    position: int
    tenant_id: int
    kind: RevocationKind
    subject_id: int


class Revocations:
    """Writes and reads the directory's list of revocations."""

    def __init__(self, engine: AsyncEngine, cache: Cache) -> None:
        self._engine = engine
        self._cache = cache
        self._followers: list[Callable[[], Awaitable[None]]] = []

    async def revoke(self, *, tenant_id: int, kind: RevocationKind, subject_id: int, event_id: str) -> None:
        """Ends the subject's tokens, in every process that can be reached at once and in this one. Safe to repeat."""
        async with directory_answers(), self._engine.begin() as connection:
            written = await write_revocation(
                connection, tenant_id=tenant_id, kind=kind, subject_id=subject_id, event_id=event_id
            )
        if written:
            await self.spread(event_id)

    async def revoke_users(self, tenant_id: int, events: Mapping[int, str]) -> None:
        """Ends the tokens of many people at once: event ids by user id. Safe to repeat."""
        if not events:
            return
        tick = update(revocation_clock).values(position=revocation_clock.c.position + len(events))
        async with directory_answers(), self._engine.begin() as connection:
            last = (await connection.execute(tick.returning(revocation_clock.c.position))).scalar_one()
            rows = [
                {
                    "position": position,
                    "tenant_id": tenant_id,
                    "kind": RevocationKind.USER.value,
                    "subject_id": user_id,
                    "event_id": event_id,
                }
                for position, (user_id, event_id) in enumerate(events.items(), start=last - len(events) + 1)
            ]
            await connection.execute(
                insert(revocations).on_conflict_do_nothing(index_elements=["event_id"]), rows
            )
        await self.spread(next(iter(events.values())))

    async def spread(self, event_id: str) -> None:
        """Tells every process that can be reached at once, and this one, what was written and committed."""
        await self._cache.publish(CHANNEL, event_id)
        for follower in self._followers:
            with contextlib.suppress(Unavailable):  # written it is, and every list reads again within seconds
                await follower()

    async def position(self) -> int:
        """The position of the last revocation: read it before the roles that a token will carry."""
        async with directory_answers(), self._engine.connect() as connection:
            return int((await connection.execute(select(revocation_clock.c.position))).scalar_one())

    async def standing(self, event_id: str) -> tuple[int, bool]:
        """The position of the last revocation, and whether this event is among them."""
        known = exists().where(revocations.c.event_id == event_id)
        query = select(revocation_clock.c.position, known.label("known"))
        async with directory_answers(), self._engine.connect() as connection:
            row = (await connection.execute(query)).one()
        return int(row.position), bool(row.known)

    async def recent(self) -> tuple[int, list[Revocation]]:
        """The revocations that may still matter, and the position up to which they do not."""
        recent = revocations.c.created_at > func.now() - MEMORY
        floor = select(func.coalesce(func.max(revocations.c.position), 0)).where(~recent)
        async with directory_answers(), self._engine.connect() as connection:
            position = int((await connection.execute(floor)).scalar_one())
        return position, await self.since(position)

    async def since(self, position: int) -> list[Revocation]:
        """The revocations after a position, in order."""
        columns = (
            revocations.c.position,
            revocations.c.tenant_id,
            revocations.c.kind,
            revocations.c.subject_id,
        )
        query = select(*columns).where(revocations.c.position > position).order_by(revocations.c.position)
        async with directory_answers(), self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [
            Revocation(row.position, row.tenant_id, RevocationKind(row.kind), row.subject_id) for row in rows
        ]

    async def sweep(self) -> int:
        """Deletes the rows that no session can depend on any more (as the worker); how many there were."""
        old = delete(revocations).where(revocations.c.created_at < func.now() - KEPT_FOR)
        async with directory_answers(), self._engine.begin() as connection:
            return (await connection.execute(old)).rowcount

    def tell(self, follower: Callable[[], Awaitable[None]]) -> None:
        """Calls `follower` as soon as this process revoked something, before `revoke` returns."""
        self._followers.append(follower)


async def write_revocation(
    connection: AsyncConnection, *, tenant_id: int, kind: RevocationKind, subject_id: int, event_id: str
) -> bool:
    """Ends the subject's tokens with the directory's transaction under way; False when this event had done so before.

    The clock's row stays locked until the commit, so positions become visible in order. `Revocations.spread` comes after
    the commit.
    """
    known = select(revocations.c.position).where(revocations.c.event_id == event_id)
    if (await connection.execute(known)).first() is not None:
        return False
    tick = update(revocation_clock).values(position=revocation_clock.c.position + 1)
    position = (await connection.execute(tick.returning(revocation_clock.c.position))).scalar_one()
    row = {
        "position": position,
        "tenant_id": tenant_id,
        "kind": kind.value,
        "subject_id": subject_id,
        "event_id": event_id,
    }
    await connection.execute(
        insert(revocations).values(row).on_conflict_do_nothing(index_elements=["event_id"])
    )
    return True


@contextlib.asynccontextmanager
async def directory_answers() -> AsyncIterator[None]:
    """Turns a directory that cannot be asked, or not in time, into `Unavailable`."""
    try:
        async with asyncio.timeout(DIRECTORY_SECONDS):
            yield
    except DATABASE_TROUBLE as error:
        raise Unavailable("the directory does not answer") from error


async def revoke_after_commit(
    tx: Transaction, revocations: Revocations, *, kind: RevocationKind, subject_id: int
) -> None:
    """Ends the subject's tokens when `tx` is committed and before its caller goes on.

    The same event is an outbox row, so a process that dies between the two loses nothing (`tenants.signin.consumer`).
    """
    event_id = str(tx.new_id())
    await tx.announce(EVENT, kind.value, subject_id, kind=kind.value, event_id=event_id)
    tx.after_commit.append(
        partial(
            revocations.revoke,
            tenant_id=tx.tenant_id,
            kind=kind,
            subject_id=subject_id,
            event_id=event_id,
        )
    )

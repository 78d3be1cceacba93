"""Keys of other servers' actors as the directory keeps them, for every process of the platform."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import DateTime, Text, and_, bindparam, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql import Executable

from federation.protocol.reading import RemoteKey
from federation.protocol.vocabulary import KeyKind
from federation.signatures import PublicKey, public_key_from_multibase, public_key_from_pem
from federation.tables.hosts import remote_keys
from kernel.database.compiled import Compiled, Row
from tenants.door import driver_of

FIRST_PAUSE = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key, who owns it, and when its owner was last asked."""

    address: str
    owner: str
    key: PublicKey
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """There was no such key; not to be asked for before `until`."""

    why: str
    until: datetime
    pause: timedelta


def read_public_key(text: str) -> PublicKey:
    """The key of a stored or received text; raises `SignatureRefused`."""
    return public_key_from_pem(text) if "-----BEGIN" in text else public_key_from_multibase(text)


class KeyRows:
    """Reads and writes the table."""

    def __init__(self, directory: AsyncEngine) -> None:
        self._directory = directory.execution_options(isolation_level="AUTOCOMMIT")

    async def find(self, address: str) -> KnownKey | KnownFailure | None:
        """What is known of a key."""
        found = await self._rows(_FIND, key=address)
        return _known(found[0]) if found else None

    async def knows_actor(self, key_address: str, actor: str) -> bool:
        """Whether a key of the actor is known: then it was seen here before."""
        return bool(await self._rows(_KNOWS, key=key_address, owner=actor))

    async def keep(self, keys: Sequence[RemoteKey], algorithms: Sequence[str], now: datetime) -> None:
        """Keeps an actor's keys as they are now."""
        for key, algorithm in zip(keys, algorithms, strict=True):
            await self._rows(
                _KEEP, key=key.id, owner=key.owner, algorithm=algorithm, value=_text_of(key), now=now
            )

    async def keep_failure(self, address: str, why: str, before: KnownFailure | None, now: datetime) -> None:
        """Remembers that there was no such key, longer each time. A key that is known stays as it is."""
        pause = FIRST_PAUSE if before is None else min(2 * before.pause, LONGEST_PAUSE)
        await self._rows(_KEEP_FAILURE, key=address, why=why, now=now, until=now + pause)

    async def _rows(self, statement: Compiled, **values: Any) -> list[Row]:
        async with self._directory.connect() as connection:
            return await statement.rows(driver_of(connection), **values)


def _text_of(key: RemoteKey) -> str:
    assert key.kind in (KeyKind.PEM, KeyKind.MULTIKEY)
    return key.value


def _known(row: Row) -> KnownKey | KnownFailure:
    if row["public_key"] is not None:
        return KnownKey(
            row["key_address"], row["owner_address"], read_public_key(row["public_key"]), row["fetched_at"]
        )
    until = row["failed_until"] or row["fetched_at"]
    return KnownFailure(row["failure"] or "unknown", until, until - row["fetched_at"])


def _given(name: str, type_: Any = Text) -> Any:
    return bindparam(name, type_=type_)


_MOMENT = DateTime(timezone=True)
_key = remote_keys.c

_FIND = Compiled(select(remote_keys).where(_key.key_address == _given("key")))
_KNOWS = Compiled(
    select(_key.key_address)
    .where(
        and_(
            or_(_key.key_address == _given("key"), _key.owner_address == _given("owner")),
            _key.public_key.is_not(None),
        )
    )
    .limit(1)
)


def _keeping() -> Executable:
    given = insert(remote_keys).values(
        key_address=_given("key"),
        owner_address=_given("owner"),
        algorithm=_given("algorithm"),
        public_key=_given("value"),
        fetched_at=_given("now", _MOMENT),
        failed_until=None,
        failure=None,
    )
    names = ("owner_address", "algorithm", "public_key", "fetched_at", "failed_until", "failure")
    return given.on_conflict_do_update(
        index_elements=[_key.key_address], set_={name: given.excluded[name] for name in names}
    )


def _keeping_failure() -> Executable:
    given = insert(remote_keys).values(
        key_address=_given("key"),
        fetched_at=_given("now", _MOMENT),
        failed_until=_given("until", _MOMENT),
        failure=_given("why"),
    )
    return given.on_conflict_do_update(
        index_elements=[_key.key_address],
        set_={name: given.excluded[name] for name in ("fetched_at", "failed_until", "failure")},
        where=_key.public_key.is_(None),
    )


_KEEP = Compiled(_keeping())
_KEEP_FAILURE = Compiled(_keeping_failure())

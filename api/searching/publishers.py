"""Whether what institutions published still stands: the shard of each is asked, before others are shown it.

Rows of other institutions are read by nobody here, so what was found is not read again as one's own is. Instead, what changed
since it was indexed is left out. An index hears of a change some time after the engine was asked, and before the publishers of
what it found are: so it counts as not heard of if it came after the position that was known before.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import monotonic

from kernel.database.trouble import DATABASE_TROUBLE
from kernel.database.wire.client import Statement
from kernel.errors import Unavailable
from search.indexing.waiting import Waiting, read_waiting, waiting_statement
from search.model import Reference
from search.standing import heard_statement
from tenants.directory import Directory
from tenants.model import Tenant
from tenants.readers import Readers

_PATIENCE = 1.0  # seconds for a shard
_REMEMBERED = 1.0  # seconds: answers of that age are shown again


@dataclass(frozen=True, slots=True)
class Heard:
    """Up to which position the index of each known shard has heard of changes; None: that shard does not answer, or
    has another engine's index."""

    positions: Mapping[str, int | None]

    @property
    def version(self) -> str:
        """Another one once any of them heard more."""
        return repr(sorted(self.positions.items()))


@dataclass(frozen=True, slots=True)
class Checked:
    """What may be shown of publishers' documents no more: what `waits`, and all of those who are `unknown`."""

    waits: frozenset[Reference]
    unknown: frozenset[str]  # slugs
    known: Mapping[str, Tenant]  # by slug, those that publish at all: not suspended, not gone
    is_new: bool  # a shard was met that nobody had asked before: what `Publishers.heard` says from now on knows it


class Publishers:
    """Asks the shards of publishers. One per process."""

    def __init__(self, readers: Readers, directory: Directory, engine: str) -> None:
        """`engine` is the name of the one that is asked."""
        self._engine = engine
        self._readers = readers
        self._directory = directory
        self._one_of: dict[str, Tenant] = {}  # by shard: rows are read in the name of an institution alone
        self._heard = Heard({})
        self._until = 0.0

    async def heard(self, asker: Tenant) -> Heard:
        """How far the indexes have heard, at most a second ago; to be asked before an engine is."""
        self._one_of.setdefault(asker.shard, asker)
        if monotonic() >= self._until or not self._one_of.keys() <= self._heard.positions.keys():
            some = list(self._one_of.values())
            found = await asyncio.gather(*(self._text(one, heard_statement(self._engine)) for one in some))
            positions = {
                one.shard: None if text is None else int(text) for one, text in zip(some, found, strict=True)
            }
            self._heard, self._until = Heard(positions), monotonic() + _REMEMBERED
        return self._heard

    async def checked(self, slugs: Iterable[str], heard: Heard) -> Checked:
        """What of these institutions may not be shown, of what an engine said after `heard`."""
        names = sorted(set(slugs))
        tenants = dict(zip(names, await asyncio.gather(*map(self._tenant, names)), strict=True))
        new = [one for one in tenants.values() if one is not None and one.shard not in heard.positions]
        self._one_of |= {one.shard: one for one in new}
        waits = await asyncio.gather(*(self._waiting(one, heard) for one in tenants.values()))
        return Checked(
            frozenset().union(*(one.references for one in waits if one is not None)),
            frozenset(
                name for name, one in zip(names, waits, strict=True) if one is None or not one.is_complete
            ),
            {name: one for name, one in tenants.items() if one is not None},
            bool(new),
        )

    async def _tenant(self, slug: str) -> Tenant | None:
        try:
            found = await self._directory.by_slug(slug)
        except Unavailable:
            return None
        return None if found is None or found.is_suspended else found

    async def _waiting(self, tenant: Tenant | None, heard: Heard) -> Waiting | None:
        since = heard.positions.get(tenant.shard) if tenant is not None else None
        if tenant is None or since is None:
            return None
        text = await self._text(tenant, waiting_statement(tenant.id, since=since))
        return None if text is None else read_waiting(text)

    async def _text(self, tenant: Tenant, statement: Statement) -> bytes | None:
        """What the institution's shard says; None where it does not."""
        try:
            async with asyncio.timeout(_PATIENCE):
                return (await self._readers.fetch(tenant, [statement]))[0]
        except (*DATABASE_TROUBLE, Unavailable):
            return None

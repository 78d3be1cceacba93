"""An engine that keeps documents in dictionaries: what indexing is tested with where no engine's own manners matter.

It stores, lists, builds and swaps as `search.engine` says; it finds by audience and kind alone, knows no words, and may be told
to be away or to refuse documents.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from search.engine import NoIndex, SearchUnavailable, digest
from search.model import (
    Answer,
    Audience,
    Changes,
    Collection,
    Document,
    Hit,
    Institution,
    Prefix,
    Published,
    Put,
    Query,
    Reference,
    Refused,
    Stored,
    Suggestion,
)

Key = tuple[str, int | None]


def key_of(collection: Collection) -> Key:
    """A set of documents."""
    match collection:
        case Institution(tenant):
            return "institution", tenant.id
        case Published(publisher):
            return "published", None if publisher is None else publisher.id


@dataclass(slots=True)
class Shelves:
    """One index: by set and reference what is there now (None: removed), and since which version."""

    documents: dict[Key, dict[Reference, tuple[int, Document | None]]] = field(default_factory=dict)

    def of(self, collection: Collection) -> Mapping[Reference, tuple[int, Document]]:
        """What is there."""
        found = self.documents.get(key_of(collection), {})
        return {
            one: (version, document) for one, (version, document) in found.items() if document is not None
        }


class MemoryEngine:
    """An index that answers. `unfit` says which documents it can never take; `gate` holds up what is stored."""

    def __init__(self) -> None:
        self.shelves = Shelves()
        self.building: MemoryBuilding | None = None
        self.is_away = False
        self.has_index = True
        self.unfit: Callable[[Document], bool] = lambda _document: False
        self.gate: asyncio.Event | None = None
        self.stores = 0

    async def store(self, collection: Collection, changes: Changes) -> Sequence[Refused]:
        self._answer()
        shelves = self.shelves
        if self.gate is not None:
            await self.gate.wait()
        self.stores += 1
        return put(shelves, collection, changes, self.unfit)

    async def forget(self, collection: Collection) -> None:
        self._answer()
        self.shelves.documents.pop(key_of(collection), None)

    async def search(self, collection: Collection, query: Query, audience: Audience) -> Answer:
        self._answer()
        found = [
            Hit(reference, 1.0, (reference.id,))
            for reference, (_, one) in sorted(self.shelves.of(collection).items())
            if one.audience & audience.tokens
            and not one.audience & audience.without
            and reference not in query.without
            and (not query.kinds or reference.kind in query.kinds)
        ]
        return Answer(tuple(found[: query.first]), len(found), True, len(found) > query.first)

    async def suggest(
        self, collection: Collection, prefix: Prefix, audience: Audience
    ) -> Sequence[Suggestion]:
        self._answer()
        return ()

    async def listed(
        self, collection: Collection, *, after: Reference | None, limit: int
    ) -> Sequence[Stored]:
        self._answer()
        found = sorted(self.shelves.of(collection).items())
        return [
            Stored(reference, version, digest(document))
            for reference, (version, document) in found
            if after is None or reference > after
        ][:limit]

    async def build(self) -> "MemoryBuilding":
        if self.is_away:
            raise SearchUnavailable("the engine is away")
        self.building = MemoryBuilding(self)
        return self.building

    async def prepare(self) -> None:
        self._answer()

    async def refresh(self) -> None:
        self._answer()

    async def aclose(self) -> None:
        return

    def _answer(self) -> None:
        if self.is_away:
            raise SearchUnavailable("the engine is away")
        if not self.has_index:
            raise NoIndex("the engine has no index")


class MemoryBuilding:
    """An index beside it."""

    def __init__(self, engine: MemoryEngine) -> None:
        self._engine = engine
        self.shelves = Shelves()
        self.is_abandoned = False
        self.before_finish: Callable[[], None] = lambda: None

    async def store(self, collection: Collection, changes: Changes) -> Sequence[Refused]:
        if self._engine.is_away:
            raise SearchUnavailable("the engine is away")
        return put(self.shelves, collection, changes, self._engine.unfit)

    async def forget(self, collection: Collection) -> None:
        self.shelves.documents.pop(key_of(collection), None)

    async def finish(self) -> None:
        self.before_finish()
        self._engine.shelves = self.shelves
        self._engine.has_index = True

    async def abandon(self) -> None:
        self.is_abandoned = True


def put(
    shelves: Shelves, collection: Collection, changes: Changes, unfit: Callable[[Document], bool]
) -> Sequence[Refused]:
    shelf = shelves.documents.setdefault(key_of(collection), {})
    refused = []
    for change in changes:
        document = change.document if isinstance(change, Put) else None
        if document is not None and unfit(document):
            refused.append(Refused(change.reference, "it does not fit"))
        elif shelf.get(change.reference, (-1, None))[0] <= change.version:
            shelf[change.reference] = (change.version, document)
    return refused

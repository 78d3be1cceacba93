"""An institution's documents in an engine, and short ways to put them there and to ask for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from search.engine import Engine, Index
from search.model import (
    Answer,
    Audience,
    Change,
    Collection,
    Document,
    Institution,
    Kind,
    Prefix,
    Published,
    Put,
    Query,
    Reference,
    Refused,
    Remove,
    Stored,
    Suggestion,
)
from tenants.model import Tenant

MEMBERS = "members"
PUBLIC = "public"


def course(
    id_: int, title: str | Mapping[str, str], text: str | Mapping[str, str] = "", **more: Any
) -> Document:
    """A course for members; a text without a language is English."""
    return document(Reference(Kind.COURSE, id_), title, text, **more)


def document(
    reference: Reference, title: str | Mapping[str, str], text: str | Mapping[str, str] = "", **more: Any
) -> Document:
    """A document for members; a text without a language is English."""
    more["audience"] = frozenset(more.get("audience", {MEMBERS}))
    return Document(reference, _tagged(title), _tagged(text), **more)


def _tagged(text: str | Mapping[str, str]) -> Mapping[str, str]:
    if isinstance(text, str):
        return {"en": text} if text else {}
    return text


def ref(id_: int, kind: Kind = Kind.COURSE) -> Reference:
    """A course's, unless another kind is given."""
    return Reference(kind, id_)


def ids(answer: Answer) -> list[int]:
    """Of the hits, in their order."""
    return [hit.reference.id for hit in answer.hits]


def audience(*tokens: str, without: Sequence[str] = ()) -> Audience:
    """Who holds these tokens; a member, if none are given."""
    return Audience(frozenset(tokens or {MEMBERS}), frozenset(without))


@dataclass(frozen=True, slots=True)
class Shelf:
    """One institution's documents."""

    engine: Engine
    tenant: Tenant

    @property
    def collection(self) -> Collection:
        """Its own documents."""
        return Institution(self.tenant)

    @property
    def publishing(self) -> Collection:
        """What it publishes to others."""
        return Published(self.tenant)

    async def put(self, *documents: Document, version: int = 1, published: bool = False) -> None:
        """Stores them all, so that they are found."""
        collection = self.publishing if published else self.collection
        refused = await self.engine.store(collection, [Put(one, version) for one in documents])
        assert list(refused) == []
        await self.engine.refresh()

    async def store(self, *changes: Change) -> Sequence[Refused]:
        """Stores changes and waits until they are found."""
        refused = await self.engine.store(self.collection, changes)
        await self.engine.refresh()
        return refused

    async def remove(self, *references: Reference, version: int) -> None:
        """Removes what is there."""
        assert not await self.store(*(Remove(one, version) for one in references))

    async def ask(
        self, text: str = "", *, reader: Audience | None = None, language: str = "en", **asked: Any
    ) -> Answer:
        """An answer; whoever does not say who reads is a member, and searches in English."""
        asked.setdefault("languages", (language,))
        return await self.engine.search(self.collection, Query(text=text, **asked), reader or audience())

    async def found(self, text: str = "", **asked: Any) -> list[int]:
        """The ids of the first page."""
        return ids(await self.ask(text, **asked))

    async def suggested(
        self, text: str, *, reader: Audience | None = None, language: str = "en", **asked: Any
    ) -> list[Suggestion]:
        """What goes on like the text."""
        asked.setdefault("languages", (language,))
        prefix = Prefix(text, **asked)
        return list(await self.engine.suggest(self.collection, prefix, reader or audience()))

    async def listed(self, *, limit: int = 100) -> list[Stored]:
        """All that is stored, page by page."""
        return await listed(self.engine, self.collection, limit=limit)


async def listed(engine: Engine, collection: Collection, *, limit: int = 100) -> list[Stored]:
    """All that is stored of a collection, page by page."""
    found: list[Stored] = []
    after = None
    while page := await engine.listed(collection, after=after, limit=limit):
        assert len(page) <= limit
        found += page
        after = page[-1].reference
    return found


async def fill(index: Index, collection: Collection, *documents: Document, version: int = 1) -> None:
    """Stores documents in an index that is being built, or in an engine."""
    assert not await index.store(collection, [Put(one, version) for one in documents])


async def pages(
    shelf: Shelf, text: str = "", *, reader: Audience | None = None, **asked: Any
) -> list[Answer]:
    """Every page of a search, by the cursors of their last hits."""
    found: list[Answer] = []
    cursor = None
    while True:
        found.append(await shelf.ask(text, reader=reader, after=cursor, **asked))
        if not found[-1].has_next:
            return found
        assert found[-1].hits, "there is more, but the page is empty"
        cursor = found[-1].hits[-1].cursor
        assert len(found) <= 200, "the pages never end"

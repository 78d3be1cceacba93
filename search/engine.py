"""What an engine must do. `tests/integration/search` holds every engine to it by one conformance suite."""

import hashlib
from collections.abc import Sequence
from dataclasses import fields
from typing import Protocol

import orjson

from kernel.errors import Unavailable
from search.model import (
    Answer,
    Audience,
    Changes,
    Collection,
    Document,
    Prefix,
    Query,
    Reference,
    Refused,
    Stored,
    Suggestion,
)


class SearchUnavailable(Unavailable):
    """The search engine does not answer, refuses, or has no index; everything else goes on."""


class NoIndex(SearchUnavailable):
    """The engine answers, and has no index, or not any more: building one is all that helps."""


class Index(Protocol):
    """An index that documents are written to: the one that answers, or one that is being built beside it."""

    async def store(self, collection: Collection, changes: Changes) -> Sequence[Refused]:
        """Takes the changes, or passes over those that are older than what it has; returns what it can never take.

        When it returns, nothing of it is lost. Raises `SearchUnavailable`: any part may have been taken, and may be given
        again.
        """
        ...

    async def forget(self, collection: Collection) -> None:
        """Removes all documents of an institution (of a `Published`, those of its publisher)."""
        ...


class Building(Index, Protocol):
    """An index that is built beside the one that answers."""

    async def finish(self) -> None:
        """Answers from now on, instead of the other one, which is dropped. No query meets both, or neither."""
        ...

    async def abandon(self) -> None:
        """Is dropped; nothing has changed."""
        ...


class Engine(Index, Protocol):
    """Finds documents. All of its methods raise `SearchUnavailable` within its deadline."""

    async def search(self, collection: Collection, query: Query, audience: Audience) -> Answer:
        """The page of hits that the audience may find, with total, facets and spelling of nothing else."""
        ...

    async def suggest(
        self, collection: Collection, prefix: Prefix, audience: Audience
    ) -> Sequence[Suggestion]:
        """The most popular documents that go on so, each once."""
        ...

    async def listed(
        self, collection: Collection, *, after: Reference | None, limit: int
    ) -> Sequence[Stored]:
        """What is stored, in order of references."""
        ...

    async def build(self) -> Building:
        """A new, empty index beside the one that answers. What an interrupted building left is dropped."""
        ...

    async def prepare(self) -> None:
        """Makes what the engine needs before anything is stored, where it is not there; may be called at any time."""
        ...

    async def refresh(self) -> None:
        """Returns when all that was stored before is found."""
        ...

    async def aclose(self) -> None:
        """Closes its connections."""
        ...


def digest(document: Document) -> str:
    """Stands for all of a document's content."""
    content = {one.name: getattr(document, one.name) for one in fields(document)}
    text = orjson.dumps(
        content, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=lambda value: sorted(value)
    )
    return hashlib.blake2b(text, digest_size=12).hexdigest()

"""Answers to frequent queries of everybody, kept under the version of the index that they were given by.

Only what anybody or any member of the institution asks alike is kept: who finds more, or less, is asked for anew. Nothing that
was withdrawn comes back: what changed since it was indexed is part of the query (`without`), and once the index has it, the
version is another one. What was found is read again under row-level security, as ever. Of what institutions publish it is asked
after every answer, also a remembered one, what was withdrawn since its version.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

import orjson

from search.audiences import MEMBERS, PUBLIC
from search.engine import Engine
from search.model import Answer, Audience, Collection, Institution, Query

_MOST = 500
_LARGEST_PAGE = 25
_SECONDS = 30.0
# What others than those whose documents are on the page changed is counted so late.
_PUBLISHED_SECONDS = 1.0
_OF_MANY = frozenset({PUBLIC, MEMBERS})


class RememberedAnswers:
    """Asks an engine, or remembers what it said. One per process."""

    def __init__(self, engine: Engine, *, now: Callable[[], float] = monotonic, most: int = _MOST) -> None:
        self._engine = engine
        self._now = now
        self._most = most
        self._answers: OrderedDict[bytes, tuple[float, Answer]] = OrderedDict()
        self.hits = 0
        self.misses = 0

    async def search(
        self, collection: Collection, query: Query, audience: Audience, version: str | None
    ) -> Answer:
        """What the engine says, or said under this version of the index; None: that is not known."""
        if (
            version is None
            or not audience.tokens <= _OF_MANY
            or audience.without
            or query.first > _LARGEST_PAGE
        ):
            return await self._engine.search(collection, query, audience)
        key = _key(collection, query, audience, version)
        kept = self._answers.get(key)
        if kept is not None and kept[0] > self._now():
            self.hits += 1
            self._answers.move_to_end(key)
            return kept[1]
        self.misses += 1
        seconds = _SECONDS if isinstance(collection, Institution) else _PUBLISHED_SECONDS
        until = self._now() + seconds
        answer = await self._engine.search(collection, query, audience)
        self._answers[key] = (until, answer)
        self._answers.move_to_end(key)
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)
        return answer


def _key(collection: Collection, query: Query, audience: Audience, version: str) -> bytes:
    of = collection.tenant.id if isinstance(collection, Institution) else None
    said = orjson.dumps(
        [of, version, sorted(audience.tokens), query],
        option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS,
        default=lambda value: sorted(value),
    )
    return hashlib.blake2b(said, digest_size=16).digest()

"""The engine in OpenSearch 2.4 or newer, with the analysis plugins that are there."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from search.engine import NoIndex
from search.model import (
    Answer,
    Audience,
    Changes,
    Collection,
    Prefix,
    Query,
    Reference,
    Refused,
    Stored,
    Suggestion,
)
from search.opensearch import spelling
from search.opensearch.analysis import Json
from search.opensearch.client import Client, Declined
from search.opensearch.documents import reference_of
from search.opensearch.indices import Indices, OpenSearchBuilding
from search.opensearch.ordering import Place, place, unknown_cursor
from search.opensearch.scope import Scoped, aliases, owner, scoped
from search.opensearch.searching import Asked, asked
from search.opensearch.snapshots import Snapshots
from search.opensearch.storing import Store
from search.opensearch.suggesting import suggesting, suggestion
from search.opensearch.wording import Wording

_QUERY_SECONDS = 2.0
_WRITE_SECONDS = 30.0
_ROUNDS = 4  # of looking for a page of which some is gone by now


class OpenSearchEngine:
    """As `search.engine.Engine`. Nothing is connected before the first request, so a process starts without it."""

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "fediflow",
        timeout: float = _QUERY_SECONDS,
        write_timeout: float = _WRITE_SECONDS,
        ca_file: str | None = None,
        shards: int = 1,
    ) -> None:
        """`url` may hold user and password; `prefix` begins the names of all that is made there.

        Seconds are of one request with all its tries. `shards` counts for indexes that are made from now on.
        """
        self._client = Client(url, timeout=timeout, write_timeout=write_timeout, ca_file=ca_file)
        self._names = aliases(prefix)
        self._indices = Indices(self._client, self._names, shards=shards)
        self._store = Store(self._client, self._names)
        self._snapshots = Snapshots(self._client)

    async def search(self, collection: Collection, query: Query, audience: Audience) -> Answer:
        """As `Engine.search`. Raises `InvalidInput` for a cursor of another search."""
        try:
            async with asyncio.timeout(self._client.timeout):
                return await self._answered(asked(collection, query), audience)
        except TimeoutError as error:
            raise self._client.unavailable(f"no answer within {self._client.timeout:g} s") from error

    async def suggest(
        self, collection: Collection, prefix: Prefix, audience: Audience
    ) -> Sequence[Suggestion]:
        """As `Engine.suggest`."""
        body = suggesting(prefix)
        if body is None:
            return ()
        found = await self._read(scoped(self._names, collection, audience, body))
        return tuple(suggestion(prefix, hit["_source"]) for hit in found["hits"]["hits"])

    def request(self, collection: Collection, query: Query, audience: Audience) -> Scoped:
        """What `search` sends for a first page: for those who measure the server alone."""
        return scoped(self._names, collection, audience, asked(collection, query).body())

    async def store(self, collection: Collection, changes: Changes) -> Sequence[Refused]:
        """As `Index.store`."""
        return await self._store.store(collection, changes)

    async def forget(self, collection: Collection) -> None:
        """As `Index.forget`."""
        await self._store.forget(collection)

    async def listed(
        self, collection: Collection, *, after: Reference | None, limit: int
    ) -> Sequence[Stored]:
        """As `Engine.listed`."""
        if owner(collection) is None:
            raise ValueError("documents are listed for one institution: name the publisher")
        await self.refresh()
        body: Json = {
            "sort": ["kind", "id"],
            "size": limit,
            "version": True,
            "_source": ["kind", "id", "digest"],
            **({} if after is None else {"search_after": [after.kind.value, after.id]}),
        }
        found = await self._read(scoped(self._names, collection, None, body), self._client.write_timeout)
        return tuple(
            Stored(reference_of(hit["_source"]), hit["_version"], hit["_source"]["digest"])
            for hit in found["hits"]["hits"]
        )

    async def build(self) -> OpenSearchBuilding:
        """As `Engine.build`."""
        return await self._indices.build()

    async def prepare(self) -> None:
        """As `Engine.prepare`."""
        await self._indices.prepare()

    async def refresh(self) -> None:
        """As `Engine.refresh`."""
        await self._indices.refresh(self._names)

    async def aclose(self) -> None:
        """As `Engine.aclose`."""
        await self._client.aclose()

    async def _answered(self, one: Asked, audience: Audience) -> Answer:
        begins = place(one.collection, one.query)
        if begins is None:
            return await self._begun(one, audience)
        one = replace(one, forgiving=begins.forgiving)
        try:
            return await self._continued(one, audience, begins)
        except Declined as error:
            raise unknown_cursor() from error

    async def _continued(self, one: Asked, audience: Audience, begins: Place) -> Answer:
        """A later page: of the moment of the one before it, where there is one."""
        request = scoped(self._names, one.collection, audience, {**one.body(), "search_after": begins.values})
        snapshot = begins.snapshot or await self._snapshots.of(request)
        if snapshot is not None:
            try:
                answer = await self._of_moment(one, audience, begins.values, snapshot)
            except (Declined, NoIndex):
                answer = None  # it is over; or the cursor is at fault, which shows without it as well
            if answer is not None:
                return answer
        return one.answer(await self._read(request), None)

    async def _of_moment(
        self, one: Asked, audience: Audience, after: Sequence[Any], snapshot: str
    ) -> Answer | None:
        """The moment gives the order. What is in it and what it says, total and facets are as they are now.

        None where too much is no longer there.
        """
        hits = await self._in_order(one, audience, after, snapshot)
        if hits is None:
            return None
        counts = await self._found(one, audience, one.counts())
        return one.answer({**counts, "hits": {**counts["hits"], "hits": hits}}, snapshot)

    async def _in_order(
        self, one: Asked, audience: Audience, after: Sequence[Any], snapshot: str
    ) -> list[Json] | None:
        gone: set[str] = set()
        for _ in range(_ROUNDS):
            body = {**one.order(gone), "search_after": after}
            then = await self._read_within(scoped(self._names, one.collection, audience, body), snapshot)
            places = {hit["_id"]: hit for hit in then["hits"]["hits"]}
            if not places:
                return []
            now = await self._found(one, audience, one.among(places))
            there = {hit["_id"]: hit for hit in now["hits"]["hits"]}
            if there.keys() == places.keys():
                kept = ("sort", "_score")
                return [there[name] | {key: place[key] for key in kept} for name, place in places.items()]
            gone |= places.keys() - there.keys()
        return None

    async def _begun(self, one: Asked, audience: Audience) -> Answer:
        """The first page. Only what has a word that no document has is asked again, at the cost of forgiving."""
        found = await self._found(one, audience, one.body())
        if one.wording is None:
            return one.answer(found, None)
        words = await self._unknown(one, one.wording, audience, found["hits"]["hits"])
        if not words and found["hits"]["total"]["value"]:
            return one.answer(found, None)
        forgiving = replace(one, forgiving=True)
        found, *others = await asyncio.gather(
            self._found(forgiving, audience, forgiving.body()),
            *(self._found(one, audience, spelling.alike(one.query, word)) for word in words),
        )
        answer = forgiving.answer(found, None)
        near = {
            word: spelling.likeliest(word, _sources(other)) for word, other in zip(words, others, strict=True)
        }
        better = {word: candidate for word, candidate in near.items() if candidate is not None}
        if not better:
            return answer
        return replace(answer, did_you_mean=spelling.respelt(one.wording.text, better))

    async def _unknown(
        self, one: Asked, wording: Wording, audience: Audience, hits: Sequence[Json]
    ) -> Sequence[str]:
        """The words of the text that are in no document; those of the first titles need no question."""
        words = spelling.unseen(wording, hits)
        if not words:
            return ()
        found = await self._found(one, audience, spelling.checks(one.query, wording, words))
        return spelling.unknown_words(words, found["aggregations"])

    async def _found(self, one: Asked, audience: Audience, body: Json) -> Json:
        return await self._read(scoped(self._names, one.collection, audience, body))

    async def _read(self, request: Scoped, timeout: float | None = None) -> Json:
        params = {"routing": request.routing, "preference": request.routing} if request.routing else {}
        return await self._ask(f"/{request.index}/_search", request.body, timeout, **params)

    async def _read_within(self, request: Scoped, snapshot: str) -> Json:
        return await self._ask("/_search", {**request.body, "pit": Snapshots.within(snapshot)}, None)

    async def _ask(self, path: str, body: Json, timeout: float | None, **params: str) -> Json:
        return await self._client.ask(
            "POST", path, body, timeout=timeout, allow_partial_search_results="false", **params
        )


def _sources(found: Json) -> Iterator[Json]:
    return (hit["_source"] for hit in found["hits"]["hits"])

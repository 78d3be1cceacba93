"""Writing documents: in requests of bounded size, by version, again where the server is busy."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from search.model import Changes, Collection, Put, Reference, Refused
from search.opensearch.client import Client, Declined
from search.opensearch.documents import document_id, source
from search.opensearch.scope import Aliases, owner, scoped
from tenants.model import Tenant

_REQUEST_BYTES = 4 * 1024 * 1024
_REQUEST_CHANGES = 1_000
# What a server takes at the most, as it is delivered (`http.max_content_length` 100 MB), with room to spare.
_LONGEST_DOCUMENT = 32 * 1024 * 1024
_TRIES = 5
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_WHY = 300
_FORGOTTEN_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class _Line:
    """One change as bulk requests have it."""

    reference: Reference
    text: bytes


class Store:
    """Writes to the two indexes behind these aliases."""

    def __init__(self, client: Client, names: Aliases) -> None:
        self._client = client
        self._names = names

    async def store(self, collection: Collection, changes: Changes) -> Sequence[Refused]:
        """As `Index.store`."""
        tenant = _writer(collection)
        refused: list[Refused] = []
        lines: list[_Line] = []
        for change in changes:
            try:
                lines.append(_line(tenant, change))
            except ValueError as error:
                refused.append(Refused(change.reference, str(error)))
        for some in _requests(lines):
            refused += await self._written(collection, tenant, some)
        return refused

    async def forget(self, collection: Collection) -> None:
        """As `Index.forget`."""
        tenant = _writer(collection)
        # Each is removed with the version it has: so it can be stored again with the same.
        body: dict[str, Any] = {
            "size": _FORGOTTEN_AT_ONCE,
            "version": True,
            "_source": False,
            "sort": ["id", "kind"],
        }
        request = scoped(self._names, collection, None, body)
        await self._client.ask("POST", f"/{request.index}/_refresh", timeout=self._client.write_timeout)
        after: list[Any] | None = None
        while True:
            page = {**request.body, **({"search_after": after} if after else {})}
            answer = await self._client.ask(
                "POST", f"/{request.index}/_search", page, timeout=self._client.write_timeout, routing=request.routing
            )  # fmt: skip
            hits = answer["hits"]["hits"]
            if not hits:
                return
            for hit in hits:
                action = {"_id": hit["_id"], "version": hit["_version"], "version_type": "external_gte"}
                hit["line"] = orjson.dumps({"delete": action}) + b"\n"
            await self._bulk(collection, tenant, [hit["line"] for hit in hits])
            after = hits[-1]["sort"]

    async def _written(self, collection: Collection, tenant: Tenant, lines: Sequence[_Line]) -> list[Refused]:
        refused: list[Refused] = []
        waiting = list(lines)
        for attempt in range(_TRIES):
            if attempt:
                await asyncio.sleep(_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
            try:
                results = await self._bulk(collection, tenant, [line.text for line in waiting])
            except Declined as declined:
                if len(waiting) > 1:  # one of them spoils the request
                    for line in waiting:
                        refused += await self._written(collection, tenant, [line])
                    return refused
                return [
                    *refused,
                    Refused(waiting[0].reference, f"{declined.kind}: {declined.why}"[:_LONGEST_WHY]),
                ]
            again: list[_Line] = []
            for line, result in zip(waiting, results, strict=True):
                status, error = result["status"], result.get("error")
                if error is None or status == 409:
                    continue  # taken, or what is there is newer
                self._raise_if_unavailable(error)
                if status == 429 or status >= 500:
                    again.append(line)
                    continue
                refused.append(Refused(line.reference, _in_words(error)))
            if not again:
                return refused
            waiting = again
        raise self._client.unavailable(f"it has too much to do to take {len(waiting)} documents")

    async def _bulk(
        self, collection: Collection, tenant: Tenant, lines: Sequence[bytes]
    ) -> list[dict[str, Any]]:
        answer = await self._client.ask(
            "POST",
            f"/{self._names.of(collection)}/_bulk",
            b"".join(lines),
            timeout=self._client.write_timeout,
            routing=str(tenant.id),
            # Without it a name that is gone would be made anew, an index with a mapping that the server guessed.
            require_alias="true",
        )
        return [next(iter(item.values())) for item in answer["items"]]

    def _raise_if_unavailable(self, error: dict[str, Any]) -> None:
        kind = error.get("type")
        if kind == "cluster_block_exception":
            raise self._client.unavailable(
                "it takes nothing more (its disk is full, or an operator blocked writing)"
            )
        if kind == "index_not_found_exception":
            raise self._client.no_index()


def _writer(collection: Collection) -> Tenant:
    tenant = owner(collection)
    if tenant is None:
        raise ValueError("documents are written for one institution: name the publisher")
    return tenant


def _line(tenant: Tenant, change: Any) -> _Line:
    """Raises `ValueError` where it can never be stored."""
    kind = "index" if isinstance(change, Put) else "delete"
    action = {
        "_id": document_id(tenant, change.reference),
        "version": change.version,
        "version_type": "external_gte",
    }
    lines = [orjson.dumps({kind: action})]
    if isinstance(change, Put):
        lines.append(orjson.dumps(source(tenant, change.document)))
    text = b"\n".join([*lines, b""])
    if len(text) > _LONGEST_DOCUMENT:
        raise ValueError(f"it is larger than {_LONGEST_DOCUMENT // 1024 // 1024} MB")
    return _Line(change.reference, text)


def _requests(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    some: list[_Line] = []
    size = 0
    for line in lines:
        if some and (size + len(line.text) > _REQUEST_BYTES or len(some) == _REQUEST_CHANGES):
            yield some
            some, size = [], 0
        some.append(line)
        size += len(line.text)
    if some:
        yield some


def _in_words(error: dict[str, Any]) -> str:
    """Without the preview of the field's value that the server adds: it is somebody's text."""
    why = str(error.get("reason")).split(" Preview of field")[0]
    return f"{error.get('type')}: {why}"[:_LONGEST_WHY]

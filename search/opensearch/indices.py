"""The indexes behind the two aliases: making them, building new ones beside, changing over."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from search.model import Changes, Collection, Refused
from search.opensearch.analysis import Json, Plugin
from search.opensearch.client import Client, Declined
from search.opensearch.mapping import REFRESH_INTERVAL, index_body
from search.opensearch.scope import Aliases
from search.opensearch.storing import Store


class Indices:
    """Those of one installation."""

    def __init__(self, client: Client, names: Aliases, *, shards: int) -> None:
        self._client = client
        self._names = names
        self._shards = shards

    async def prepare(self) -> None:
        """Makes the indexes whose alias names none. Processes that do so at the same moment make one."""
        body: Json | None = None
        for alias in self._names.both():
            if await self._behind(alias):
                continue
            body = body or index_body(await self._plugins(), shards=self._shards)
            await self._create(_first(alias), {**body, "aliases": {alias: {"is_write_index": True}}})
            # It was there without its alias, if somebody took that away.
            await self._alias([{"add": {"index": _first(alias), "alias": alias, "is_write_index": True}}])

    async def build(self) -> "OpenSearchBuilding":
        """New indexes beside those that answer; what other builds left is dropped."""
        await self._drop_left()
        stamp = f"{datetime.now(UTC):%Y%m%d%H%M%S}-{secrets.token_hex(3)}"
        names = Aliases(*(f"{alias}-{stamp}" for alias in self._names.both()))
        body = index_body(await self._plugins(), shards=self._shards)
        # Nobody looks for what is stored, so it need not be found each second: a third less work.
        body["settings"]["refresh_interval"] = "-1"
        for name in names.both():
            await self._create(name, {**body, "aliases": {_while_built(name): {}}})
        return OpenSearchBuilding(self, self._client, names)

    async def change_over(self, names: Aliases) -> None:
        """Both aliases name the new indexes, and the old ones are gone: one step for whoever asks."""
        await self._write(
            "PUT", f"/{','.join(names.both())}/_settings", {"refresh_interval": REFRESH_INTERVAL}
        )
        await self.refresh(names)
        actions: list[Json] = []
        for alias, index in zip(self._names.both(), names.both(), strict=True):
            actions += [{"remove_index": {"index": old}} for old in await self._behind(alias)]
            actions.append({"add": {"index": index, "alias": alias, "is_write_index": True}})
            actions.append({"remove": {"index": index, "alias": _while_built(index)}})
        await self._alias(actions)

    async def drop(self, indices: Sequence[str]) -> None:
        """They are gone; those that were not there as well."""
        for index in indices:
            await self._write("DELETE", f"/{index}", ignore_unavailable="true")

    async def refresh(self, names: Aliases) -> None:
        """Returns when all that was stored is found."""
        await self._write("POST", f"/{','.join(names.both())}/_refresh")

    async def _plugins(self) -> frozenset[Plugin]:
        """Asked of the server by using them: their names depend on how it was installed."""
        return frozenset([plugin for plugin in Plugin if await self._has(plugin)])

    async def _has(self, plugin: Plugin) -> bool:
        try:
            await self._write("POST", "/_analyze", {"tokenizer": plugin.value, "text": "a"})
        except Declined:
            return False
        return True

    async def _behind(self, alias: str) -> list[str]:
        try:
            return sorted(await self._write("GET", f"/_alias/{alias}"))
        except Declined as error:
            if error.status != 404:
                raise
            return []

    async def _drop_left(self) -> None:
        left: list[str] = []
        for alias in self._names.both():
            there = await self._write("GET", f"/{alias}-*/_alias")
            left += [name for name, is_used in _built(alias, there) if not is_used]
        await self.drop(left)

    async def _create(self, index: str, body: Json) -> None:
        try:
            await self._write("PUT", f"/{index}", body)
        except Declined as error:
            if error.kind != "resource_already_exists_exception":
                raise self._client.unavailable(f"it makes no index ({error.kind}: {error.why})") from error

    async def _alias(self, actions: Sequence[Json]) -> None:
        await self._write("POST", "/_aliases", {"actions": list(actions)})

    async def _write(self, method: str, path: str, body: object = None, **params: str) -> Json:
        return await self._client.ask(method, path, body, timeout=self._client.write_timeout, **params)


class OpenSearchBuilding:
    """A pair of indexes that nobody is answered from yet. As `Building`."""

    def __init__(self, indices: Indices, client: Client, names: Aliases) -> None:
        self._indices = indices
        self._names = names
        self._store = Store(client, Aliases(*map(_while_built, names.both())))

    async def store(self, collection: Collection, changes: Changes) -> Sequence[Refused]:
        """As `Index.store`."""
        return await self._store.store(collection, changes)

    async def forget(self, collection: Collection) -> None:
        """As `Index.forget`."""
        await self._store.forget(collection)

    async def finish(self) -> None:
        """Answers from now on."""
        await self._indices.change_over(self._names)

    async def abandon(self) -> None:
        """Is dropped."""
        await self._indices.drop(self._names.both())


def _while_built(index: str) -> str:
    """The alias that an index has before it answers: what writes asks for an alias, and makes no index by itself."""
    return f"{index}-building"


def _first(alias: str) -> str:
    return f"{alias}-{'0' * 14}-000000"


def _built(alias: str, there: Json) -> Iterator[tuple[str, bool]]:
    """The indexes that `build` made for an alias, and whether it names them. Others begin like it by chance."""
    for name, about in there.items():
        stamp, _, token = name.removeprefix(f"{alias}-").partition("-")
        if len(stamp) == 14 and stamp.isdigit() and len(token) == 6:
            yield name, alias in about["aliases"]

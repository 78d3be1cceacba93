"""Which engine's index hears of a shard's changes: noted before the first of them is passed over by all others'."""

from collections.abc import Callable, Mapping

from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.errors import Unavailable
from search.indexing.queue import run


class Claims:
    """Those of one process, for the engine of this name; each shard is claimed once, so that a process with another engine,
    which is about to end, claims nothing back."""

    def __init__(self, name: str, shards: Callable[[], Mapping[str, AsyncEngine]]) -> None:
        self._name = name
        self._shards = shards
        self._claimed: set[str] = set()

    async def claim(self, shard: str) -> None:
        """Whatever another engine's index holds is out of date from now on: it is not asked, and filled anew before it is."""
        if shard in self._claimed:
            return
        engine = self._shards().get(shard)
        if engine is None:
            raise Unavailable(f"the shard {shard} is not served just now")
        await run(engine, "claim", self._name)
        self._claimed.add(shard)

"""An index in PostgreSQL that is written to: the one that answers, or one generation beside it."""

from collections.abc import Sequence

from search.model import Changes, Collection, Institution, Kind, Reference, Refused, Remove
from search.postgres.homes import Home, Homes, statements
from search.postgres.parts import LONG, length_of, parts
from search.postgres.storing import TookTooLong, store
from tenants.model import Tenant

_SQL = statements("build")
_STORED = statements("store")
_WITHIN = 60.0  # seconds for one transaction, waiting for its turn included
_FORGET_WITHIN = 600.0
_TABLES = ("documents", "blocks", "texts", "profiles", "postings", "words", "suggestions", "languages")
_AT_ONCE = 500


class PostgresIndex:
    """The generation that is given; None: whichever answers."""

    def __init__(self, homes: Homes, generation: int | None = None) -> None:
        self._homes = homes
        self._generation = generation

    async def store(self, collection: Collection, changes: Changes) -> Sequence[Refused]:
        """Takes the changes in their order, in transactions of bounded size."""
        return [one for part in parts(changes) for one in await self._store(collection, part)]

    async def forget(self, collection: Collection) -> None:
        """Removes all documents of an institution, also what is remembered of removed ones."""
        publisher = publisher_of(collection)
        async with self._homes.writing(collection, within=_FORGET_WITHIN) as home:
            generation = await self._held(home)
            await home.rows(_STORED["begin_holding"], generation)
            await home.row(_STORED["hold"], generation)
            if isinstance(collection, Institution):
                await clear(home, generation)
                await home.rows(_SQL["begin_anew"], generation)
            else:
                await _forget_of_publisher(home, generation, publisher)

    async def _store(self, collection: Collection, part: Changes) -> Sequence[Refused]:
        """In one transaction; what takes too long by halves, and so on down to what it is that takes long."""
        try:
            async with self._homes.writing(collection, within=_WITHIN) as home:
                generation = await self._held(home)
                return await store(home, generation, publisher_of(collection), part)
        except TookTooLong as error:
            if len(part) == 1:
                if length_of(part[0]) <= LONG:  # nothing is wrong with it: the database is slow
                    raise
                return [Refused(part[0].reference, str(error))]
        middle = len(part) // 2
        return [*await self._store(collection, part[:middle]), *await self._store(collection, part[middle:])]

    async def _held(self, home: Home) -> int:
        """The generation, which goes on to answer, where it does, until the transaction ends."""
        if self._generation is not None:
            return self._generation
        await home.rows(_SQL["begin"])
        held: int = (await home.row(_SQL["hold"]))["generation"]
        return held


def publisher_of(collection: Collection) -> Tenant:
    """Whose documents are written."""
    publisher = collection.tenant if isinstance(collection, Institution) else collection.publisher
    assert publisher is not None, "what is published is written for a publisher"
    return publisher


async def clear(home: Home, generation: int) -> None:
    """Empties a generation of a collection."""
    for table in _TABLES:
        await home.rows(
            f"delete from fediflow.search_{table} where tenant_id = $1 and generation = $2", generation
        )


async def _forget_of_publisher(home: Home, generation: int, publisher: Tenant) -> None:
    rows = await home.rows(_STORED["all_of"], generation, publisher.id)
    removals = [Remove(Reference(Kind(row["kind"]), row["id"]), row["version"]) for row in rows]
    for start in range(0, len(removals), _AT_ONCE):
        some = removals[start : start + _AT_ONCE]
        await store(home, generation, publisher, some, within=_FORGET_WITHIN)
    await home.rows(_SQL["drop_of_publisher"], generation, publisher.id)

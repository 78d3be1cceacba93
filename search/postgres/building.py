"""An index that is built beside the one that answers: another generation of the same tables."""

import time
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from search.model import Collection, Institution, Published
from search.postgres.homes import Homes, answering, statements
from search.postgres.index import PostgresIndex, clear
from tenants.directory import Directory
from tenants.model import Tenant
from tenants.tables import tenants

_SQL = statements("build")
_WITHIN = 600.0  # seconds for one institution's rows to be taken away, or for one switch


class PostgresBuilding(PostgresIndex):
    """A generation that nobody asks yet."""

    def __init__(self, homes: Homes, places: "Places", generation: int) -> None:
        super().__init__(homes, generation)
        self._building = generation
        self._places = places

    async def finish(self) -> None:
        """Answers from now on; each database is switched in one transaction."""
        for place in await self._places.all():
            async with self._homes.writing(place, within=_WITHIN) as home:
                await home.rows(_SQL["answer"], self._building)
        await self._places.clear_others()

    async def abandon(self) -> None:
        """Is dropped."""
        await self._places.clear_others()


class Places:
    """The databases that have an index: each by a collection of it."""

    def __init__(self, homes: Homes, engine: AsyncEngine) -> None:
        self._homes = homes
        self._engine = engine

    async def begin(self) -> PostgresBuilding:
        """A new generation, later than any that answers; what was left of others is dropped."""
        answers = await self.clear_others()
        generation = max(int(time.time() * 1000), 1 + max(answers))
        return PostgresBuilding(self._homes, self, generation)

    async def all(self) -> list[Collection]:
        """An institution of each shard, and what is published."""
        by_shard = {tenant.shard: tenant for tenant in await self._tenants()}
        return [Published(), *map(Institution, by_shard.values())]

    async def clear_others(self) -> list[int]:
        """Empties all generations but those that answer, which it returns."""
        answers = []
        tenants_by_id = {tenant.id: tenant for tenant in await self._tenants()}
        for place in await self.all():
            async with self._homes.writing(place, within=_WITHIN) as home:
                await home.rows(_SQL["begin"])
                generation = (await home.row(_SQL["hold"]))["generation"]
                held = await home.rows(_SQL["held"], generation)
            answers.append(generation)
            for row in held:
                if isinstance(place, Published):
                    await self._clear(place, row["generation"])
                elif row["scope"] in tenants_by_id:
                    await self._clear(Institution(tenants_by_id[row["scope"]]), row["generation"])
        return answers

    async def _clear(self, collection: Collection, generation: int) -> None:
        async with self._homes.writing(collection, within=_WITHIN) as home:
            await clear(home, generation)
            await home.rows(_SQL["let_go"], generation)

    async def _tenants(self) -> Iterable[Tenant]:
        directory = Directory(self._engine)
        async with answering(_WITHIN):
            async with self._engine.connect() as connection:
                ids = (await connection.scalars(select(tenants.c.id).order_by(tenants.c.id))).all()
            found = [await directory.by_id(number) for number in ids]
        return [one for one in found if one is not None]

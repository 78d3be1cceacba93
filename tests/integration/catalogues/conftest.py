"""Each catalogue in one of the world's tenants, loaded once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.catalogues import Loaded, load_bilingual, load_japanese, load_universities
from tests.world import World


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A loaded catalogue, asked through the gateway as the tenant's administrator."""

    world: World
    slug: str
    loaded: Loaded

    async def data(self, query: str, **variables: Any) -> Any:
        """The answer's `data`."""
        return await self.world.data(query, variables, at=self.slug)

    def courses(self, org_unit: str, fields: str) -> AsyncIterator[dict[str, Any]]:
        """Every course of an org unit."""
        return self._nodes("OrgUnit", org_unit, "courses", fields)

    def children(self, org_unit: str, fields: str) -> AsyncIterator[dict[str, Any]]:
        """Every org unit right below one."""
        return self._nodes("OrgUnit", org_unit, "children", fields)

    def offerings(self, academic_session: str, fields: str) -> AsyncIterator[dict[str, Any]]:
        """Every offering of a term."""
        return self._nodes("AcademicSession", academic_session, "offerings", fields)

    async def _nodes(
        self, type_: str, id_: str, connection: str, fields: str
    ) -> AsyncIterator[dict[str, Any]]:
        document = f"""query($id: ID!, $after: String) {{ node(id: $id) {{ ... on {type_} {{
          {connection}(first: 100, after: $after) {{
            totalCount nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }} }} }} }}"""
        seen, after, more = 0, None, True
        while more:
            page = (await self.data(document, id=id_, after=after))["node"][connection]
            for node in page["nodes"]:
                seen += 1
                yield node
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
            assert more or page["totalCount"] == seen


@pytest.fixture(scope="session")
async def japanese(world: World) -> Catalogue:
    """The Japanese catalogue."""
    return Catalogue(world, "beta", await load_japanese(world.door, world["beta"].tenant))


@pytest.fixture(scope="session")
async def bilingual(world: World) -> Catalogue:
    """The Chinese and English catalogue."""
    return Catalogue(world, "gamma", await load_bilingual(world.door, world["gamma"].tenant))


@pytest.fixture(scope="session")
async def universities(world: World) -> Catalogue:
    """A thousand universities of the world."""
    return Catalogue(world, "alpha", await load_universities(world.door, world["alpha"].tenant, most=1000))

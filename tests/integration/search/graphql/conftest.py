"""A gateway of the world whose engine is a shelf, and the query that most tests ask."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from api.app import create_app
from fediflow.processes.opened import opened_gateway
from kernel.database.roles import DatabaseRole
from kernel.telemetry import Metrics
from search.model import Document, Kind, Reference
from tenants.readers import Readers
from tests.databases import Databases
from tests.integration.search.graphql.shelf import Shelf
from tests.integration.search.hearing import hear_everything
from tests.world import World, settings_for

EVERYBODY = frozenset({"public"})
HITS = """query($text: String, $first: Int, $after: String, $facets: [SearchFacet!], $filters: SearchFilter, $kinds: [SearchKind!]) {
  search(text: $text, first: $first, after: $after, facets: $facets, filters: $filters, kinds: $kinds) {
    totalCount isTotalExact language didYouMean
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    facets { facet values { value label count } }
    edges { cursor node { __typename score distance highlights { field language parts { text isMatch } }
      ... on CourseHit { course { id code title { text } } }
      ... on OfferingHit { offering { id course { code } } }
      ... on OrgUnitHit { orgUnit { id name { text } } }
      ... on UserHit { user { id handle } }
      ... on PostHit { post { id } } } }
    nodes { ... on CourseHit { course { id } score } }
  }
}"""


@dataclass
class Searched:
    """The world behind a gateway whose engine is a shelf."""

    world: World
    shelf: Shelf
    readers: Readers

    def reference(self, name: str) -> Reference:
        """A row of the institution `alpha`."""
        kind = name.partition(":")[0]
        is_unit = kind in ("unit", "faculty")
        return Reference(Kind.ORG_UNIT if is_unit else Kind(kind), self.world["alpha"].number(name))

    def document(self, name: str, **said: Any) -> Document:
        """A document of such a row, for everybody unless it says otherwise."""
        given = {"titles": {"en": f"Title of {name}"}, "audience": EVERYBODY} | said
        return Document(self.reference(name), **given)

    async def hits(self, role: str | None = "student", **variables: Any) -> Any:
        """What `search` answers."""
        return (await self.world.data(HITS, variables, role=role))["search"]

    async def refused(self, arguments: str, role: str | None = "student", field: str = "search") -> Any:
        """The error of a search with these arguments."""
        inside = "{ totalCount }" if field == "search" else "{ text }"
        answer = await self.world.ask(f"{{ {field}({arguments}) {inside} }}", role=role)
        assert "data" not in answer.json, answer.json
        return answer.json["errors"][0]


@pytest.fixture(scope="module")
async def gateway(world: World, databases: Databases) -> AsyncIterator[Searched]:
    shelf = Shelf()
    async with opened_gateway(settings_for(databases), Metrics()) as opened:
        app = create_app(replace(opened, search=shelf))  # type: ignore[arg-type]
        yield Searched(replace(world, app=app), shelf, opened.readers)


@pytest.fixture
async def here(gateway: Searched, databases: Databases) -> Searched:
    """The same with an empty shelf, and an index that has heard of everything that other tests did."""
    await hear_everything(databases)
    gateway.shelf.documents.clear()
    gateway.shelf.asked.clear()
    gateway.shelf.is_away = False
    gateway.shelf.is_built = True
    gateway.shelf.meant = None
    return gateway


async def note_filled(databases: Databases, engine: str) -> None:
    """On all shards the index of this engine holds what there is; of none, where the name is empty."""
    for address in databases.shards.values():
        async with databases.driver(address, DatabaseRole.WORKER) as driver:
            await driver.execute("delete from fediflow.search_fillings")
            await driver.execute("insert into fediflow.search_fillings (engine) values ($1)", engine)

"""Institutions for the tests of what people and institutions say about search, and a worker that looks at saved searches."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import delete

from search.tables.readers import due_saved_searches, saved_searches
from tests.databases import Databases
from tests.integration.graphql.institutions import added
from tests.integration.search.readers.looks import AT, Looking, opened_looking
from tests.world import Institution, World


@dataclass(frozen=True, slots=True)
class Here:
    """An institution of a test module's own."""

    world: World
    made: Institution

    @property
    def slug(self) -> str:
        """Its slug."""
        return self.made.tenant.slug

    async def ask(self, query: str, role: str | None = "registrar", **variables: Any) -> Any:
        """The `data` that one of the people is answered."""
        return await self.world.data(query, variables, at=self.slug, role=role)

    async def change(
        self, name: str, selection: str, given: Mapping[str, Any], role: str = "registrar"
    ) -> Any:
        """The payload of a mutation that succeeds."""
        payload = await self.tried(name, selection, given, role)
        assert payload["userErrors"] == [], payload
        return payload

    async def tried(
        self, name: str, selection: str, given: Mapping[str, Any], role: str = "registrar"
    ) -> Any:
        """The payload of a mutation, whatever came of it."""
        input_type = "ChangeInput" if name.startswith("delete") else f"{name[0].upper()}{name[1:]}Input"
        text = (
            f"mutation($input: {input_type}!) {{ {name}(input: $input) "
            f"{{ {selection} userErrors {{ code path message }} }} }}"
        )
        return (await self.ask(text, role, input=given))[name]


@pytest.fixture(scope="module")
async def here(world: World, request: pytest.FixtureRequest) -> Here:
    """An institution that no other module changes."""
    slug = f"readers-{request.module.__name__.rpartition('.')[2].removeprefix('test_').replace('_', '-')}"
    return Here(world, await added(world, slug, shard="one"))


@pytest.fixture
async def looking(own_databases: Databases, own_world: World) -> AsyncIterator[Looking]:
    """A worker's side, where nobody has saved anything yet."""
    async with opened_looking(own_databases, own_world) as made:
        async with made.door.write(own_world.as_system(AT)) as tx:
            await tx.connection.execute(
                delete(saved_searches).where(saved_searches.c.tenant_id == tx.tenant_id)
            )
            await tx.connection.execute(delete(due_saved_searches))
        yield made

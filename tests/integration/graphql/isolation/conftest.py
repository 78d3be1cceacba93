"""Three marked institutions."""

import pytest

from tests.integration.graphql.institutions import added
from tests.integration.graphql.isolation.marked import SHARDS, Marked, mark_of, plant
from tests.world import World


@pytest.fixture(scope="session")
async def marked(world: World) -> dict[str, Marked]:
    """Three institutions alike: the same codes and handles, other texts."""
    found = {}
    for slug, shard in SHARDS.items():
        made = await added(world, slug, shard=shard)
        await plant(world, made, mark_of(slug))
        found[slug] = Marked(made, mark_of(slug), sorted(made.ids.values()))
    return found

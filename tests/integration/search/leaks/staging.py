"""The stage as it is before anything happens."""

from tests.fediverse import person
from tests.integration.graphql.institutions import added, new_token
from tests.integration.search.leaks.changes import mark_all
from tests.integration.search.leaks.marks import marks
from tests.integration.search.leaks.stage import PEOPLE, Marked, Stage
from tests.world import World


async def staged(world: World, name: str, seed: int) -> Stage:
    """Two institutions on one shard, alike but for their marks."""
    stage = Stage(world, [], marks(seed))
    for letter in "ab":
        made = await added(world, f"{name}-{letter}", shard="one")
        where = Marked(made)
        stage.institutions.append(where)
        for one in PEOPLE:
            where.people[one] = await person(world, one, slug=made.tenant.slug)
            made.ids[f"user:{one}"] = f"user_{where.people[one].user_id}"
            made.tokens[one] = await new_token(world.door, made, one)
        await mark_all(stage, where)
    return stage

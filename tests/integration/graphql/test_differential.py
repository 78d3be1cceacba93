"""The compiled answer is the plain one: generated operations, executed a second time over rows read one by one."""

import pytest

from tests.integration.graphql.differential.answers import Answers
from tests.integration.graphql.differential.asked import document
from tests.integration.graphql.differential.data import furnished
from tests.integration.graphql.differential.generate import Generator
from tests.integration.graphql.differential.rows import Rows, Viewer, read_rows
from tests.world import Institution, World

SLUG = "differential"
SEED = 20260401
OPERATIONS = 240
BATCHES = 8
VIEWERS = ("tenant_admin", "student", "instructor")


@pytest.fixture(scope="module")
async def compared(world: World) -> tuple[Institution, Rows]:
    """An institution and all of its rows."""
    made = await furnished(world, SLUG, shard="two", seed=SEED)
    return made, await read_rows(world, made)


@pytest.mark.parametrize("batch", range(BATCHES))
async def test_generated_operations_have_the_answer_of_the_plain_executor(
    world: World, compared: tuple[Institution, Rows], batch: int
) -> None:
    made, rows = compared
    generator = Generator(rows, SEED + batch)
    told = 0
    for number in range(OPERATIONS // BATCHES):
        asked = generator.operation()
        text, variables = document(asked)
        for role in VIEWERS:
            expected = Answers(rows, Viewer(role, made.number(f"user:{role}")), ("de", "en")).data(asked)
            answer = await world.ask(text, variables, at=SLUG, role=role)
            assert answer.json == {"data": expected}, (batch, number, role, text, variables)
            told += len(str(expected))
    assert told > 10_000  # answers that say nothing would all be equal


async def test_the_plain_executor_tells_viewers_apart(compared: tuple[Institution, Rows]) -> None:
    made, rows = compared
    for table in ("courses", "offerings", "sections", "enrollments", "users"):
        seen = {role: len(rows.visible(Viewer(role, made.number(f"user:{role}")), table)) for role in VIEWERS}
        assert 0 < seen["student"] < seen["tenant_admin"], (table, seen)
        assert seen["instructor"] < seen["tenant_admin"]

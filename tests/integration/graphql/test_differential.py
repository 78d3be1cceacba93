"""The compiled answer is the plain one: generated operations, executed a second time over rows read one by one."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from tenants.model import Role, access_of
from tests.integration.graphql.differential.answers import Answers
from tests.integration.graphql.differential.asked import document
from tests.integration.graphql.differential.covered import covered, reachable
from tests.integration.graphql.differential.data import furnished
from tests.integration.graphql.differential.generate import Generator
from tests.integration.graphql.differential.rows import Rows, Viewer, read_rows
from tests.world import Institution, World

SLUG = "differential"
SEED = 20260401
OPERATIONS = 2_600
BATCHES = 20
VIEWERS = ("tenant_admin", "student", "instructor", "auditor", "analyst")


@pytest.fixture(scope="module")
async def compared(world: World) -> tuple[Institution, Rows]:
    """An institution and all of its rows."""
    made = await furnished(world, SLUG, shard="two", seed=SEED)
    return made, await read_rows(world, made)


def generator(rows: Rows, made: Institution, batch: int) -> tuple[str, Generator]:
    """Who asks in a batch, and what."""
    role = VIEWERS[batch % len(VIEWERS)]
    today = made.tenant.day_of(datetime.now(UTC))
    return role, Generator(rows, SEED + batch, access_of([Role(role)]), today)


@pytest.mark.parametrize("batch", range(BATCHES))
async def test_generated_operations_have_the_answer_of_the_plain_executor(
    world: World, compared: tuple[Institution, Rows], batch: int
) -> None:
    made, rows = compared
    role, operations = generator(rows, made, batch)
    answers = Answers(rows, Viewer(role, made.number(f"user:{role}")), made.tenant)
    told = limited = 0
    for number in range(OPERATIONS // BATCHES):
        asked = operations.operation()
        text, variables = document(asked)
        expected = answers.data(asked)
        answer = await world.ask(text, variables, at=SLUG, role=role)
        if answer.codes == ["LIMIT_EXCEEDED"]:  # by chance larger than the gateway takes
            limited += 1
            continue
        assert answer.data == expected, (batch, number, role, text, variables)
        told += len(str(expected))
    assert told > 10_000  # answers that say nothing would all be equal
    assert limited <= 3


async def test_generated_operations_ask_for_every_field_and_argument(
    compared: tuple[Institution, Rows],
) -> None:
    made, rows = compared
    asked: Counter[str] = Counter()
    for batch in range(BATCHES):
        _, operations = generator(rows, made, batch)
        for _ in range(OPERATIONS // BATCHES):
            asked.update(covered(*document(operations.operation())))
    whole = reachable()
    assert len(whole) > 300
    assert sorted(whole - set(asked)) == []


async def test_the_plain_executor_tells_viewers_apart(compared: tuple[Institution, Rows]) -> None:
    made, rows = compared
    for table in ("courses", "offerings", "sections", "enrollments", "users"):
        seen = {role: len(rows.visible(Viewer(role, made.number(f"user:{role}")), table)) for role in VIEWERS}
        assert 0 < seen["student"] < seen["tenant_admin"], (table, seen)
        assert seen["instructor"] < seen["tenant_admin"]

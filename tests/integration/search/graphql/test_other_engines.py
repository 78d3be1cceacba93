"""An index that another engine's was filled in the place of is not asked: it has not heard of what changed since."""

import pytest

from tests.databases import Databases
from tests.integration.search.graphql.conftest import Searched, note_filled


@pytest.mark.parametrize("noted", ["opensearch", ""])
@pytest.mark.parametrize(
    "question", ['search(text: "title") { totalCount }', 'suggest(text: "title") { text }']
)
async def test_the_index_of_another_engine_is_not_asked(
    here: Searched, databases: Databases, noted: str, question: str
) -> None:
    here.shelf.put("alpha", here.document("course:1"))
    await note_filled(databases, noted)
    answer = await here.world.ask(f"{{ {question} }}", role="student")
    assert answer.codes == ["UNAVAILABLE"]
    assert here.shelf.asked == []
    await note_filled(databases, "postgresql")
    assert (await here.world.ask(f"{{ {question} }}", role="student")).codes == []

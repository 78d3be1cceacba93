"""Each statement is a way to the server and back: a search asks little more than once."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from search.model import Audience, Document, Institution, Kind, Prefix, Put, Query, Reference
from tests.integration.search.engines import Opened
from tests.statements import counted_statements

_READER = Audience(frozenset({"public"}))
_LAW = Document(
    Reference(Kind.COURSE, 1), {"en": "Roman law"}, {"en": "Gaius"}, ("XQ-1",), frozenset({"public"})
)


@pytest.mark.parametrize("text", ["roman law", "roman law ", "XQ-1", "gaius", "rom"])
async def test_words_are_found_by_three_statements_in_a_transaction(engine: Opened, text: str) -> None:
    institution = await _filled(engine)
    with _sent() as sent:
        answer = await engine.engine.search(institution, Query(text, languages=("en",)), _READER)
    assert [hit.reference.id for hit in answer.hits] == [1]
    assert len(sent) == len(("begin", "opened", "presence", "answer"))


async def test_what_is_suggested_is_found_by_two_statements_in_a_transaction(engine: Opened) -> None:
    institution = await _filled(engine)
    with _sent() as sent:
        found = await engine.engine.suggest(institution, Prefix("rom", ("en",)), _READER)
    assert [one.text for one in found] == ["Roman law"]
    assert len(sent) == len(("begin", "many", "rows"))


async def test_a_word_twice_is_no_misspelt_one(engine: Opened) -> None:
    institution = await _filled(engine)
    with _sent() as sent:
        answer = await engine.engine.search(institution, Query("roman law roman", languages=("en",)), _READER)
    assert answer.did_you_mean is None
    assert not any("backwards" in statement for statement in sent)


async def _filled(engine: Opened) -> Institution:
    institution = Institution(await engine.institution())
    await engine.engine.store(institution, [Put(_LAW, 1)])
    return institution


@contextmanager
def _sent() -> Iterator[list[str]]:
    """The statements of the block, once it has ended; without the end of the transaction, which may come later."""
    found: list[str] = []
    with counted_statements() as counted:
        yield found
    found += [one for one in counted if one != "ROLLBACK"]

"""Characters that nobody sees are no part of a word: not of its stem, its beginning, nor of what is typed."""

import pytest

from tests.integration.search.conformance.shelves import Shelf, course

_SOFT, _JOINER, _MARK = "\u00ad", "\u2060", "\u200e"


@pytest.mark.parametrize("sign", [_SOFT, _JOINER, _MARK], ids=["soft hyphen", "word joiner", "direction"])
async def test_a_word_is_found_by_its_stem(shelf: Shelf, sign: str) -> None:
    await shelf.put(
        course(1, {"en": "Else"}, {"en": f"Medi{sign}eval manu{sign}scripts."}),
        course(2, {"de": f"Wirt{sign}schaft{sign}liche Ent{sign}wick{sign}lungen"}),
        course(3, "Law"),
    )
    assert await shelf.found("manuscript", language="en") == [1]
    assert await shelf.found("Entwicklung", language="de") == [2]


async def test_they_may_be_typed(shelf: Shelf) -> None:
    await shelf.put(course(1, "Medieval manuscripts"), course(2, "Law"))
    assert await shelf.found(f"manu{_SOFT}scripts") == [1]
    assert [one.text for one in await shelf.suggested(f"medi{_JOINER}")] == ["Medieval manuscripts"]


async def test_a_title_with_them_is_suggested_as_it_is_written(shelf: Shelf) -> None:
    title = f"Ent{_SOFT}wick{_SOFT}lungen"
    await shelf.put(course(1, {"de": title}), course(2, "Law"))
    assert [one.text for one in await shelf.suggested("entwick")] == [title]

"""What else may be meant: only in words of documents that the reader may find."""

from search.model import Facet
from tests.integration.search.conformance.shelves import Shelf, audience, course, ref


async def _meant(shelf: Shelf, text: str, **asked: object) -> str | None:
    meant = (await shelf.ask(text, **asked)).did_you_mean
    return None if meant is None else meant.casefold()


async def test_a_misspelt_word_is_spelt_as_documents_spell_it(shelf: Shelf) -> None:
    await shelf.put(course(1, "Thermodynamics"), course(2, "Roman law"))
    assert await _meant(shelf, "thermodinamics") == "thermodynamics"


async def test_the_other_words_stay(shelf: Shelf) -> None:
    await shelf.put(course(1, "Applied Thermodynamics"), course(2, "Roman law"))
    assert await _meant(shelf, "applied thermodinamics") == "applied thermodynamics"


async def test_it_is_spelt_in_full_and_not_as_a_stem(shelf: Shelf) -> None:
    await shelf.put(course(1, {"de": "Wirtschaftliche Entwicklungen"}))
    assert await _meant(shelf, "entwiklungen", language="de") == "entwicklungen"


async def test_it_is_known_in_other_scripts(shelf: Shelf) -> None:
    await shelf.put(course(1, {"ru": "Термодинамика"}), course(2, {"el": "Φιλοσοφία"}))
    assert await _meant(shelf, "термодинамека", language="ru") == "термодинамика"
    assert await _meant(shelf, "φιλοσορία", language="el") == "φιλοσοφία"


async def test_nothing_is_said_where_all_is_spelt_well_or_nothing_is_like_it(shelf: Shelf) -> None:
    await shelf.put(course(1, "Thermodynamics"), course(2, "Roman law"))
    for text in ("thermodynamics", "Roman law", "", "qwertzuiop", "thermod", "*"):
        assert await _meant(shelf, text) is None, text


async def test_nothing_is_said_out_of_what_the_reader_may_not_find(shelf: Shelf) -> None:
    await shelf.put(
        course(1, "Quetzalcoatl", "Tezcatlipoca", audience={"course:1"}),
        course(2, "Roman law"),
        course(3, "Xochipilli", audience={"members", "by:3"}),
        course(4, "Huitzilopochtli"),
    )
    assert await _meant(shelf, "quetzalcoatk") is None
    assert await _meant(shelf, "tezcatlipoka") is None
    assert await _meant(shelf, "quetzalcoatk", reader=audience("course:1")) == "quetzalcoatl"
    assert await _meant(shelf, "xochipili", reader=audience("members", without=["by:3"])) is None
    assert await _meant(shelf, "xochipili") == "xochipilli"
    assert await _meant(shelf, "huitzilopochtly", without=frozenset({ref(4)})) is None


async def test_what_is_hidden_does_not_push_away_what_may_be_said(shelf: Shelf) -> None:
    hidden = [course(n, "Thermodinamica", audience={"course:9"}) for n in range(10, 40)]
    await shelf.put(course(1, "Thermodynamics"), *hidden)
    assert await _meant(shelf, "thermodinamics") == "thermodynamics"


async def test_nothing_is_said_of_documents_that_went(shelf: Shelf) -> None:
    await shelf.put(course(1, "Quetzalcoatl"), course(2, "Tezcatlipoca"))
    await shelf.remove(ref(1), version=2)
    await shelf.put(course(2, "Xochipilli"), version=2)
    assert await _meant(shelf, "quetzalcoatk") is None
    assert await _meant(shelf, "tezcatlipoka") is None


async def test_what_is_said_finds_something_with_the_same_filters(shelf: Shelf) -> None:
    await shelf.put(
        course(1, "Thermodynamics", facets={Facet.LEVEL: ("6",)}),
        course(2, "Law", facets={Facet.LEVEL: ("7",)}),
    )
    six = {Facet.LEVEL: frozenset({"6"})}
    meant = await _meant(shelf, "thermodinamics", filters=six)
    assert meant == "thermodynamics"
    assert await shelf.found(meant, filters=six) == [1]

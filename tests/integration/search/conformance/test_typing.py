"""Codes, beginnings of words, words spelt wrongly, other words for the same."""

import pytest

from search.model import UNDETERMINED
from tests.integration.search.conformance.shelves import Shelf, course


async def test_the_exact_code_comes_first(shelf: Shelf) -> None:
    await shelf.put(
        course(1, "Seminar", codes=("MATH-101",)),
        course(2, "MATH-101 companion: MATH-101 in practice", "All about MATH-101.", popularity=100_000),
        course(3, "Calculus", codes=("MATH-1010",), popularity=100_000),
        course(4, "Algebra", codes=("MATH-1",), popularity=100_000),
    )
    for asked in ("MATH-101", "math-101", " Math-101 "):
        assert (await shelf.found(asked))[0] == 1, asked


async def test_one_of_several_codes_is_enough(shelf: Shelf) -> None:
    await shelf.put(course(1, "Seminar", codes=("PHY.20", "物理20")), course(2, "Else", codes=("CHE.20",)))
    assert (await shelf.found("phy.20"))[0] == 1
    assert (await shelf.found("物理20", language="ja"))[0] == 1


async def test_the_beginning_of_a_code_finds_it(shelf: Shelf) -> None:
    await shelf.put(course(1, "Seminar", codes=("BIO4711",)), course(2, "Else", codes=("CHE4711",)))
    for typed in ("bio", "BIO4", "bio471"):
        assert await shelf.found(typed) == [1], typed


async def test_a_code_among_other_words_is_found(shelf: Shelf) -> None:
    await shelf.put(course(1, "Seminar", codes=("BIO4711",)), course(2, "Genetics"))
    assert sorted(await shelf.found("genetics bio4711")) == [1, 2]


async def test_the_last_word_may_be_unfinished(shelf: Shelf) -> None:
    await shelf.put(course(1, "Introduction to Thermodynamics"), course(2, "Introduction to Law"))
    assert (await shelf.found("introduction to thermod"))[0] == 1
    assert await shelf.found("thermod") == [1]
    assert await shelf.found("THERMOD", language=UNDETERMINED) == [1]


async def test_one_letter_is_a_word_and_no_beginning(shelf: Shelf) -> None:
    await shelf.put(
        course(1, "C++ in depth"), course(2, "Chemistry", codes=("CHEM-101",)), course(3, "C and R")
    )
    assert sorted(await shelf.found("C++")) == [1, 3]


async def test_the_last_word_may_be_unfinished_in_other_scripts(shelf: Shelf) -> None:
    await shelf.put(
        course(1, {"ru": "Термодинамика"}),
        course(2, {"el": "Θερμοδυναμική"}),
        course(3, {"ko": "열역학 개론"}),
    )
    assert await shelf.found("термод", language="ru") == [1]
    assert await shelf.found("θερμοδ", language="el") == [2]
    assert await shelf.found("열역", language="ko") == [3]


@pytest.mark.parametrize(
    ("what", "language", "title", "typed"),
    [
        ("left out", "en", "Thermodynamics", "thermodnamics"),
        ("one too many", "en", "Thermodynamics", "thermodyynamics"),
        ("another", "en", "Thermodynamics", "thermodinamics"),
        ("swapped", "en", "Thermodynamics", "thermodynmaics"),
        ("at the end", "en", "Quantum optics", "quantun"),
        ("short", "en", "Roman law", "romam"),
        ("stemmed", "en", "Medieval manuscripts", "manuskripts"),
        ("German", "de", "Wirtschaftsinformatik", "wirtschaftinformatik"),
        ("French", "fr", "Philosophie antique", "philosphie"),
        ("Russian", "ru", "Философия", "филасофия"),
        ("Greek", "el", "Φιλοσοφία", "φιλοσοφια"),
        ("Arabic", "ar", "الاقتصاد", "الاقتصدا"),
    ],
    ids=lambda value: value if value.isascii() else None,
)
async def test_a_word_with_one_wrong_letter_is_found(
    shelf: Shelf, what: str, language: str, title: str, typed: str
) -> None:
    await shelf.put(course(1, {language: title}), course(2, {language: "Zzyzx"}))
    assert await shelf.found(typed, language=language) == [1], what


async def test_a_wrong_letter_is_forgiven_also_where_the_language_is_unknown(shelf: Shelf) -> None:
    await shelf.put(course(1, {"und": "Thermodynamics"}), course(2, {"de": "Wirtschaftsinformatik"}))
    assert await shelf.found("thermodinamics", language=UNDETERMINED) == [1]
    assert await shelf.found("wirtschaftsinfromatik", languages=("en", "de")) == [2]


async def test_what_is_spelt_as_asked_comes_before_what_is_nearly(shelf: Shelf) -> None:
    await shelf.put(
        course(1, "Causal inference", popularity=10),
        course(2, "Casual inference", popularity=100_000),
        course(3, "Else"),
    )
    assert (await shelf.found("causal"))[0] == 1
    assert (await shelf.found("casual"))[0] == 2


async def test_a_word_quite_unlike_is_not_found(shelf: Shelf) -> None:
    await shelf.put(course(1, "Thermodynamics"), course(2, "Law"))
    assert await shelf.found("theremdunamcs") == []
    assert await shelf.found("low") in ([], [2])  # so short a word may be forgiven or not


async def test_a_synonym_finds_what_has_the_other_word(shelf: Shelf) -> None:
    await shelf.put(course(1, "Mathematics"), course(2, "Law"))
    assert await shelf.found("calc", synonyms={"calc": ("mathematics",)}) == [1]
    assert await shelf.found("Calc", synonyms={"calc": ("mathematics", "jurisprudence")}) == [1]


async def test_a_synonym_of_several_words_finds_what_has_them(shelf: Shelf) -> None:
    await shelf.put(course(1, "Artificial intelligence"), course(2, "Law"), course(3, "Artificial turf"))
    assert (await shelf.found("ki", synonyms={"ki": ("artificial intelligence",)}))[0] == 1


async def test_a_synonym_is_found_in_the_language_of_the_query(shelf: Shelf) -> None:
    await shelf.put(course(1, {"de": "Mündliche Prüfungen"}), course(2, {"ja": "機械学習"}), course(3, "Law"))
    assert await shelf.found("klausur", language="de", synonyms={"klausur": ("prüfung",)}) == [1]
    assert await shelf.found("ml", language="ja", synonyms={"ml": ("機械学習",)}) == [2]


async def test_the_word_itself_comes_before_its_synonym(shelf: Shelf) -> None:
    await shelf.put(course(1, "Maths"), course(2, "Mathematics"))
    found = await shelf.found("maths", synonyms={"maths": ("mathematics",)})
    assert found == [1, 2]


async def test_synonyms_of_words_that_are_not_asked_for_find_nothing(shelf: Shelf) -> None:
    await shelf.put(course(1, "Mathematics"), course(2, "Law"))
    assert await shelf.found("law", synonyms={"calc": ("mathematics",)}) == [2]

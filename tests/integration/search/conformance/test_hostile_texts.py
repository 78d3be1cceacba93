"""Whatever is typed is text: nothing in it is an operator, and nothing is an accident."""

import pytest

from search.model import LONGEST_TEXT, UNDETERMINED, Facet
from tests.integration.search.conformance.shelves import Shelf, audience, course

_TYPED = [
    '"',
    '"roman',
    '"roman law"~2 AND (history OR NOT poetry)',
    "roman AND",
    "OR OR OR",
    "+roman -law !history & | && ||",
    "roman:*",
    "title:roman",
    "titles.en:secret",
    "_exists_:audience",
    "ro*n",
    "*",
    "?*?",
    "**",
    "~",
    "roman~9",
    "roman^1000000",
    "[a TO z]",
    "{* TO *}",
    "/.*/",
    "/(a+)+$/",
    "((((((((((((((((((((",
    "))))",
    "\\",
    "\\\\\\'",
    "'; drop table fediflow.users; --",
    "%",
    "_%_",
    "$1",
    "{{constructor}}",
    "<script>alert(1)</script>",
    "\0",
    "roman\0law",
    "\ud800",
    "roman \udfff law",
    "\x01\x02\x03\x1b[31m",
    "\u202eroman\u202c",
    "\u200b\u200d\ufeff",
    "\u0301\u0301\u0301",
    "🦄",
    "👩‍👩‍👧‍👦 roman",
    "Z̸̡͎͈a̷l̵g̶o̸",
    "ﷺ" * 50,
    "．．．／",
    "a" * LONGEST_TEXT,
    "a " * (LONGEST_TEXT // 2),
    "学" * LONGEST_TEXT,
    "ก" * LONGEST_TEXT,
    "ro " * 160,
    " ".join(f"w{n}" for n in range(120)),
    " ".join(chr(0x4E00 + n) for n in range(250)),
    "-" * LONGEST_TEXT,
    "\n".join("roman" for _ in range(80)),
    "nan",
    "null",
    "1e309",
    "-0",
]


@pytest.mark.parametrize("language", ["en", "ja", "th", UNDETERMINED])
async def test_whatever_is_typed_is_answered_with_what_the_reader_may_find(
    shelf: Shelf, language: str
) -> None:
    await shelf.put(
        course(1, "Roman law", "Text.", codes=("IUS-1",), facets={Facet.LEVEL: ("6",)}),
        course(2, "Secret quetzal", "Roman law.", audience={"course:2"}, facets={Facet.LEVEL: ("7",)}),
        course(3, "ローマ法と歴史"),
    )
    for typed in _TYPED:
        answer = await shelf.ask(
            typed, language=language, facets=(Facet.LEVEL,), synonyms={typed[:40]: (typed[:40],)}
        )
        assert {hit.reference.id for hit in answer.hits} <= {1, 3}, typed
        assert {one.value for one in answer.facets[Facet.LEVEL]} <= {"6"}, typed
        assert "quetzal" not in repr(answer), typed
        for suggested in await shelf.suggested(typed, language=language):
            assert suggested.reference.id in (1, 3), typed


async def test_operators_and_wildcards_mean_nothing(shelf: Shelf) -> None:
    await shelf.put(course(1, "Zebra"), course(2, "Poetry"), course(3, "Law"))
    for typed in ("*bra", "ze?ra", "_id:1", "title:*", "%ebr%", "[x TO zz]"):
        assert await shelf.found(typed) == [], typed
    assert 1 in await shelf.found("-zebra")
    assert 1 in await shelf.found("NOT zebra")
    assert 1 in await shelf.found('"zebra poetry')


async def test_punctuation_alone_finds_no_words(shelf: Shelf) -> None:
    await shelf.put(course(1, "Roman law"), course(2, "Poetry"))
    for typed in ("!!!", "***", "…", "()", "«»"):
        assert await shelf.found(typed) == [], typed


async def test_words_with_signs_in_them_are_found(shelf: Shelf) -> None:
    await shelf.put(
        course(1, "Programming in C++"),
        course(2, "C# and .NET"),
        course(3, "AT&T: a history"),
        course(4, "Poetry"),
    )
    assert 1 in await shelf.found("c++ programming")
    assert 2 in await shelf.found(".net")
    assert 3 in await shelf.found("at&t history")
    assert (await shelf.found("rock'n'roll programming"))[0] == 1


async def test_odd_characters_in_documents_do_not_hide_their_words(shelf: Shelf) -> None:
    await shelf.put(
        course(1, "🦄 Unicorn\u200bstudies 🇩🇪", "\x01Quetzal\x02"),
        course(2, "\u202eParadox\u202c", "so\u00adft hyphen"),
        course(3, "Poetry"),
    )
    assert await shelf.found("quetzal") == [1]
    assert await shelf.found("paradox") == [2]
    assert await shelf.found("soft") == [2]


async def test_hostile_filters_are_values(shelf: Shelf) -> None:
    await shelf.put(course(1, "A", facets={Facet.LEVEL: ("6",), Facet.DELIVERY: ('a"b\\c',)}))
    assert await shelf.found(filters={Facet.DELIVERY: frozenset({'a"b\\c'})}) == [1]
    for value in ("*", "6 OR 7", "' or true --", "", "\0", "\ud800", "x" * 50_000):
        assert await shelf.found(filters={Facet.LEVEL: frozenset({value})}) == [], repr(value[:20])


async def test_hostile_tokens_are_values(shelf: Shelf) -> None:
    await shelf.put(course(1, "A", audience={"catalog:7"}), course(2, "A", audience={'odd,"{}\\'}))
    for token in ("*", "catalog*", "catalog:7,", "{catalog:7}", "' or true --", ""):
        assert await shelf.found(reader=audience(token)) == [], token
    assert await shelf.found(reader=audience('odd,"{}\\')) == [2]

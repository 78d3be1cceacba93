"""What somebody may be about to type."""

from search.model import UNDETERMINED, Kind, Reference
from tests.integration.search.conformance.shelves import Shelf, audience, course, document, ref


async def _texts(shelf: Shelf, text: str, **asked: object) -> list[str]:
    return [one.text for one in await shelf.suggested(text, **asked)]


async def test_a_title_that_begins_so_is_suggested(shelf: Shelf) -> None:
    await shelf.put(course(1, "Thermodynamics"), course(2, "Roman law"))
    (suggested,) = await shelf.suggested("ther")
    assert (suggested.reference, suggested.text, suggested.language) == (ref(1), "Thermodynamics", "en")


async def test_a_later_word_may_begin_so(shelf: Shelf) -> None:
    await shelf.put(course(1, "Fluid Dynamics"), course(2, "Roman law"))
    assert await _texts(shelf, "dyna") == ["Fluid Dynamics"]


async def test_several_words_are_all_meant(shelf: Shelf) -> None:
    await shelf.put(course(1, "Introduction to Thermodynamics"), course(2, "Introduction to Law"))
    assert await _texts(shelf, "introduction to th") == ["Introduction to Thermodynamics"]
    assert sorted(await _texts(shelf, "introduction to ")) == [
        "Introduction to Law",
        "Introduction to Thermodynamics",
    ]


async def test_a_code_that_begins_so_is_suggested_with_the_title(shelf: Shelf) -> None:
    await shelf.put(course(1, "Calculus", codes=("MATH-101",)), course(2, "Law", codes=("IUS-1",)))
    (text,) = await _texts(shelf, "math-1")
    assert "Calculus" in text


async def test_the_popular_come_first_and_each_once(shelf: Shelf) -> None:
    await shelf.put(
        course(1, {"en": "Statistics one", "de": "Statistik eins"}, popularity=1),
        course(2, {"en": "Statistics two", "fr": "Statistique deux"}, popularity=300),
        course(3, {"en": "Statistics three", "de": "Statistik drei"}, codes=("STAT3",), popularity=20),
    )
    for languages in (("en",), ("de", "en"), (UNDETERMINED,)):
        found = await shelf.suggested("stat", languages=languages)
        assert [one.reference.id for one in found] == [2, 3, 1]


async def test_case_and_accents_make_no_difference(shelf: Shelf) -> None:
    await shelf.put(course(1, {"fr": "Éducation comparée"}), course(2, {"de": "Öffentliches Recht"}))
    for typed in ("edu", "ÉDU", "e\u0301duc"):
        assert await _texts(shelf, typed, language="fr") == ["Éducation comparée"], typed
    assert await _texts(shelf, "offen", language="de") == ["Öffentliches Recht"]


async def test_titles_of_other_scripts_are_suggested(shelf: Shelf) -> None:
    titles = {
        "zh": "機器學習",
        "ja": "プログラミング入門",
        "ko": "기계학습",
        "ru": "Философия",
        "ar": "الاقتصاد",
        "th": "ปรัชญา",
    }
    await shelf.put(*(course(n, {one: title}) for n, (one, title) in enumerate(titles.items())))
    for language, title in titles.items():
        for asked_in in (language, "en"):
            assert await _texts(shelf, title[:2], language=asked_in) == [title]


async def test_simplified_characters_suggest_traditional_ones(shelf: Shelf) -> None:
    await shelf.put(course(1, {"zh-Hant": "計算機科學"}))
    for typed in ("计", "计算", "計算"):
        (one,) = await shelf.suggested(typed, language="zh")
        assert one.text == "計算機科學"


async def test_the_text_is_of_the_language_that_was_typed(shelf: Shelf) -> None:
    await shelf.put(course(1, {"en": "Roman law", "de": "Römisches Recht", "ja": "ローマ法"}))
    for typed, language, title in (
        ("rom", "en", "Roman law"),
        ("röm", "de", "Römisches Recht"),
        ("ローマ", "ja", "ローマ法"),
    ):
        (one,) = await shelf.suggested(typed, language=language)
        assert (one.text, one.language) == (title, language)


async def test_no_more_than_asked_for(shelf: Shelf) -> None:
    await shelf.put(*(course(one, f"Statistics {one}") for one in range(1, 30)))
    assert len(await shelf.suggested("stat")) == 8
    assert len(await shelf.suggested("stat", first=3)) == 3


async def test_only_of_the_kinds_that_were_asked_for(shelf: Shelf) -> None:
    await shelf.put(*(document(Reference(kind, 10 + n), "Botany") for n, kind in enumerate(Kind)))
    found = await shelf.suggested("bot", kinds=frozenset({Kind.USER, Kind.OFFERING}))
    assert {one.reference.kind for one in found} == {Kind.USER, Kind.OFFERING}
    assert len(await shelf.suggested("bot")) == len(Kind)


async def test_only_what_the_reader_may_find(shelf: Shelf) -> None:
    await shelf.put(
        course(1, "Quetzalcoatl", audience={"course:1"}, popularity=99),
        course(2, "Quetzals and other birds"),
        course(3, "Quetzal posts", audience={"members", "by:3"}),
        course(4, "Quetzal nobody's", audience=()),
    )
    assert sorted(await _texts(shelf, "quetz")) == ["Quetzal posts", "Quetzals and other birds"]
    reader = audience("members", without=["by:3"])
    assert await _texts(shelf, "quetz", reader=reader) == ["Quetzals and other birds"]
    assert await _texts(shelf, "quetz", reader=audience("public")) == []
    assert await _texts(shelf, "quetz", reader=reader, without=frozenset({ref(2)})) == []


async def test_what_is_hidden_leaves_room_for_what_is_not(shelf: Shelf) -> None:
    hidden = [course(n, "Statistics", audience={"course:9"}, popularity=n) for n in range(100, 300)]
    await shelf.put(*hidden, course(1, "Statistics"))
    assert [one.reference.id for one in await shelf.suggested("stat", first=3)] == [1]


async def test_what_went_is_not_suggested(shelf: Shelf) -> None:
    await shelf.put(course(1, "Thermodynamics"), course(2, "Thermometers"))
    await shelf.remove(ref(1), version=2)
    await shelf.put(course(2, "Barometers"), version=2)
    assert await _texts(shelf, "ther") == []
    assert await _texts(shelf, "baro") == ["Barometers"]

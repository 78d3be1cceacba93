"""Words are found where they stand, in every title and text, however they are cased and accented."""

import pytest

from search.model import UNDETERMINED, Kind, Reference
from tests.integration.search.conformance.shelves import Shelf, course, document


async def test_words_of_the_title_are_found(shelf: Shelf) -> None:
    await shelf.put(course(1, "Organic Chemistry"), course(2, "Roman History"))
    assert await shelf.found("chemistry") == [1]
    assert await shelf.found("roman") == [2]


async def test_words_of_the_text_are_found(shelf: Shelf) -> None:
    await shelf.put(
        course(1, "Organic Chemistry", "Carbon and what it binds to."), course(2, "Roman History", "Caesar.")
    )
    assert await shelf.found("carbon") == [1]


async def test_what_has_none_of_the_words_is_not_found(shelf: Shelf) -> None:
    await shelf.put(course(1, "Organic Chemistry"))
    answer = await shelf.ask("philately")
    assert (answer.hits, answer.total, answer.has_next) == ((), 0, False)


async def test_a_blank_text_finds_everything(shelf: Shelf) -> None:
    await shelf.put(course(1, "Organic Chemistry"), course(2, "Roman History"))
    for blank in ("", "   ", "\t\n", "\u3000"):
        assert sorted(await shelf.found(blank)) == [1, 2]


async def test_one_of_several_words_is_enough_and_more_of_them_come_first(shelf: Shelf) -> None:
    await shelf.put(
        course(1, "Organic Chemistry"), course(2, "Roman History"), course(3, "History of Chemistry")
    )
    found = await shelf.found("history chemistry")
    assert found[0] == 3
    assert sorted(found) == [1, 2, 3]


async def test_a_title_counts_more_than_a_text(shelf: Shelf) -> None:
    filler = "Lectures, seminars and readings of sources over two terms."
    await shelf.put(
        course(1, "Seminar", f"{filler} Linguistics comes last."),
        course(2, "Linguistics", filler),
        course(3, "Colloquium", f"{filler} And some linguistics."),
    )
    assert (await shelf.found("linguistics"))[0] == 2


async def test_a_rare_word_counts_more_than_one_that_is_everywhere(shelf: Shelf) -> None:
    await shelf.put(
        *(course(one, f"Introduction to subject number {one}") for one in range(10, 40)),
        course(1, "Paleography"),
    )
    assert (await shelf.found("introduction paleography"))[0] == 1


async def test_each_title_of_several_languages_is_found(shelf: Shelf) -> None:
    titles = {
        "en": "Artificial intelligence",
        "de": "Künstliche Intelligenz",
        "ja": "人工知能",
        "ru": "Искусственный интеллект",
        "ar": "الذكاء الاصطناعي",
    }
    await shelf.put(course(1, titles), course(2, {"en": "Poetry", "de": "Lyrik", "ja": "詩"}))
    for language, title in titles.items():
        assert await shelf.found(title, language=language) == [1], language


async def test_a_word_is_found_though_the_query_is_thought_to_be_of_another_language(shelf: Shelf) -> None:
    await shelf.put(
        course(1, {"de": "Wirtschaftsinformatik"}),
        course(2, {"ru": "Математика"}),
        course(3, {"ja": "統計学"}),
        course(4, {"el": "Φιλοσοφία"}),
    )
    for asked_in in ("en", UNDETERMINED):
        assert await shelf.found("Wirtschaftsinformatik", language=asked_in) == [1]
        assert await shelf.found("Математика", language=asked_in) == [2]
        assert await shelf.found("統計学", language=asked_in) == [3]
        assert await shelf.found("φιλοσοφία", language=asked_in) == [4]


async def test_a_text_of_an_unknown_language_is_found(shelf: Shelf) -> None:
    await shelf.put(course(1, {"und": "Zorblax Kwimble"}, {"und": "Frobnicated gizmos."}), course(2, "Else"))
    for asked_in in ("en", "ja", UNDETERMINED):
        assert await shelf.found("kwimble", language=asked_in) == [1]
        assert await shelf.found("gizmos", language=asked_in) == [1]


async def test_a_language_without_an_analyzer_of_its_own_is_found(shelf: Shelf) -> None:
    await shelf.put(
        course(1, {"yo": "Ìtàn àwọn Yorùbá"}),
        course(2, {"ka": "ქართული ენა"}),
        course(3, {"zh-Hant-TW": "臺灣歷史"}),
        course(4, {"gsw-CH": "Schwiizerdütsch für Aafänger"}),
    )
    assert await shelf.found("Yorùbá", language="yo") == [1]
    assert await shelf.found("ქართული", language="ka") == [2]
    assert await shelf.found("臺灣", language="zh-Hant-TW") == [3]
    assert await shelf.found("schwiizerdütsch", language="gsw-CH") == [4]


async def test_several_languages_of_a_query_are_all_tried(shelf: Shelf) -> None:
    await shelf.put(course(1, {"de": "Alte Handschriften"}), course(2, {"en": "Old manuscripts"}))
    assert await shelf.found("Handschrift", languages=("en", "de", "fr")) == [1]
    assert await shelf.found("manuscript", languages=("fr", "de", "en")) == [2]


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("Café culture", "cafe"),
        ("Cafe culture", "café"),
        ("Müller und Söhne", "MULLER"),
        ("Müller und Söhne", "müller"),
        ("Straßenbau", "strassenbau"),
        ("STRASSENBAU", "straßenbau"),
        ("Łódź", "lodz"),
        ("Smørrebrød", "smorrebrod"),
        ("Ｍａｔｈｅｍａｔｉｃｓ", "mathematics"),
        ("Résumé writing", "re\u0301sume\u0301"),
        ("Re\u0301sume\u0301 writing", "résumé"),
        ("L’écriture", "écriture"),
        ("ΦΙΛΟΣΟΦΙΑ", "φιλοσοφία"),
        ("Ёлка", "елка"),
    ],
)
async def test_case_width_and_accents_make_no_difference(shelf: Shelf, title: str, asked: str) -> None:
    await shelf.put(course(1, {"und": title}), course(2, {"und": "Nothing alike"}))
    assert await shelf.found(asked, language=UNDETERMINED) == [1]


@pytest.mark.parametrize(
    ("language", "title", "asked"),
    [
        ("fr", "Éducation comparée", "education"),
        ("de", "Öffentliches Recht", "offentliches recht"),
        ("es", "Introducción a la lógica", "introduccion logica"),
        ("pt", "Educação física", "educacao"),
        ("tr", "İstanbul tarihi", "istanbul"),
        ("tr", "Işık ve renk", "ışık"),
        ("vi", "Đại học quốc gia", "dai hoc"),
        ("pl", "Język łaciński", "lacinski"),
        ("sv", "Företagsekonomi", "foretagsekonomi"),
    ],
)
async def test_accents_may_be_left_out_in_a_known_language(
    shelf: Shelf, language: str, title: str, asked: str
) -> None:
    await shelf.put(course(1, {language: title}), course(2, {language: "Xyzzy"}))
    assert await shelf.found(asked, language=language) == [1]


async def test_every_kind_is_found_and_kinds_narrow(shelf: Shelf) -> None:
    await shelf.put(*(document(Reference(kind, 10 + n), f"Botany {kind}") for n, kind in enumerate(Kind)))
    found = (await shelf.ask("botany")).hits
    assert {hit.reference.kind for hit in found} == set(Kind)
    some = frozenset({Kind.POST, Kind.USER})
    assert {hit.reference.kind for hit in (await shelf.ask("botany", kinds=some)).hits} == some
    assert {hit.reference.kind for hit in (await shelf.ask(kinds=some)).hits} == some


async def test_the_same_id_of_two_kinds_is_two_documents(shelf: Shelf) -> None:
    await shelf.put(
        document(Reference(Kind.COURSE, 1), "Botany"), document(Reference(Kind.OFFERING, 1), "Botany")
    )
    answer = await shelf.ask("botany")
    assert {hit.reference.kind for hit in answer.hits} == {Kind.COURSE, Kind.OFFERING}
    assert answer.total == 2

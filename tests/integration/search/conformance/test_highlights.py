"""What is shown of a hit is its own text, with the words that were found marked."""

import pytest

from search.language.queries import query_languages
from search.model import Highlight
from tests.integration.search.conformance.corpora import STEMS, UNSPACED
from tests.integration.search.conformance.shelves import Shelf, audience, course

_FIELDS = {"title", "text", "code"}


def _joined(highlight: Highlight) -> str:
    return "".join(part.text for part in highlight.parts)


def _matches(highlight: Highlight) -> list[str]:
    return [part.text.casefold() for part in highlight.parts if part.is_match]


async def _highlights(shelf: Shelf, text: str, **asked: object) -> list[Highlight]:
    (hit,) = (await shelf.ask(text, **asked)).hits
    assert {one.field for one in hit.highlights} <= _FIELDS
    return list(hit.highlights)


async def test_the_title_is_whole_and_its_words_are_marked(shelf: Shelf) -> None:
    await shelf.put(course(1, "Roman law and Roman history"))
    (highlight,) = await _highlights(shelf, "roman")
    assert (highlight.field, highlight.language) == ("title", "en")
    assert _joined(highlight) == "Roman law and Roman history"
    assert _matches(highlight) == ["roman", "roman"]


async def test_a_snippet_is_a_piece_of_the_text_around_the_words(shelf: Shelf) -> None:
    text = (
        "Filling words go on and on. " * 60 + "The quetzal is a bird. " + "More filling words follow. " * 60
    )
    await shelf.put(course(1, "Seminar", text))
    (highlight,) = [one for one in await _highlights(shelf, "quetzal") if one.field == "text"]
    snippet = _joined(highlight)
    assert snippet in text
    assert "The quetzal is" in snippet
    assert len(snippet) <= 500
    assert _matches(highlight) == ["quetzal"]


async def test_a_short_text_is_shown_as_it_is(shelf: Shelf) -> None:
    text = "The quetzal\n\n is   a bird."
    await shelf.put(course(1, "Seminar", text))
    (highlight,) = [one for one in await _highlights(shelf, "bird") if one.field == "text"]
    assert _joined(highlight) in text


@pytest.mark.parametrize("language", sorted(STEMS))
async def test_the_form_that_stands_there_is_marked(shelf: Shelf, language: str) -> None:
    title, asked, _ = STEMS[language]
    await shelf.put(course(1, {language: title}))
    (highlight,) = await _highlights(shelf, asked, language=language, reader_languages=(language,))
    assert (highlight.language, _joined(highlight)) == (language, title)
    assert len(_matches(highlight)) == 1


@pytest.mark.parametrize("language", sorted(UNSPACED))
async def test_words_in_text_without_spaces_are_marked(shelf: Shelf, language: str) -> None:
    title, asked, _ = UNSPACED[language]
    await shelf.put(course(1, {language: title}))
    (highlight,) = await _highlights(shelf, asked, language=language, reader_languages=(language,))
    assert _joined(highlight) == title
    marked = "".join(_matches(highlight))
    assert asked in marked
    assert marked != title


@pytest.mark.parametrize(
    ("language", "title", "asked", "marked"),
    [
        ("zh", "海洋生物学导论", "海洋", ["海洋"]),
        ("zh", "海洋生物学导论", "生物学", ["生物学"]),
        ("zh", "計算機科學與資訊工程", "資訊工程", ["資訊工程"]),
        ("ja", "東京の都市計画", "東京", ["東京"]),
        ("th", "วิทยาศาสตร์คอมพิวเตอร์", "คอมพิวเตอร์", ["คอมพิวเตอร์"]),
        ("hi", "भौतिकी का परिचय", "भौतिकी", ["भौतिकी"]),
        ("ru", "Романы Достоевского", "Достоевский", ["достоевского"]),
        ("ar", "مدخل إلى الفيزياء", "الفيزياء", ["الفيزياء"]),
    ],
)
async def test_words_are_marked_in_languages_that_nobody_reads_here(
    shelf: Shelf, language: str, title: str, asked: str, marked: list[str]
) -> None:
    await shelf.put(course(1, {language: title}))
    languages = query_languages(asked, given=None, languages=("de", "en"))
    (highlight,) = await _highlights(shelf, asked, languages=languages, reader_languages=("de", "en"))
    assert (_joined(highlight), _matches(highlight)) == (title, marked)


async def test_the_snippet_comes_in_the_readers_language(shelf: Shelf) -> None:
    await shelf.put(
        course(
            1,
            {"de": "Kafka lesen", "en": "Reading Kafka", "ja": "カフカ"},
            {"de": "Kafka und Prag.", "en": "Kafka and Prague.", "ja": "カフカとプラハ。"},
        )
    )
    for reads, other in (("de", "en"), ("en", "de")):
        for asked_in in ("de", "en"):
            found = await _highlights(
                shelf, "kafka", language=asked_in, reader_languages=(reads, "ja", other)
            )
            assert {one.language for one in found} == {reads}
            assert {one.field for one in found} == {"title", "text"}


async def test_where_the_words_are_in_another_language_that_is_shown(shelf: Shelf) -> None:
    await shelf.put(course(1, {"de": "Gewässerkunde", "en": "Hydrology"}))
    found = await _highlights(shelf, "Gewässerkunde", language="de", reader_languages=("en",))
    marked = [one for one in found if _matches(one)]
    assert [(one.field, one.language) for one in marked] == [("title", "de")]


async def test_a_code_is_marked(shelf: Shelf) -> None:
    await shelf.put(course(1, "Seminar", codes=("XQ-77", "Other")))
    marked = [one for one in await _highlights(shelf, "xq-77") if one.field == "code"]
    assert [_joined(one) for one in marked] == ["XQ-77"]
    assert _matches(marked[0])


async def test_without_a_text_nothing_is_marked(shelf: Shelf) -> None:
    await shelf.put(course(1, "Roman law", "Text."))
    (hit,) = (await shelf.ask()).hits
    assert not [part for one in hit.highlights for part in one.parts if part.is_match]


@pytest.mark.parametrize(
    "title",
    [
        "<b>Roman</b> & <script>alert('law')</script>",
        "Roman \x01law\x02 and \ue000\ue001 \x1e\x1f law",
        "Roman\u200b law\u00ad of \u202ethe sea",
        "🏛️ Roman 👩‍🏫 law 🇩🇪",
        "Roman &lt;em&gt; &amp;amp; <em>law</em> {{law}} </mark>",
        "Ro\u0301man e\u0301tude law",
    ],
)
async def test_odd_characters_come_back_as_they_were(shelf: Shelf, title: str) -> None:
    await shelf.put(course(1, title, f"Before. {title}. After."))
    found = await _highlights(shelf, "law")
    assert {one.field for one in found} == {"title", "text"}
    for highlight in found:
        whole = title if highlight.field == "title" else f"Before. {title}. After."
        assert _joined(highlight) in whole
        assert set(_matches(highlight)) == {"law"}


async def test_nothing_of_a_document_shows_that_another_holds(shelf: Shelf) -> None:
    await shelf.put(
        course(1, "Roman law", "Open."), course(2, "Roman law", "Quetzalcoatl.", audience={"course:2"})
    )
    answer = await shelf.ask("roman law quetzalcoatl", reader=audience("members"))
    assert [hit.reference.id for hit in answer.hits] == [1]
    assert "quetzal" not in repr(answer).casefold()

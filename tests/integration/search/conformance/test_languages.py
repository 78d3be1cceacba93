"""What the words of a language have in common is found: inflected forms, words without spaces, other scripts."""

import pytest

from search.model import UNDETERMINED, Kind
from tests.integration.search.conformance.corpora import STEMS, UNSPACED
from tests.integration.search.conformance.shelves import Shelf, course, document, ref


@pytest.mark.parametrize("language", sorted(STEMS))
async def test_another_form_of_a_word_is_found(shelf: Shelf, language: str) -> None:
    title, asked, other = STEMS[language]
    await shelf.put(course(1, {language: title}), course(2, {language: other}))
    assert await shelf.found(asked, language=language) == [1]


@pytest.mark.parametrize("language", sorted(STEMS))
async def test_another_form_is_found_among_the_languages_that_a_query_may_be_in(
    shelf: Shelf, language: str
) -> None:
    title, asked, other = STEMS[language]
    await shelf.put(course(1, {language: title}), course(2, {language: other}))
    others = tuple(one for one in ("en", "fr", "ru") if one != language)
    assert (await shelf.found(asked, languages=(*others, language)))[:1] == [1]


@pytest.mark.parametrize("language", sorted(UNSPACED))
async def test_words_are_found_in_text_without_spaces(shelf: Shelf, language: str) -> None:
    title, asked, other = UNSPACED[language]
    await shelf.put(course(1, {language: title}), course(2, {language: other}))
    assert await shelf.found(asked, language=language) == [1]


@pytest.mark.parametrize("language", sorted(UNSPACED))
async def test_words_are_found_in_unspaced_text_whose_language_nobody_knows(
    shelf: Shelf, language: str
) -> None:
    title, asked, other = UNSPACED[language]
    await shelf.put(course(1, {UNDETERMINED: title}), course(2, {UNDETERMINED: other}))
    assert (await shelf.found(asked, language=UNDETERMINED))[:1] == [1]


@pytest.mark.parametrize("language", sorted(UNSPACED))
async def test_words_in_a_long_unspaced_text_are_found(shelf: Shelf, language: str) -> None:
    title, asked, other = UNSPACED[language]
    await shelf.put(
        course(1, {language: other}, {language: f"{other}。{title}。"}), course(2, {language: other})
    )
    assert await shelf.found(asked, language=language) == [1]


async def test_traditional_and_simplified_chinese_find_each_other(shelf: Shelf) -> None:
    await shelf.put(
        course(1, {"zh": "機器學習與資料庫"}), course(2, {"zh": "网络安全"}), course(3, {"zh": "唐詩選讀"})
    )
    assert await shelf.found("机器学习", language="zh") == [1]
    assert await shelf.found("網絡安全", language="zh") == [2]
    assert await shelf.found("唐诗", language="zh") == [3]


async def test_chinese_of_both_scripts_by_their_tags_find_each_other(shelf: Shelf) -> None:
    await shelf.put(
        course(1, {"zh-Hant": "線性代數"}), course(2, {"zh-Hans": "线性代数"}), course(3, {"zh": "戲劇"})
    )
    assert sorted(await shelf.found("线性代数", language="zh")) == [1, 2]
    assert sorted(await shelf.found("線性代數", language="zh-Hant")) == [1, 2]


async def test_half_width_and_full_width_kana_find_each_other(shelf: Shelf) -> None:
    await shelf.put(course(1, {"ja": "プログラミング入門"}), course(2, {"ja": "日本文学"}))
    assert await shelf.found("ﾌﾟﾛｸﾞﾗﾐﾝｸﾞ", language="ja") == [1]


async def test_a_latin_word_in_a_cjk_title_is_found(shelf: Shelf) -> None:
    await shelf.put(course(1, {"ja": "Pythonによるデータ解析"}), course(2, {"ja": "日本文学"}))
    for language in ("ja", "en", UNDETERMINED):
        assert await shelf.found("python", language=language) == [1]


async def test_arabic_is_found_without_vowel_signs_and_article(shelf: Shelf) -> None:
    await shelf.put(course(1, {"ar": "الفِيزِيَاء النظرية"}), course(2, {"ar": "تاريخ الفن"}))
    assert await shelf.found("الفيزياء", language="ar") == [1]
    assert await shelf.found("فيزياء", language="ar") == [1]


@pytest.mark.parametrize(
    ("language", "title", "asked"),
    [
        ("el", "Τεχνολογία", "technologia"),
        ("ru", "Москва", "moskva"),
        ("ru", "Вулканология", "vulkanologiya"),
        ("uk", "Вулканологія", "vulkanologiya"),
        (UNDETERMINED, "Вулканология", "vulkanologiya"),
        ("uk", "Харків", "kharkiv"),
        ("ja", "つくば", "tsukuba"),
        ("ja", "カタカナ", "katakana"),
        ("bg", "Пловдив", "plovdiv"),
    ],
)
async def test_a_word_written_in_latin_letters_finds_the_other_script(
    shelf: Shelf, language: str, title: str, asked: str
) -> None:
    await shelf.put(course(1, {language: title}), course(2, {language: "Xyzzy"}))
    for asked_in in ("en", UNDETERMINED):
        assert await shelf.found(asked, language=asked_in) == [1]


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("اللسانيات", "لسانيات"),
        ("الزيتون", "زيتون"),
        ("والنجوم", "نجوم"),
        ("لسانيات", "واللسانيات"),
    ],
)
async def test_arabic_is_found_with_and_without_article(shelf: Shelf, title: str, asked: str) -> None:
    await shelf.put(course(1, {"ar": title}), course(2, {"ar": "تاريخ"}))
    assert await shelf.found(asked, language="ar") == [1]


@pytest.mark.parametrize(("one", "other"), [("Jürgens", "Juergens"), ("Grünwälder", "Gruenwaelder")])
async def test_umlauts_and_how_they_are_written_out_find_each_other(
    shelf: Shelf, one: str, other: str
) -> None:
    await shelf.put(
        document(ref(1, Kind.USER), {UNDETERMINED: f"Ada {one}"}),
        document(ref(2, Kind.USER), {UNDETERMINED: f"Ada {other}"}),
        document(ref(3, Kind.USER), {UNDETERMINED: "Ada Lovelace"}),
    )
    for asked in (one, other, one.upper(), other.lower()):
        assert sorted(await shelf.found(asked)) == [1, 2], asked


async def test_the_language_of_the_query_decides_between_words_that_look_alike(shelf: Shelf) -> None:
    # "gift" is poison in German
    await shelf.put(
        course(1, {"en": "Gift giving"}, {"en": "Presents in economy."}),
        course(2, {"de": "Gift und Gegengift"}, {"de": "Toxikologie."}),
    )
    assert set(await shelf.found("gift", language="en")) >= {1}
    assert (await shelf.found("gifts", language="en"))[0] == 1
    assert (await shelf.found("Gifte", language="de"))[0] == 2

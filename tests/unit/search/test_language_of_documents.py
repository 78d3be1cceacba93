"""In which language what is indexed is written."""

import pytest

from search.language.documents import document_language, indexed_texts, indexed_titles


@pytest.mark.parametrize(
    ("text", "declared", "languages", "expected"),
    [
        ("Analysis 1", "de-AT", ["en", "de"], "de"),
        ("線性代數", "zh-Hant-TW", ["en"], "zh"),
        ("Norsk", "nb-NO", ["en"], "no"),
        ("תורת החבורות", "iw", ["en"], "he"),
        ("MA 101", "en", ["de"], "en"),
        ("Nihongo nyūmon", "ja-Latn", ["ja", "en"], "ja"),
    ],
)
def test_a_declared_language_is_taken(text: str, declared: str, languages: list[str], expected: str) -> None:
    assert document_language(text, declared=declared, languages=languages) == expected


def test_a_declared_language_that_is_not_written_so_is_not_believed() -> None:
    assert document_language("情報工学実験", declared="en", languages=["en", "ja"]) == "ja"
    assert document_language("Линейная алгебра", declared="en", languages=["ru", "en"]) == "ru"


@pytest.mark.parametrize("declared", [None, "und", "mul", "x-own"])
def test_what_is_not_declared_is_in_the_institutions_language(declared: str | None) -> None:
    assert document_language("Mikroskopie", declared=declared, languages=["de-DE", "en"]) == "de"
    assert document_language("101-B", declared=declared, languages=["de-DE", "en"]) == "de"


def test_a_text_that_is_clearly_in_another_language_of_the_institution_is_in_that() -> None:
    text = "This seminar introduces the methods of historical research."
    assert document_language(text, declared=None, languages=["de", "fr", "en"]) == "en"
    assert document_language(text, declared=None, languages=["de", "fr"]) in ("de", "fr")


@pytest.mark.parametrize(
    ("languages", "expected"), [(["ja", "en"], "ja"), (["en", "zh-Hant"], "zh"), (["en", "ko"], "ko")]
)
def test_han_alone_is_in_the_institutions_east_asian_language(languages: list[str], expected: str) -> None:
    assert document_language("文學概論", declared=None, languages=languages) == expected


def test_the_forms_of_han_decide_between_japanese_and_chinese() -> None:
    assert document_language("応用数学実験", declared=None, languages=["zh", "ja"]) == "ja"
    assert document_language("应用数学实验", declared=None, languages=["ja", "zh"]) == "zh"
    assert document_language("微积分与线性代数", declared=None, languages=["ja", "zh"]) == "zh"
    assert document_language("日本史", declared=None, languages=["ja", "zh"]) == "ja"


def test_long_han_without_kana_is_no_japanese() -> None:
    text = "本科主要介紹文學理論及其發展並且分析各類作品以培養學生之閱讀能力及批判思考"
    assert document_language(text, declared=None, languages=["ja", "zh"]) == "zh"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("データベース入門", "ja"),
        ("국립대학교", "ko"),
        ("คณะวิทยาศาสตร์", "th"),
        ("Γραμμική άλγεβρα", "el"),
        ("אלגברה לינארית", "he"),
        ("გეომეტრია", "ka"),
        ("Ֆիզիկա", "hy"),
        ("关于应用数学实验", "zh"),
        ("情報処理実験", "ja"),
    ],
)
def test_a_script_of_one_language_decides_where_nobody_here_writes_so(text: str, expected: str) -> None:
    assert document_language(text, declared=None, languages=["de", "en"]) == expected


def test_letters_tell_arabic_persian_and_urdu_apart() -> None:
    languages = ["ar", "fa", "ur"]
    assert document_language("كلية الهندسة", declared=None, languages=languages) == "ar"
    assert document_language("دانشکده مهندسی کامپیوتر", declared=None, languages=languages) == "fa"
    assert document_language("شعبۂ انجینئرنگ میں", declared=None, languages=languages) == "ur"


def test_cyrillic_is_detected_among_the_institutions_languages() -> None:
    text = "Вступ до програмування та алгоритмів для першого курсу"
    assert document_language(text, declared=None, languages=["ru", "uk", "en"]) == "uk"


def test_nobody_can_tell() -> None:
    assert document_language("Linear algebra", declared=None, languages=["ja"]) == "und"
    assert document_language("Алгебра", declared=None, languages=["de"]) == "und"
    assert document_language("12 (3)", declared=None, languages=[]) == "und"
    assert document_language("\ud800", declared=None, languages=["de", "en"]) == "de"


def test_titles_of_one_language_are_kept_together() -> None:
    titles = {"zh-Hant": "程式設計", "zh-Hans": "程序设计", "en-GB": "Programming", "en-US": "Programming"}
    assert indexed_titles(titles, languages=["zh"]) == {"zh": "程式設計 / 程序设计", "en": "Programming"}


def test_texts_of_one_language_are_paragraphs() -> None:
    texts = {"pt-BR": "Um curso.", "pt-PT": "Uma unidade.", "und": "Ein Kurs."}
    assert indexed_texts(texts, languages=["de"]) == {"pt": "Um curso.\n\nUma unidade.", "de": "Ein Kurs."}

"""What texts are filed under by the engine in PostgreSQL."""

import pytest

from search.language.words import folded, words, written_out
from search.model import Document, Kind, Reference
from search.postgres.analysis import CODE, code_key, filed, pieces, term, transliterated
from search.postgres.rows import beginnings
from search.postgres.stems import stem


def _keys(text: str, language: str) -> list[str]:
    return [piece.key for piece in pieces(text, language)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"),
        ("Ödön", "odon"),
        ("Łukasz", "lukasz"),
        ("ｆｕｌｌ", "full"),
        ("Ёлка", "елка"),
        ("فِي", "في"),
    ],
)
def test_case_width_and_accents_do_not_matter(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "databases", "database"),
        ("de", "Häuser", "Hauses"),
        ("tr", "KİTAPLAR", "kitap"),
        ("ru", "базы", "базой"),
        ("ar", "الفِيزِيَاء", "فيزياء"),
        ("hi", "पुस्तकें", "पुस्तक"),
        *(("ar", one, "لسانيات") for one in ("اللسانيات", "واللسانيات", "باللسانيات", "للسانيات")),
        *(("ar", one, "زيتون") for one in ("الزيتون", "والزيتون", "وبالزيتون", "للزيتون", "كالزيتون")),
        *(("ar", one, "نجوم") for one in ("النجوم", "والنجوم", "فالنجوم", "للنجوم")),
        *(("ar", one, "لغة") for one in ("اللغة", "واللغة", "للغة", "باللغة", "لغات", "اللغات")),
        ("ar", "والبيانات", "بيانات"),
        ("ar", "المعلمون", "معلم"),
        ("ar", "والكتاب", "كتابه"),
    ],
)
def test_forms_of_a_word_meet(language: str, one: str, other: str) -> None:
    assert stem(one, language) == stem(other, language)


@pytest.mark.parametrize(("one", "other"), [("الله", "له"), ("ورد", "رد"), ("وطن", "طن"), ("البان", "ان")])
def test_what_only_looks_like_an_article_stays(one: str, other: str) -> None:
    assert stem(one, "ar") != stem(other, "ar")


def test_signs_belong_to_their_words() -> None:
    assert [word.text for word in words("हिन्दी भाषा, so\u00adft_hyphen")] == [
        "हिन्दी",
        "भाषा",
        "so\u00adft",
        "hyphen",
    ]


def test_what_has_no_spaces_is_cut_into_pairs() -> None:
    assert _keys("データ解析", "ja") == ["デー", "ータ", "タ解", "解析"]
    assert _keys("ﾌﾟﾛ", "ja") == ["プロ"]
    assert _keys("學", "zh") == ["学"]


def test_traditional_and_simplified_chinese_meet() -> None:
    assert _keys("數據結構", "zh") == _keys("数据结构", "zh")


def test_pieces_say_where_they_stand() -> None:
    text = "Ein Kurs: ﾌﾟﾛ!"
    assert [text[one.start : one.end] for one in pieces(text, "de")] == ["Ein", "Kurs", "ﾌﾟﾛ"]


def test_syllables_of_vietnamese_count_in_pairs_beside() -> None:
    found = {piece.key: piece.counts for piece in pieces("đại học", "vi")}
    assert found == {"dai": 1.0, "hoc": 1.0, "dai hoc": 0.4}


def test_other_scripts_have_latin_letters() -> None:
    assert list(transliterated("Введение")) == ["vvedenie"]
    assert list(transliterated("数据结")) == ["shujujie", "shuju", "jujie"]


@pytest.mark.parametrize(
    ("word", "spelt"),
    [
        ("Grünwälder", "gruenwaelder"),
        ("Sørensen", "soerensen"),
        ("ÅRHUS", "aarhus"),
        ("Gu\u0308nter", "guenter"),
    ],
)
def test_umlauts_are_written_out(word: str, spelt: str) -> None:
    assert written_out(word) == spelt
    assert written_out(spelt) is None


@pytest.mark.parametrize("typed", ["CS-101", "cs 101", "Cs.101", "ＣＳ101"])
def test_a_code_is_known_however_it_is_typed(typed: str) -> None:
    assert code_key(typed) == "cs101"


def test_a_title_counts_more_than_a_text_and_languages_stay_apart() -> None:
    document = Document(
        Reference(Kind.COURSE, 1), {"en": "Roman law"}, {"en": "About roads", "de": "Gift"}, ("X-1",)
    )
    found = filed(document)
    assert found.weights[term("en", "law")] > found.weights[term("en", "road")]
    assert term("de", "gift") in found.weights
    assert term("en", "gift") not in found.weights
    assert found.weights[term(CODE, "x1")] == 20_000
    assert found.languages == {"en", "de", "und"}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Roads, more roads and the ROADS of Rome"),
        ("vi", "Đại học quốc gia, đại học データ học"),
        ("zh", "數據結構 Java 数据结构，学"),
        ("th", "ภาษาไทยง่าย ภาษาไทย"),
        ("ja", "ﾌﾟﾛ データ ﾌﾟﾛ"),
    ],
)
def test_a_text_is_filed_under_its_pieces(language: str, text: str) -> None:
    document = Document(Reference(Kind.COURSE, 1), {}, {language: text}, ())
    assert set(filed(document).weights) == {term(language, key) for key in _keys(text, language)}


def test_what_is_said_more_often_weighs_more() -> None:
    document = Document(Reference(Kind.COURSE, 1), {}, {"ja": "解析 統計 解析", "en": "road rome road"}, ())
    weights = filed(document).weights
    assert weights[term("ja", "解析")] > weights[term("ja", "統計")]
    assert weights[term("en", "road")] > weights[term("en", "rome")]


@pytest.mark.parametrize(
    "endless", ["before " + "word " * 20_000 + "after", "前後。" + "語" * 20_000 + "。最後"]
)
def test_the_end_of_an_endless_text_is_not_filed(endless: str) -> None:
    document = Document(Reference(Kind.COURSE, 1), {}, {"ja": endless}, ())
    assert len(filed(document).weights) == 2


def test_documents_that_say_the_same_have_codes_of_their_own() -> None:
    one, other = (
        filed(Document(Reference(Kind.COURSE, number), {"en": "Law"}, {}, (f"X{number}",)))
        for number in (1, 2)
    )
    assert term(CODE, "x1") in one.weights
    assert term(CODE, "x1") not in other.weights
    assert (CODE, "x1") not in other.words


def test_a_title_is_suggested_from_each_of_its_words() -> None:
    document = Document(Reference(Kind.COURSE, 1), {"de": "Einführung in das Recht", "zh": "數據 C"}, {}, ())
    assert [one.text for one in beginnings(document)] == [
        "einfuhrung in das recht",
        "in das recht",
        "das recht",
        "recht",
        "数据 c",
        "据 c",
        "c",
    ]

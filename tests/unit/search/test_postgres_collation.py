"""Titles in the order of a reader's dictionary."""

import pytest

from search.postgres.collation import names_of_keys, sort_key, title_keys


@pytest.mark.parametrize(
    ("language", "sorted_"),
    [
        ("sv", ["Apfel", "Zebra", "Ål", "Ärger", "Öl"]),
        ("de", ["Ål", "Apfel", "Ärger", "Öl", "Zebra"]),
        ("cs", ["Cesta", "Čas", "Hudba", "Chemie", "Ida"]),
        ("es", ["Nova", "Ñandu", "Oro"]),
        ("tr", ["Hukuk", "Irmak", "İnsan"]),
        ("da", ["Zoo", "Æble", "Ø", "Å"]),
        ("zh", ["Zebra", "安全", "北京", "数据"]),
        ("", ["1 Eins", "ábaco", "Abend", "Γάμμα", "Жук", "カナ"]),
    ],
)
def test_titles_stand_in_the_order_of_the_language(language: str, sorted_: list[str]) -> None:
    assert sorted(sorted_, key=lambda title: sort_key(title, language)) == sorted_


def test_a_reader_finds_the_key_of_the_title_that_is_shown() -> None:
    keys = title_keys({"de": "Übung", "en": "Exercise"}, ("de", "sv"))
    assert next(keys.get(name) for name in names_of_keys(["fr", "en"]) if name in keys) == "exercise"
    assert next(keys.get(name) for name in names_of_keys(["fr"]) if name in keys) == "ubung"
    assert "de@sv" not in title_keys({"de": "Abend"}, ("sv",))

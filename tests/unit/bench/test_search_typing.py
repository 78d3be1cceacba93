"""Queries that the bench makes are what people might type."""

from random import Random

import pytest

from bench.search_typing import edited, plain, romanised


@pytest.mark.parametrize("word", ["quantum", "алгебра", "straße", "ab"])
def test_a_misspelt_word_has_one_edit(word: str) -> None:
    for seed in range(50):
        typed = edited(word, Random(seed))
        assert typed is not None
        assert typed[0] == word[0]
        assert _distance(word, typed) == 1


def test_a_word_without_a_known_keyboard_is_not_misspelt() -> None:
    assert edited("微積分", Random(1)) is None
    assert edited("a", Random(1)) is None


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Жуковский", "ru", "zhukovskiy"),
        ("Київ", "uk", "kyyiv"),
        ("Щърба", "bg", "shtarba"),
        ("Πανεπιστήμιο Χίου", "el", "panepistimio chiou"),
        ("İstanbul", "ru", None),
        ("北京", "zh", None),
    ],
)
def test_other_letters_become_latin_ones(text: str, language: str, expected: str | None) -> None:
    assert romanised(text, language) == expected


def test_accents_are_left_out() -> None:
    assert plain("Pädagogische Übung, São") == "Padagogische Ubung, Sao"


def _distance(one: str, other: str) -> int:
    """Optimal string alignment: an exchange of neighbours is one edit."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]

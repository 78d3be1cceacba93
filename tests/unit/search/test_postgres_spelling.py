"""What is one edit away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.postgres.spelling import is_one_edit, is_one_slip

_WORDS = st.text("abcd", min_size=6, max_size=10)


@pytest.mark.parametrize("typed", ["databse", "dattabase", "datebase", "databsae", "atabase", "databased"])
def test_a_letter_less_more_other_or_exchanged(typed: str) -> None:
    assert is_one_edit(typed, "database")
    assert is_one_edit("database", typed)


@pytest.mark.parametrize("typed", ["database", "databas" + "es" * 2, "dtabse", "ebra"])
def test_no_other(typed: str) -> None:
    assert not is_one_edit(typed, "database")
    assert not is_one_edit("ebra", "zebra")


def test_two_letters_in_one_place_of_a_long_word() -> None:
    assert is_one_slip("filosophie", "philosophie")
    assert not is_one_slip("filosofie", "philosophie")
    assert not is_one_slip("fil", "phil")


@given(_WORDS, st.integers(0, 5), st.sampled_from("abcdx"))
def test_one_changed_letter_leaves_a_half_to_look_up(word: str, at: int, letter: str) -> None:
    other = word[:at] + letter + word[at + 1 :]
    half = (len(word) - 1) // 2
    rest = len(word) - 1 - half
    assert other.startswith(word[:half]) or other.endswith(word[-rest:])
    assert other == word or is_one_edit(other, word)

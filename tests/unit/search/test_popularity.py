"""Popularity goes in steps, so that most enrollments make no other document."""

from itertools import pairwise

from search.documents.popularity import popularity_of


def test_few_are_counted_exactly() -> None:
    assert [popularity_of(count) for count in range(-1, 5)] == [0, 0, 1, 2, 3, 4]


def test_many_are_said_by_steps_that_are_never_above_and_a_third_below_at_most() -> None:
    assert sorted({popularity_of(count) for count in range(50)}) == [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48]
    for before, after in pairwise(range(3_000)):
        assert popularity_of(before) <= popularity_of(after)
        assert popularity_of(after) <= after < 3 / 2 * (popularity_of(after) + 1)


def test_what_is_a_step_is_said_as_it_is() -> None:
    assert all(popularity_of(popularity_of(count)) == popularity_of(count) for count in range(3_000))

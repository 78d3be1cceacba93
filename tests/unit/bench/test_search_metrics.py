"""Relevance as it is printed."""

import math

import pytest

from bench.search_metrics import mean, ndcg, reciprocal_rank


def test_what_is_meant_counts_by_its_place() -> None:
    assert ndcg(["a", "b", "c"], {"a": 1.0}) == 1.0
    assert ndcg(["b", "a", "c"], {"a": 1.0}) == pytest.approx(1 / math.log2(3))
    assert ndcg(["b", "c"], {"a": 1.0}) == 0.0


def test_beyond_the_tenth_place_nothing_counts() -> None:
    found = [f"other-{number}" for number in range(10)]
    assert ndcg([*found, "a"], {"a": 1.0}) == 0.0
    assert reciprocal_rank([*found, "a"], "a") == 0.0
    assert ndcg([*found[:9], "a"], {"a": 1.0}) == pytest.approx(1 / math.log2(11))


def test_gains_are_weighed_against_the_best_order() -> None:
    relevant = {"a": 3.0, "b": 1.0}
    best = 3.0 + 1.0 / math.log2(3)
    assert ndcg(["a", "b"], relevant) == pytest.approx(1.0)
    assert ndcg(["b", "a"], relevant) == pytest.approx((1.0 + 3.0 / math.log2(3)) / best)


def test_the_best_order_of_more_than_ten_is_the_best_ten() -> None:
    relevant = dict.fromkeys(range(20), 1.0)
    assert ndcg(list(range(10)), relevant) == pytest.approx(1.0)


def test_what_is_found_twice_counts_once() -> None:
    assert ndcg(["a", "a"], {"a": 1.0, "b": 1.0}) < ndcg(["a", "b"], {"a": 1.0, "b": 1.0})


def test_nothing_relevant_is_no_relevance() -> None:
    assert ndcg(["a"], {}) == 0.0
    assert mean([]) == 0.0


def test_a_known_item_counts_by_one_over_its_place() -> None:
    assert reciprocal_rank(["a", "b"], "a") == 1.0
    assert reciprocal_rank(["a", "b"], "b") == 0.5
    assert reciprocal_rank([], "b") == 0.0
    assert mean([1.0, 0.5]) == 0.75

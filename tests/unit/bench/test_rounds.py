"""Subjects take turns, and many rounds make one figure that a single disturbed round does not spoil."""

import pytest

from bench.rounds import Round, figures, interleaved


def _round(rate: int, *, server: float | None = 0.5) -> Round:
    return Round(rate, 1.0, 1000 / rate, 2000 / rate, server, 0.25, 0.125)


async def test_subjects_take_turns() -> None:
    asked: list[str] = []

    async def first(_seconds: int) -> Round:
        asked.append("first")
        return _round(10)

    async def second(seconds: int) -> Round:
        asked.append(f"second for {seconds}")
        return _round(20)

    found = await interleaved({"first": first, "second": second}, rounds=2, seconds=3)
    assert asked == ["first", "second for 3"] * 2
    assert (found["first"].rate, found["second"].rate) == (10, 20)


def test_one_disturbed_round_does_not_move_rate_and_latency() -> None:
    found = figures([_round(1000), _round(10), _round(1000)])
    assert (found.rate, found.p50_ms, found.p99_ms) == (1000, 1.0, 2.0)


def test_cpu_is_that_of_all_rounds_for_all_answers() -> None:
    found = figures([_round(1000), _round(500)])
    assert found.server_us == pytest.approx(1.0 * 1e6 / 1500)
    assert found.postgres_us == pytest.approx(0.5 * 1e6 / 1500)
    assert found.load_us == pytest.approx(0.25 * 1e6 / 1500)


def test_without_a_server_there_is_no_cpu_of_one() -> None:
    assert figures([_round(10, server=None)]).server_us is None

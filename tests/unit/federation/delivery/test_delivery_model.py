"""What follows from an answer, how long to wait, and how many requests a host gets at one time."""

from datetime import UTC, datetime, timedelta

import pytest

from federation.delivery.model import Pace, Verdict, Window, backoff, judge, may_change, retry_after
from kernel.ids import FixedLease, IdFactory, first_id_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_not_know_our_key_is_asked_for_days(status: int) -> None:
    result, pace = judge(status, {}, NOW), Pace()
    assert may_change(result, attempts=200, age=timedelta(days=2), pace=pace)
    assert may_change(result, attempts=2, age=timedelta(days=5), pace=pace)
    assert not may_change(result, attempts=8, age=timedelta(days=3), pace=pace)


def test_other_refusals_are_final_soon() -> None:
    pace = Pace()
    for status, attempts in ((422, 4), (404, 4), (410, 1)):
        result = judge(status, {}, NOW)
        assert not may_change(result, attempts=attempts, age=timedelta(), pace=pace)
    assert may_change(judge(404, {}, NOW), attempts=3, age=timedelta(), pace=pace)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.DELIVERED),
        (202, Verdict.DELIVERED),
        (301, Verdict.REFUSED),
        (400, Verdict.REFUSED),
        (401, Verdict.REFUSED),
        (404, Verdict.GONE),
        (408, Verdict.TROUBLE),
        (410, Verdict.GONE),
        (422, Verdict.REFUSED),
        (429, Verdict.TROUBLE),
        (500, Verdict.TROUBLE),
        (503, Verdict.TROUBLE),
    ],
)
def test_every_status_has_a_verdict(status: int, verdict: Verdict) -> None:
    assert judge(status, {}, NOW).verdict is verdict


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_says_when_is_busy(status: int) -> None:
    result = judge(status, {"retry-after": "90"}, NOW)
    assert (result.verdict, result.come_back) == (Verdict.BUSY, timedelta(seconds=90))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", 1),
        ("99999999999999999999", 86400),
        ("Sat, 21 Nov 2026 12:05:00 GMT", 300),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 1),
        ("Sat, 21 Nov 2099 11:00:00 GMT", 86400),
    ],
)
def test_retry_after_is_read_and_bounded(value: str, seconds: int) -> None:
    assert retry_after(value, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", [None, "", "soon", "-5", "1.5", "²", "Sat, 99 Nov 2026"])
def test_a_retry_after_that_says_nothing_is_none(value: str | None) -> None:
    assert retry_after(value, NOW) is None


def test_backoff_grows_with_jitter_up_to_a_limit() -> None:
    pace = Pace(backoff=10.0, longest_backoff=1000.0)
    for failures in (1, 2, 5, 50, 30_000):
        longest = min(10.0 * 2 ** min(failures - 1, 30), 1000.0)
        waits = [backoff(failures, pace).total_seconds() for _ in range(200)]
        assert 0 < min(waits) < longest / 2 < max(waits) <= longest


def test_a_window_grows_slowly_halves_at_once_and_has_bounds() -> None:
    window = Window(1, most=8)
    for _ in range(200):
        window.went_well()
    assert window.size == 8
    window.trouble()
    assert window.size == 4
    for _ in range(10):
        window.trouble()
    assert window.size == 1


def test_ids_of_a_moment_begin_where_the_factory_makes_them() -> None:
    milliseconds = int(NOW.timestamp() * 1000)
    made = IdFactory(FixedLease(5), lambda: milliseconds)()
    assert first_id_of(NOW) <= made < first_id_of(NOW + timedelta(milliseconds=1))

"""Enrollment windows and the dates that hold."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academic.model.dates import DateSpan, effective_dates
from academic.model.windows import EnrollmentWindow, WindowVerdict, judge_windows
from kernel.errors import InvalidInput

OPENS = datetime(2026, 9, 1, 8, tzinfo=UTC)
CLOSES = datetime(2026, 9, 15, 8, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
WINDOW = EnrollmentWindow("student", OPENS, CLOSES)


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        (OPENS - INSTANT, WindowVerdict.NOT_OPEN),
        (OPENS, WindowVerdict.OPEN),
        (OPENS.astimezone(timezone(timedelta(hours=9))), WindowVerdict.OPEN),
        (CLOSES - INSTANT, WindowVerdict.OPEN),
        (CLOSES, WindowVerdict.CLOSED),
    ],
)
def test_a_window_opens_with_its_first_moment_and_is_closed_at_its_last(
    now: datetime, verdict: WindowVerdict
) -> None:
    assert judge_windows([WINDOW], audiences={"student"}, now=now, has_ended=False) is verdict


def test_without_windows_enrollment_is_always_open() -> None:
    assert judge_windows([], audiences=(), now=OPENS, has_ended=False) is WindowVerdict.OPEN
    assert judge_windows([], audiences=(), now=OPENS, has_ended=True) is WindowVerdict.CLOSED


def test_a_window_for_others_is_none_for_me() -> None:
    assert (
        judge_windows([WINDOW], audiences={"guest"}, now=OPENS, has_ended=False) is WindowVerdict.NOT_AUDIENCE
    )


def test_a_window_for_everyone_is_one_for_me() -> None:
    everyone = EnrollmentWindow("everyone", OPENS, None)
    assert judge_windows([everyone], audiences=(), now=CLOSES, has_ended=False) is WindowVerdict.OPEN


def test_the_best_of_my_windows_counts() -> None:
    late = EnrollmentWindow("guest", CLOSES, None)
    both = {"student", "guest"}
    assert judge_windows([late, WINDOW], audiences=both, now=OPENS, has_ended=False) is WindowVerdict.OPEN
    assert judge_windows([late, WINDOW], audiences=both, now=CLOSES, has_ended=False) is WindowVerdict.OPEN
    early = EnrollmentWindow("guest", None, OPENS)
    soon = EnrollmentWindow("student", CLOSES)
    assert judge_windows([early, soon], audiences=both, now=OPENS, has_ended=False) is WindowVerdict.NOT_OPEN


@pytest.mark.parametrize(
    "wrong",
    [
        ("student", OPENS.replace(tzinfo=None), None),
        ("student", None, CLOSES.replace(tzinfo=None)),
        ("student", CLOSES, OPENS),
        ("student", OPENS, OPENS),
        ("", OPENS, CLOSES),
    ],
)
def test_a_window_without_offset_order_or_audience_is_refused(wrong: tuple[object, ...]) -> None:
    with pytest.raises(InvalidInput):
        EnrollmentWindow(*wrong)


DAYS = st.none() | st.dates(date(2026, 1, 1), date(2026, 1, 20))
SPANS = st.builds(DateSpan, DAYS, DAYS)


@given(st.none() | SPANS, SPANS, SPANS)
def test_each_end_comes_from_the_nearest_that_says_one(
    section: DateSpan | None, offering: DateSpan, term: DateSpan
) -> None:
    nearest = [span for span in (section, offering, term) if span is not None]
    starts = [span.starts_on for span in nearest if span.starts_on]
    ends = [span.ends_on for span in nearest if span.ends_on]
    if starts and ends and ends[0] < starts[0]:
        with pytest.raises(InvalidInput, match="before they start"):
            effective_dates(section, offering, term)
        return
    span = effective_dates(section, offering, term)
    assert (span.starts_on, span.ends_on) == (next(iter(starts), None), next(iter(ends), None))


def test_a_span_includes_both_its_days() -> None:
    span = DateSpan(date(2026, 1, 1), date(2026, 1, 2))
    inside = [span.contains(date(2025, 12, 31) + timedelta(days=day)) for day in range(4)]
    assert inside == [False, True, True, False]
    assert DateSpan().contains(date.min)

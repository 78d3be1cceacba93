"""What events of seats and enrollments mean for documents."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kernel.outbox.event import Event
from search.indexing.meaning import Touched, touched
from search.model import Kind, Reference

_OFFERING = Reference(Kind.OFFERING, 7)


def told(event: str, **payload: Any) -> Touched:
    """What one event touches."""
    kind = event.split(".")[0]
    return touched([Event(1, 1, 1, event, kind, 7, payload, datetime.now(UTC))])


def seats(taken: int, capacity: int | None = 40) -> dict[str, int | None]:
    """As events have them."""
    return {"capacity": capacity, "taken": taken}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (seats(3), seats(4)),
        (seats(39), seats(40)),
        (seats(40), seats(39)),
        (seats(20, 20), seats(20, 30)),
        (seats(20), seats(20, None)),
    ],
    ids=["step", "full", "free", "larger", "unlimited"],
)
def test_seats_that_are_said_differently_touch_offering_and_course(before: Any, after: Any) -> None:
    found = told("offering.seats_changed", **after, waitlisted=0, was=before)
    assert (found.counted, found.offerings) == ({_OFFERING}, {7})


@pytest.mark.parametrize(("before", "after"), [(17, 18), (33, 32), (24, 31)])
def test_seats_within_a_step_touch_nothing(before: int, after: int) -> None:
    assert told("offering.seats_changed", **seats(after), waitlisted=0, was=seats(before)).is_nothing


def test_seats_of_which_nobody_says_how_they_were_touch_offering_and_course() -> None:
    found = told("offering.seats_changed", **seats(18), waitlisted=0)
    assert (found.counted, found.offerings) == ({_OFFERING}, {7})


def test_an_enrollment_touches_the_person_alone() -> None:
    found = told("enrollment.changed", user_id=3, offering_id=7)
    assert found.references == {Reference(Kind.USER, 3)}
    assert (found.counted, found.offerings) == (set(), set())

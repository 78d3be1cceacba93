"""When letters are due, and what holds for people who said nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from federation.notifications.model import DEFAULTS, EmailTime, NotificationKind, next_digest
from federation.tables.notifications import EMAIL_TIMES, NOTIFICATION_KINDS


def test_the_tables_know_the_same_kinds_and_times_in_the_same_order() -> None:
    assert tuple(NotificationKind) == NOTIFICATION_KINDS
    assert tuple(EmailTime) == EMAIL_TIMES
    assert set(DEFAULTS) == set(NotificationKind)


@pytest.mark.parametrize(
    ("now", "zone", "due"),
    [
        ("2026-03-01T05:59:59", "Europe/Berlin", "2026-03-01T06:00:00"),
        ("2026-03-01T06:00:00", "Europe/Berlin", "2026-03-02T06:00:00"),
        ("2026-03-28T12:00:00", "Europe/Berlin", "2026-03-29T05:00:00"),  # the clocks go forward that night
        ("2026-10-24T12:00:00", "Europe/Berlin", "2026-10-25T06:00:00"),  # and back
        ("2026-03-01T05:00:00", "Asia/Tokyo", "2026-03-01T22:00:00"),
        ("2026-03-01T23:00:00", "America/Los_Angeles", "2026-03-02T15:00:00"),
    ],
)
def test_the_daily_letter_is_due_at_the_next_seven_in_the_morning(now: str, zone: str, due: str) -> None:
    asked = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = next_digest(asked, zone)
    assert found == datetime.fromisoformat(due).replace(tzinfo=UTC)
    assert timedelta(0) < found - asked <= timedelta(hours=25)

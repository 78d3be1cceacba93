"""What is remembered of documents is bounded, and ends."""

from api.documents import remembered
from api.documents.remembered import Remembered


class Clock:
    """Monotonic seconds that stand still."""

    def __init__(self) -> None:
        self.seconds = 10.0

    def __call__(self) -> float:
        return self.seconds


def test_texts_are_bounded_by_their_characters() -> None:
    known = Remembered(seconds=5, seconds_missing=2)
    size = remembered.MAX_CHARACTERS // 4
    for number in range(8):
        known.put((1, str(number)), str(number) * size)
    assert [number for number in range(8) if known.text((1, str(number)))] == [4, 5, 6, 7]
    known.put((1, "7"), None)  # its room is free again
    known.put((1, "8"), "8" * size)
    assert [number for number in range(9) if known.text((1, str(number)))] == [4, 5, 6, 8]


def test_what_was_looked_at_last_stays_longest() -> None:
    known = Remembered(seconds=5, seconds_missing=2)
    half = "x" * (remembered.MAX_CHARACTERS // 2)
    known.put((1, "a"), half)
    known.put((1, "b"), half)
    known.put((1, "a"), half)
    known.put((1, "c"), half)
    assert known.text((1, "b")) is None
    assert known.text((1, "a")) == half


def test_that_there_is_none_is_bounded_in_number() -> None:
    known = Remembered(seconds=5, seconds_missing=2)
    for number in range(remembered.MAX_MISSING + 1):
        known.put((1, str(number)), None)
    assert known.get((1, "0")) is None
    first = known.get((1, "1"))
    assert first is not None
    assert first.text is None


def test_both_end_after_their_time_and_are_one_tenants() -> None:
    clock = Clock()
    known = Remembered(seconds=5, seconds_missing=2, now=clock)
    known.put((1, "there"), "text")
    known.put((1, "missing"), None)
    assert known.get((2, "there")) is None
    assert known.get((2, "missing")) is None
    clock.seconds += 2
    assert known.get((1, "missing")) is None
    assert known.text((1, "there")) == "text"
    clock.seconds += 3
    assert known.get((1, "there")) is None
    assert known.text((1, "there")) is None


def test_a_text_that_came_or_went_is_not_remembered_as_before() -> None:
    known = Remembered(seconds=5, seconds_missing=2)
    known.put((1, "a"), None)
    known.put((1, "a"), "text")
    found = known.get((1, "a"))
    assert found is not None
    assert found.text == "text"
    known.put((1, "a"), None)
    assert known.text((1, "a")) is None
    again = known.get((1, "a"))
    assert again is not None
    assert again.text is None

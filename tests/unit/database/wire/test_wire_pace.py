"""A kind of request is slow as long as more than one in twenty of its recent answers was."""

from hypothesis import given
from hypothesis import strategies as st

from kernel.database.wire.pace import Pace


@given(st.lists(st.booleans(), max_size=200))
def test_slow_is_a_percentile_of_the_last_64(answers: list[bool]) -> None:
    pace = Pace()
    for slow in answers:
        pace.record("sql", 0.051 if slow else 0.049)
    recent = answers[-64:]
    assert pace.is_slow("sql") == (sum(recent) * 20 > len(recent))


def test_what_is_not_known_is_fast() -> None:
    assert not Pace().is_slow("sql")


def test_no_more_kinds_than_the_bound_are_remembered() -> None:
    pace = Pace()
    for number in range(5000):
        pace.record(number, 1.0)
    assert len(pace) == 4096
    assert pace.is_slow(4999)
    assert not pace.is_slow(0)

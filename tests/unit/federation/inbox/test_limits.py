"""Counting by the minute, hosts that are away, and which rules a host falls under."""

import pytest

from federation.hosts.policies import domains_above
from federation.inbox import rates
from federation.inbox.rates import MinuteRates
from federation.remote.away import FIRST_SECONDS, MOST_SECONDS, HostsAway


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_limit_holds_until_the_minute_is_over() -> None:
    clock = Clock()
    counted = MinuteRates(now=clock)
    for _ in range(3):
        assert counted.seconds_to_wait("a", 3) == 0
        counted.count("a")
    assert counted.seconds_to_wait("a", 3) == 61
    assert counted.seconds_to_wait("b", 3) == 0
    clock.seconds += 30
    assert counted.seconds_to_wait("a", 3) == 31
    clock.seconds += 30
    assert counted.seconds_to_wait("a", 3) == 0
    counted.count("a")
    assert counted.seconds_to_wait("a", 2) == 0


def test_counting_remembers_a_bounded_number_of_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MOST_COUNTED", 10)
    counted = MinuteRates()
    for number in range(1_000):
        counted.count(str(number))
    assert len(counted._windows) == 10


def test_host_that_fails_is_left_alone_longer_each_time() -> None:
    clock = Clock()
    away = HostsAway(now=clock)
    pauses = []
    for _ in range(10):
        away.failed("far.example")
        away.failed("far.example")  # of a request that went out beside it
        begun = clock.seconds
        while away.is_away("far.example"):
            clock.seconds += 5
        pauses.append(clock.seconds - begun)
    assert pauses[:3] == [FIRST_SECONDS, 2 * FIRST_SECONDS, 4 * FIRST_SECONDS]
    assert pauses[-1] == MOST_SECONDS
    away.answered("far.example")
    away.failed("far.example")
    clock.seconds += FIRST_SECONDS
    assert not away.is_away("far.example")


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("a.b.example", ["a.b.example", "b.example", "example"]),
        ("b.example:8443", ["b.example:8443", "b.example", "example"]),
        ("[::1]:8080", ["[::1]:8080", "[::1]"]),
    ],
)
def test_rules_of_a_domain_hold_for_all_below_it(host: str, names: list[str]) -> None:
    assert domains_above(host) == names

"""A signature is accepted once within its window, and the memory of it is bounded."""

from datetime import timedelta

import pytest
from signed_requests import NOW, accept, ours, request

from federation.signatures import STRICT, Kind, ReplayWindow, SignatureRefused, Why

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("kind", list(Kind))
def test_replay_is_refused(kind: Kind) -> None:
    window = ReplayWindow()
    first = accept(ours(kind))
    window.check(first.signature, NOW)
    window.remember(first.signature, NOW)
    with pytest.raises(SignatureRefused) as refused:
        window.check(accept(ours(kind)).signature, NOW + SECOND)
    assert refused.value.why is Why.REPLAYED
    window.check(accept(ours(kind, request("/other"))).signature, NOW)


def test_retry_of_what_was_not_remembered_is_accepted() -> None:
    window = ReplayWindow()
    assert not window.seen(b"lost in a crash", NOW)
    assert not window.seen(b"lost in a crash", NOW + SECOND)


def test_signature_is_remembered_for_as_long_as_it_could_be_accepted() -> None:
    window = ReplayWindow()
    window.remember(b"other", NOW)
    window.remember(b"early", NOW + 30 * SECOND)
    assert window.seen(b"early", NOW + 30 * SECOND + STRICT.span)
    window.remember(b"late", NOW + STRICT.span)
    assert window.seen(b"late", NOW + 2 * STRICT.span - SECOND)


def test_what_is_older_than_two_spans_is_forgotten() -> None:
    window = ReplayWindow(span=timedelta(minutes=1))
    window.remember(b"a", NOW)
    assert not window.seen(b"a", NOW + timedelta(minutes=2))
    assert len(window) == 0


def test_generations_follow_each_other() -> None:
    window = ReplayWindow(span=timedelta(minutes=1))
    window.remember(b"a", NOW)
    window.remember(b"b", NOW + timedelta(seconds=61))
    assert window.seen(b"a", NOW + timedelta(seconds=61))
    assert not window.seen(b"a", NOW + timedelta(seconds=122))
    assert window.seen(b"b", NOW + timedelta(seconds=122))
    assert len(window) == 1


def test_memory_is_bounded_and_keeps_the_latest() -> None:
    window = ReplayWindow(most=100)
    for number in range(1000):
        window.remember(number.to_bytes(4, "big"), NOW)
    assert len(window) <= 100
    assert all(window.seen(number.to_bytes(4, "big"), NOW) for number in range(950, 1000))
    assert not window.seen((0).to_bytes(4, "big"), NOW)


def test_a_clock_that_went_back_forgets_nothing() -> None:
    window = ReplayWindow()
    window.remember(b"a", NOW)
    assert window.seen(b"a", NOW - timedelta(days=1))

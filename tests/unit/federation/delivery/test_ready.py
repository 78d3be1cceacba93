"""What a session has read ahead goes institution by institution in turn, and what is about one object in its order."""

from datetime import UTC, datetime

from federation.delivery.model import Delivery
from federation.delivery.ready import Ready

_INBOX = "https://far.example/inbox"


def _delivery(
    id: int, *, tenant: int = 1, key: int | None = None, inbox: str = _INBOX, of: int = 1
) -> Delivery:
    made = datetime(2026, 11, 21, tzinfo=UTC)
    return Delivery(tenant, id, "far.example", inbox, id, 7, of, key, 0, made)


def _all(ready: Ready) -> list[int]:
    found = []
    while (one := ready.next()) is not None:
        found.append(one.id)
    return found


def test_institutions_go_in_turn_the_lower_class_first() -> None:
    ready = Ready()
    ready.add([_delivery(1), _delivery(2), _delivery(3), _delivery(4, tenant=2), _delivery(5, of=0)])
    assert _all(ready) == [5, 1, 4, 2, 3]


def test_of_one_object_one_is_on_its_way() -> None:
    ready = Ready()
    first = _delivery(1, key=9)
    ready.add([first, _delivery(2, key=9), _delivery(3, key=8), _delivery(4, key=9, inbox=f"{_INBOX}/x")])
    assert _all(ready) == [1, 3, 4]
    ready.over(first, is_tried_again=False)
    assert _all(ready) == [2]


def test_what_is_read_later_does_not_overtake_what_is_about_the_same() -> None:
    ready = Ready()
    ready.add([*(_delivery(id) for id in range(1, 31)), _delivery(31, key=9)])
    for _ in range(10):
        ready.next()
    ready.add([_delivery(32, key=9), _delivery(33)])
    found = _all(ready)
    assert found.index(33) < found.index(31)  # as institutions go in turn
    assert 32 not in found
    ready.over(_delivery(31, key=9), is_tried_again=False)
    assert _all(ready) == [32]


def test_what_is_more_urgent_does_not_overtake_what_is_about_the_same() -> None:
    ready = Ready()
    first = _delivery(1, key=9, of=2)
    ready.add([first])
    ready.add([_delivery(2, key=9, of=0)])
    assert _all(ready) == [1]


def test_behind_one_that_is_tried_again_nothing_of_the_same_goes_until_all_is_looked_through_anew() -> None:
    ready = Ready()
    first, second = _delivery(1, key=9), _delivery(2, key=9)
    ready.add([first, second])
    assert _all(ready) == [1]
    ready.over(first, is_tried_again=True)
    ready.add([_delivery(3, key=9), _delivery(4)])
    assert _all(ready) == [4]
    assert len(ready) == 0
    ready.begin_anew()
    ready.add([second])
    assert _all(ready) == [2]


def test_what_is_forgotten_keeps_nothing_back() -> None:
    ready = Ready()
    ready.add([_delivery(1, key=9), _delivery(2, key=9)])
    ready.forget({(1, 1)})
    assert _all(ready) == [2]

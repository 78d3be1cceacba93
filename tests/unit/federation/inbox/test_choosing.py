"""What a worker begins next, whoever sent how much."""

from dataclasses import replace

import pytest

from federation.inbox.choosing import MOST_OBJECTS, MOST_OF_HOST, Turn, choose, share
from federation.inbox.queue import ROWS_PER_SERVER, SERVERS_PER_LANE, Ready

_ROW = Ready(0, "a.example", 10, 1, 10, "a.example", False)


def chosen(*found: Ready, busy: tuple[int, ...] = (), room: int = 9, left: int = 9, after: str = "") -> Turn:
    """What is begun of these."""
    return choose(
        found, after={0: after, 1: ""}, busy=lambda one: one in busy, room=room, left=lambda host: left
    )


def test_what_is_first_of_its_object_begins() -> None:
    other = replace(_ROW, arrival=11, object_hash=2, first_arrival=11)
    assert chosen(_ROW, other) == Turn([1, 2], [], {0: "", 1: ""}, is_all=True)


def test_object_is_begun_once_by_whoever_sent_what_is_about_it() -> None:
    later = replace(_ROW, sender_host="b.example", arrival=12)
    assert chosen(_ROW, later).begin == [1]
    assert chosen(_ROW, later).hold_back == []


@pytest.mark.parametrize("is_busy", [True, False])
def test_what_is_behind_another_is_not_looked_at_again(is_busy: bool) -> None:
    first, later = replace(_ROW, waits=not is_busy), replace(_ROW, arrival=12, waits=not is_busy)
    turn = chosen(first, later, busy=(1,) if is_busy else ())
    assert (turn.begin, turn.hold_back) == ([], [12])


def test_what_is_behind_that_of_a_server_with_enough_under_way_is_not_looked_at_again() -> None:
    behind = replace(_ROW, sender_host="b.example", arrival=12)
    own = replace(_ROW, arrival=12)
    assert chosen(behind, left=0).hold_back == [12]
    assert chosen(own, left=0).hold_back == []  # with its own server's share it is looked at again anyway


def test_each_server_begins_as_many_as_are_left_for_it() -> None:
    rows = [replace(_ROW, arrival=n, object_hash=n, first_arrival=n) for n in range(5)]
    rows += [replace(one, sender_host="b.example", first_host="b.example", object_hash=9) for one in rows[:1]]
    assert chosen(*rows, left=2).begin == [0, 1, 9]
    assert not chosen(*rows, room=2).is_all


def test_next_turn_goes_on_with_the_next_servers_and_then_from_the_beginning() -> None:
    many = [
        replace(_ROW, sender_host=f"{n}.example", object_hash=n, first_host=f"{n}.example")
        for n in range(SERVERS_PER_LANE)
    ]
    turn = chosen(*many)
    assert (turn.after[0], turn.after[1], turn.is_all) == (f"{SERVERS_PER_LANE - 1}.example", "", False)
    turn = chosen(many[0], after="0")
    assert (turn.after[0], turn.is_all) == ("", False)  # what comes before was not looked at


def test_server_of_which_there_may_be_more_is_said() -> None:
    rows = [replace(_ROW, arrival=n, object_hash=n, first_arrival=n) for n in range(ROWS_PER_SERVER)]
    assert not chosen(*rows).is_all
    assert chosen(*rows[1:]).is_all


def test_servers_that_let_us_wait_leave_room_for_others() -> None:
    """However many hang: those that have little under way can begin as long as there is room."""
    running, servers = 0, 0
    while running + MOST_OF_HOST <= MOST_OBJECTS * 3 // 4:
        running += share(running)
        servers += 1
    assert servers > 4
    assert 0 < share(running) < share(0) == MOST_OF_HOST
    assert share(MOST_OBJECTS - 1) > 0
    assert share(MOST_OBJECTS) == 0

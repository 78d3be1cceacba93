"""What a worker begins next of what is ready: server by server, so that one that sent very much, or hangs, is one of many. Pure."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from federation.inbox.queue import ROWS_PER_SERVER, SERVERS_PER_LANE, Ready

MOST_OBJECTS = 256
"""Worked on at once; most of them wait for other servers, not for the database."""

# Of these, about what one server sent, while there are so many: one that lets us wait holds back itself alone, and where
# many do, there is room left for those that do not.
_SHARES = ((128, 32), (192, 8), (MOST_OBJECTS, 2))
MOST_OF_HOST = _SHARES[0][1]

MOST_PARKED = 64
"""So many more of a server are at hand, while there are not `MOST_OBJECTS` in all; then nothing of it is read until some of
them have begun."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One look at the lanes. `begin`: objects, by their hashes; `hold_back`: what cannot begin and is not to be looked at
    again, by arrival; `after`: where the next turn goes on in each lane; `is_all`: nothing more was ready."""

    begin: Sequence[int]
    hold_back: Sequence[int]
    after: Mapping[int, str]
    is_all: bool


def share(running: int) -> int:
    """How many objects of one server may be worked on while so many are in all."""
    return next((most for below, most in _SHARES if running < below), 0)


def choose(
    found: Collection[Ready],
    *,
    after: Mapping[int, str],
    busy: Callable[[int], bool],
    room: int,
    left: Callable[[str], int],
) -> Turn:
    """Up to `room` objects that are not `busy`, and of each server as many as are `left` for it.

    What is about one object belongs together whoever sent it, and counts for the server that sent the first.
    """
    begin: dict[int, None] = {}
    hold_back: list[tuple[int, int]] = []  # in the order of what they wait for
    taken: Counter[str] = Counter()
    for one in found:
        if one.arrival is None or one.object_hash in begin:
            continue
        assert one.object_hash is not None
        assert one.first_arrival is not None
        assert one.first_host is not None
        is_free = not one.waits and not busy(one.object_hash)
        if is_free and taken[one.first_host] < left(one.first_host):
            if len(begin) < room:
                begin[one.object_hash] = None
                taken[one.first_host] += 1
        elif one.arrival != one.first_arrival and not (is_free and one.first_host == one.sender_host):
            hold_back.append((one.first_arrival, one.arrival))
    return Turn(
        list(begin),
        [arrival for _, arrival in sorted(hold_back)],
        _places(found, after),
        _is_all(found, after) and len(begin) < room,
    )


def _places(found: Collection[Ready], after: Mapping[int, str]) -> dict[int, str]:
    """Behind the last server of each lane that was looked at; from the beginning again where there was none after it."""
    servers = _servers(found)
    return {
        lane: max(servers[lane]) if len(servers.get(lane, ())) == SERVERS_PER_LANE else "" for lane in after
    }


def _is_all(found: Collection[Ready], after: Mapping[int, str]) -> bool:
    rows = Counter((one.lane, one.sender_host) for one in found)
    is_whole = all(len(names) < SERVERS_PER_LANE for names in _servers(found).values())
    return is_whole and not any(after.values()) and max(rows.values(), default=0) < ROWS_PER_SERVER


def _servers(found: Collection[Ready]) -> dict[int, set[str]]:
    servers: dict[int, set[str]] = {}
    for one in found:
        servers.setdefault(one.lane, set()).add(one.sender_host)
    return servers

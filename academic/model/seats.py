"""An offering's seats and its waitlist, as counts in one row that the caller holds locked."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from academic.model.states import Action, EnrollmentState, transition
from kernel.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Seats:
    """An offering's seat row. `taken` may exceed `capacity` only because somebody lowered the capacity."""

    capacity: int | None = None  # None: no limit
    taken: int = 0
    waitlist_capacity: int | None = None  # None: no limit; 0: no waitlist
    waitlisted: int = 0
    next_waitlist_rank: int = 1

    def __post_init__(self) -> None:
        counts = (self.capacity or 0, self.taken, self.waitlist_capacity or 0, self.waitlisted)
        if min(counts) < 0 or self.next_waitlist_rank < 1:
            raise InvalidInput("seats, capacities and waitlist counts are never negative", path="seats")

    @property
    def free(self) -> int | None:
        """Seats nobody holds; None where there is no limit."""
        return None if self.capacity is None else max(self.capacity - self.taken, 0)

    @property
    def promotable(self) -> int:
        """How many of those who wait could have a seat now."""
        return self.waitlisted if self.free is None else min(self.free, self.waitlisted)

    @property
    def has_seat_for_newcomer(self) -> bool:
        """Free seats belong to those who wait: a newcomer gets one only when there is one more than they need."""
        return self.free is None or self.free > self.waitlisted


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody on the waitlist."""

    enrollment_id: int
    rank: int


@dataclass(frozen=True, slots=True)
class Promotions:
    """Who leaves the waitlist, in this order, and into which state."""

    promoted: tuple[Waiting, ...]
    state: EnrollmentState
    seats_after: Seats


def promote(*, seats: Seats, waiting: Iterable[Waiting], offer: bool = False) -> Promotions:
    """Fill the free seats from the waitlist, lowest rank first; with `offer` the seats are held for acceptance."""
    action = Action.OFFER if offer else Action.PROMOTE
    state = transition(EnrollmentState.WAITLISTED, action)
    promoted = tuple(sorted(waiting, key=lambda person: person.rank)[: seats.promotable])
    count = len(promoted)
    after = replace(seats, taken=seats.taken + count, waitlisted=seats.waitlisted - count)
    return Promotions(promoted, state, after)

"""What happens to the seats of one offering, in the order it happens: entering, waiting, leaving, moving up.

It plays by the rules of `academic.model`, which a test replays over everything made here; playing them by hand is what
makes 13,000 enrollments a matter of a fraction of a second.
"""

from collections import deque
from dataclasses import dataclass

from academic.model.states import Action, EnrollmentState
from fediflow.demo.offerings import Offering

_S, _A = EnrollmentState, Action


@dataclass(frozen=True, slots=True)
class Step:
    """One transition."""

    at: int
    action: Action
    before: EnrollmentState | None
    after: EnrollmentState
    actor: int | None
    reason: str | None


class Place:
    """A person's enrollment and everything that happened to it."""

    __slots__ = ("offered_until", "rank", "role", "section", "state", "steps", "user")

    def __init__(self, user: int, role: str) -> None:
        self.user = user
        self.role = role
        self.state: EnrollmentState | None = None
        self.rank: int | None = None
        self.section: int | None = None
        self.offered_until: int | None = None
        self.steps: list[Step] = []

    def become(
        self, after: EnrollmentState, action: Action, at: int, actor: int | None, reason: str | None = None
    ) -> None:
        """Takes one step. Who waits no longer has no rank."""
        self.steps.append(Step(at, action, self.state, after, actor, reason))
        self.state, self.rank = after, None


class Seating:
    """The seat row of an offering and the places in it."""

    def __init__(self, offering: Offering) -> None:
        self.offering = offering
        self.places: list[Place] = []
        self.taken = 0
        self.next_rank = 1
        self._waiting: deque[Place] = deque()
        self._in_section = [0] * len(offering.sections)

    @property
    def waitlisted(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @property
    def waiting(self) -> tuple[Place, ...]:
        """Who waits, the next one first."""
        return tuple(self._waiting)

    def join_staff(self, user: int, role: str, at: int, actor: int) -> None:
        """Somebody who teaches: no seat."""
        place = self._new(user, role)
        place.become(_S.ACTIVE, _A.ENROL, at, actor)

    def invite(self, user: int, role: str, at: int, actor: int) -> None:
        """An invitation, which holds no seat."""
        self._new(user, role).become(_S.INVITED, _A.INVITE, at, actor)

    def request(self, user: int, at: int) -> Place:
        """Somebody asks to be let in."""
        place = self._new(user, "student")
        place.become(_S.REQUESTED, _A.REQUEST, at, user)
        return place

    def enter(self, user: int, at: int, role: str = "student") -> None:
        """A seat, a place on the waitlist, or nothing where that is full."""
        if self._is_open or self._may_wait:
            place = self._new(user, role)
            self._seat_or_wait(place, _A.ENROL, at, user)

    def approve(self, place: Place, at: int, actor: int) -> None:
        """The request is granted, as far as there is room."""
        if self._is_open or self._may_wait:
            self._seat_or_wait(place, _A.APPROVE, at, actor)

    def withdraw(self, place: Place, at: int, reason: str | None) -> None:
        """The person leaves; the first who waits moves up."""
        if place.state is _S.WAITLISTED:
            self._waiting.remove(place)
            place.become(_S.WITHDRAWN, _A.WITHDRAW, at, place.user, reason)
            return
        section = place.section
        place.become(_S.WITHDRAWN, _A.WITHDRAW, at, place.user, reason)
        if self._waiting:
            following = self._waiting.popleft()
            following.become(_S.ACTIVE, _A.PROMOTE, at, None)
            following.section = section
        else:
            self._leave(section)

    def offer(self, place: Place, at: int, until: int, actor: int, reason: str) -> None:
        """A seat that became free is held for the first who waits, until a moment."""
        section = place.section
        place.become(_S.WITHDRAWN, _A.WITHDRAW, at, place.user)
        following = self._waiting.popleft()
        following.become(_S.OFFERED, _A.OFFER, at, actor, reason)
        following.section, following.offered_until = section, until

    @property
    def _is_open(self) -> bool:
        capacity = self.offering.capacity
        return capacity is None or capacity - self.taken > len(self._waiting)

    @property
    def _may_wait(self) -> bool:
        most = self.offering.waitlist_capacity
        return most is None or len(self._waiting) < most

    def _new(self, user: int, role: str) -> Place:
        place = Place(user, role)
        self.places.append(place)
        return place

    def _seat_or_wait(self, place: Place, action: Action, at: int, actor: int) -> None:
        if self._is_open:
            place.become(_S.ACTIVE, action, at, actor)
            place.section = self._section()
            self.taken += 1
            return
        place.become(_S.WAITLISTED, _A.WAITLIST, at, actor)
        place.rank = self.next_rank
        self.next_rank += 1
        self._waiting.append(place)

    def _section(self) -> int | None:
        """The emptiest one."""
        if not self._in_section:
            return None
        number = self._in_section.index(min(self._in_section))
        self._in_section[number] += 1
        return self.offering.sections[number]

    def _leave(self, section: int | None) -> None:
        self.taken -= 1
        if section is not None:
            self._in_section[self.offering.sections.index(section)] -= 1

"""Seats and waitlists: who gets in, who waits, why not, over any history of an offering."""

from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from academic.model.enrolling import OfferingState, decide, decide_enrolment
from academic.model.refusals import Refusal, UnableToEnrol
from academic.model.seats import Seats, Waiting, promote
from academic.model.states import (
    FINAL,
    HOLDS_SEAT,
    WAITS,
    Action,
    EnrollmentRole,
    EnrollmentState,
    UnableToTransition,
)
from academic.model.windows import WindowVerdict
from kernel.errors import ErrorCode, InvalidInput

STUDENT = EnrollmentRole.STUDENT
STAFF = [role for role in EnrollmentRole if role not in (STUDENT, EnrollmentRole.GUEST)]
FULL = Seats(capacity=1, taken=1)


def enrol(seats: Seats, **changes: object):
    wish = {
        "offering": OfferingState.PUBLISHED,
        "window": WindowVerdict.OPEN,
        "approval_required": False,
        "role": STUDENT,
        "existing": None,
    }
    return decide_enrolment(seats=seats, **(wish | changes))


def refusal(seats: Seats, **changes: object) -> Refusal:
    with pytest.raises(UnableToEnrol) as refused:
        enrol(seats, **changes)
    assert refused.value.code is ErrorCode.CONFLICT
    assert refused.value.details["reason"] is refused.value.reason
    return refused.value.reason


def test_the_last_seat_is_taken_and_the_next_student_waits() -> None:
    first = enrol(Seats(capacity=1))
    assert (first.state, first.waitlist_rank, first.seats_after.taken) == ("active", None, 1)
    second = enrol(first.seats_after)
    assert (second.state, second.action, second.waitlist_rank) == ("waitlisted", Action.WAITLIST, 1)
    assert second.seats_after == Seats(capacity=1, taken=1, waitlisted=1, next_waitlist_rank=2)


def test_without_a_limit_everybody_gets_in() -> None:
    assert enrol(Seats(taken=10_000)).state == "active"


def test_a_free_seat_belongs_to_those_who_already_wait() -> None:
    seats = Seats(capacity=2, taken=1, waitlisted=1, next_waitlist_rank=2)
    assert enrol(seats).state == "waitlisted"
    assert enrol(replace(seats, taken=0)).state == "active"


def test_who_needs_an_approval_requests_and_takes_no_seat() -> None:
    requested = enrol(Seats(capacity=1), approval_required=True)
    assert (requested.state, requested.seats_after) == ("requested", Seats(capacity=1))


def test_an_approval_without_a_free_seat_leads_to_the_waitlist() -> None:
    decision = decide(seats=FULL, role=STUDENT, state=EnrollmentState.REQUESTED, action=Action.APPROVE)
    assert (decision.state, decision.action, decision.waitlist_rank) == ("waitlisted", Action.WAITLIST, 1)


def test_an_invitation_opens_closed_windows_but_makes_no_seat() -> None:
    invited = {
        "existing": EnrollmentState.INVITED,
        "window": WindowVerdict.CLOSED,
        "approval_required": True,
    }
    assert enrol(Seats(capacity=1), **invited).state == "active"
    assert enrol(FULL, **invited).state == "waitlisted"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"offering": OfferingState.DRAFT}, Refusal.OFFERING_DRAFT),
        ({"offering": OfferingState.CANCELLED}, Refusal.OFFERING_CANCELLED),
        ({"offering": OfferingState.ARCHIVED}, Refusal.OFFERING_ARCHIVED),
        ({"window": WindowVerdict.NOT_OPEN}, Refusal.WINDOW_NOT_OPEN),
        ({"window": WindowVerdict.CLOSED}, Refusal.WINDOW_CLOSED),
        ({"window": WindowVerdict.NOT_AUDIENCE}, Refusal.NOT_AUDIENCE),
        ({"existing": EnrollmentState.ACTIVE}, Refusal.ALREADY_ENROLLED),
        ({"existing": EnrollmentState.WAITLISTED}, Refusal.ALREADY_ENROLLED),
        ({"existing": EnrollmentState.OFFERED}, Refusal.ALREADY_ENROLLED),
        ({"existing": EnrollmentState.COMPLETED}, Refusal.ALREADY_COMPLETED),
        ({"existing": EnrollmentState.DENIED}, Refusal.DENIED),
    ],
)
def test_a_refusal_names_its_reason(changes: dict[str, object], reason: Refusal) -> None:
    assert refusal(Seats(), **changes) is reason


def test_a_full_offering_refuses_where_nobody_can_wait() -> None:
    assert refusal(replace(FULL, waitlist_capacity=0)) is Refusal.FULL
    assert refusal(replace(FULL, waitlist_capacity=3, waitlisted=3)) is Refusal.WAITLIST_FULL
    assert enrol(replace(FULL, waitlist_capacity=3, waitlisted=2)).state == "waitlisted"


@pytest.mark.parametrize("role", STAFF)
def test_staff_take_no_seat_and_need_neither_window_nor_approval_nor_publication(
    role: EnrollmentRole,
) -> None:
    wish = {"role": role, "window": WindowVerdict.CLOSED, "approval_required": True}
    decision = enrol(FULL, **wish, offering=OfferingState.DRAFT)
    assert (decision.state, decision.seats_after) == ("active", FULL)
    assert refusal(FULL, **wish, offering=OfferingState.CANCELLED) is Refusal.OFFERING_CANCELLED
    with pytest.raises(UnableToTransition, match="never waits"):
        decide(seats=FULL, role=role, state=None, action=Action.WAITLIST)


def test_who_withdrew_comes_back_at_the_end_of_the_waitlist() -> None:
    seats = Seats(capacity=1, taken=1, waitlisted=2, next_waitlist_rank=8)
    again = enrol(seats, existing=EnrollmentState.WITHDRAWN)
    assert (again.state, again.waitlist_rank) == ("waitlisted", 8)


def test_a_completion_keeps_its_seat_so_undoing_it_needs_none() -> None:
    done = decide(seats=FULL, role=STUDENT, state=EnrollmentState.ACTIVE, action=Action.COMPLETE)
    assert done.seats_after == FULL
    undone = decide(
        seats=done.seats_after, role=STUDENT, state=EnrollmentState.COMPLETED, action=Action.REINSTATE
    )
    assert (undone.state, undone.seats_after) == ("active", FULL)


def test_nobody_is_promoted_into_a_full_offering() -> None:
    seats = replace(FULL, waitlisted=1, next_waitlist_rank=2)
    for action in (Action.PROMOTE, Action.OFFER):
        with pytest.raises(UnableToEnrol) as refused:
            decide(seats=seats, role=STUDENT, state=EnrollmentState.WAITLISTED, action=action)
        assert refused.value.reason is Refusal.FULL


def test_ten_free_seats_go_to_the_ten_lowest_ranks_in_order() -> None:
    seats = Seats(capacity=30, taken=20, waitlisted=970, next_waitlist_rank=971)
    waiting = [Waiting(enrollment_id=5000 - rank, rank=rank) for rank in range(970, 0, -1)]
    promotions = promote(seats=seats, waiting=waiting)
    assert [person.rank for person in promotions.promoted] == list(range(1, 11))
    assert promotions.state is EnrollmentState.ACTIVE
    assert promotions.seats_after == Seats(capacity=30, taken=30, waitlisted=960, next_waitlist_rank=971)


def test_an_offer_holds_the_seat_until_it_is_declined() -> None:
    seats = Seats(capacity=1, waitlisted=2, next_waitlist_rank=3)
    offered = promote(seats=seats, waiting=[Waiting(1, 1), Waiting(2, 2)], offer=True)
    assert (offered.state, offered.promoted) == (EnrollmentState.OFFERED, (Waiting(1, 1),))
    assert offered.seats_after.free == 0
    declined = decide(
        seats=offered.seats_after, role=STUDENT, state=EnrollmentState.OFFERED, action=Action.DECLINE
    )
    assert declined.seats_after.promotable == 1


def test_a_lowered_capacity_expels_nobody_and_promotes_nobody() -> None:
    seats = Seats(capacity=5, taken=8, waitlisted=2, next_waitlist_rank=3)
    assert (seats.free, seats.promotable) == (0, 0)
    assert promote(seats=seats, waiting=[Waiting(1, 1)]).promoted == ()


def test_lifting_the_limit_takes_everybody_off_the_waitlist() -> None:
    assert Seats(capacity=None, taken=8, waitlisted=2).promotable == 2


@pytest.mark.parametrize(
    "wrong", [{"capacity": -1}, {"taken": -1}, {"waitlist_capacity": -1}, {"waitlisted": -1}]
)
def test_negative_counts_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        Seats(**wrong)


class OfferingHistory(RuleBasedStateMachine):
    """Twelve people do anything in any order to one offering whose capacity changes now and then."""

    people = st.integers(0, 11)

    def __init__(self) -> None:
        super().__init__()
        self.seats = Seats(capacity=3, waitlist_capacity=4)
        self.states: dict[int, EnrollmentState] = {}
        self.ranks: dict[int, int] = {}
        self.ranks_given: list[int] = []

    @rule(person=people, approval=st.booleans(), window=st.sampled_from(WindowVerdict))
    def wants_in(self, person: int, approval: bool, window: WindowVerdict) -> None:
        existing = self.states.get(person)
        try:
            decision = enrol(self.seats, existing=existing, approval_required=approval, window=window)
        except UnableToEnrol:
            return
        assert existing not in HOLDS_SEAT | WAITS | FINAL
        self._keep(person, decision)

    @rule(person=people, action=st.sampled_from(Action))
    def anything_happens(self, person: int, action: Action) -> None:
        before = self.states.get(person)
        try:
            decision = decide(seats=self.seats, role=STUDENT, state=before, action=action)
        except (UnableToEnrol, UnableToTransition):
            return
        assert before not in FINAL or action is Action.REINSTATE
        self._keep(person, decision)

    @rule(offer=st.booleans())
    def free_seats_are_filled(self, offer: bool) -> None:
        waiting = [Waiting(person, self.ranks[person]) for person in self._who(WAITS)]
        promotions = promote(seats=self.seats, waiting=waiting, offer=offer)
        ranks = [person.rank for person in promotions.promoted]
        assert ranks == sorted(person.rank for person in waiting)[: len(ranks)]
        assert len(ranks) == self.seats.promotable
        self.seats = promotions.seats_after
        for person in promotions.promoted:
            self.states[person.enrollment_id] = promotions.state

    @rule(capacity=st.none() | st.integers(0, 6))
    def capacity_changes(self, capacity: int | None) -> None:
        self.seats = replace(self.seats, capacity=capacity)

    @invariant()
    def counts_are_those_of_the_people(self) -> None:
        assert self.seats.taken == len(self._who(HOLDS_SEAT))
        assert self.seats.waitlisted == len(self._who(WAITS)) <= (self.seats.waitlist_capacity or 0)

    @invariant()
    def ranks_rise_and_are_never_given_twice(self) -> None:
        assert self.ranks_given == sorted(set(self.ranks_given))
        assert self.seats.next_waitlist_rank == 1 + max(self.ranks_given, default=0)

    def _keep(self, person: int, decision) -> None:
        if decision.seats_after.taken > self.seats.taken:
            assert self.seats.capacity is None or decision.seats_after.taken <= self.seats.capacity
        assert (decision.waitlist_rank is not None) == (decision.state in WAITS)
        if decision.waitlist_rank is not None:
            self.ranks[person] = decision.waitlist_rank
            self.ranks_given.append(decision.waitlist_rank)
        self.states[person], self.seats = decision.state, decision.seats_after

    def _who(self, states: frozenset[EnrollmentState]) -> list[int]:
        return [person for person, state in self.states.items() if state in states]


TestOfferingHistory = OfferingHistory.TestCase

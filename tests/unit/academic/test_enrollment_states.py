"""The table of enrollment states: complete, reachable, and final where it says so."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academic.model.states import (
    ENDED,
    FINAL,
    HOLDS_SEAT,
    TRANSITIONS,
    WAITS,
    Action,
    EnrollmentState,
    UnableToTransition,
    allowed_actions,
    effective_state,
    transition,
)
from kernel.errors import ErrorCode

STATES = (None, *EnrollmentState)


@pytest.mark.parametrize(("state", "action"), [*product(STATES, Action)])
def test_every_pair_of_state_and_action_either_leads_on_or_says_what_would(
    state: EnrollmentState | None, action: Action
) -> None:
    if action in allowed_actions(state):
        assert transition(state, action) is TRANSITIONS[state, action]
        return
    with pytest.raises(UnableToTransition) as refused:
        transition(state, action)
    assert refused.value.code is ErrorCode.CONFLICT
    assert refused.value.details["state"] is state
    assert refused.value.details["action"] is action
    for allowed in allowed_actions(state):
        assert allowed in refused.value.message


def test_every_state_is_reached_and_every_action_used() -> None:
    reached: set[EnrollmentState | None] = {None}
    for _ in EnrollmentState:
        reached |= {after for (before, _), after in TRANSITIONS.items() if before in reached}
    assert reached == set(STATES)
    assert {action for _, action in TRANSITIONS} == set(Action)


def test_only_an_offer_or_a_promotion_takes_somebody_off_the_waitlist_into_a_seat() -> None:
    into_seats = {
        action for (before, action), after in TRANSITIONS.items() if before in WAITS and after in HOLDS_SEAT
    }
    assert into_seats == {Action.PROMOTE, Action.OFFER}


def test_a_seat_needing_entry_can_always_fall_back_to_waiting() -> None:
    for (before, action), after in TRANSITIONS.items():
        needs_seat = after in HOLDS_SEAT and before not in HOLDS_SEAT
        if needs_seat and action not in (Action.PROMOTE, Action.OFFER):
            assert (before, Action.WAITLIST) in TRANSITIONS


@given(st.lists(st.sampled_from(Action), max_size=40))
def test_a_final_state_is_left_only_by_reinstating(actions: list[Action]) -> None:
    state: EnrollmentState | None = None
    for action in actions:
        try:
            after = transition(state, action)
        except UnableToTransition:
            continue
        assert state not in FINAL or action is Action.REINSTATE
        assert after is not None
        state = after


def test_the_front_door_is_open_again_only_after_withdrawing() -> None:
    entries = {Action.ENROL, Action.REQUEST, Action.INVITE}
    for state in EnrollmentState:
        reopened = entries & set(allowed_actions(state))
        assert reopened == (entries if state is EnrollmentState.WITHDRAWN else set())


@pytest.mark.parametrize(("home", "host"), [*product(EnrollmentState, repeat=2)])
def test_an_enrollment_across_institutions_is_active_only_if_both_are(
    home: EnrollmentState, host: EnrollmentState
) -> None:
    effective = effective_state(home, host)
    both = home is EnrollmentState.ACTIVE and host is EnrollmentState.ACTIVE
    assert (effective is EnrollmentState.ACTIVE) == both
    assert effective in (home, host)
    assert effective is effective_state(host, home)


@pytest.mark.parametrize(
    ("home", "host", "effective"),
    [
        ("active", "requested", "requested"),
        ("active", "completed", "completed"),
        ("suspended", "completed", "suspended"),
        ("waitlisted", "withdrawn", "withdrawn"),
        ("denied", "withdrawn", "denied"),
    ],
)
def test_between_institutions_the_less_far_along_counts(home: str, host: str, effective: str) -> None:
    assert effective_state(EnrollmentState(home), EnrollmentState(host)) == effective


def test_without_a_second_institution_the_one_state_holds() -> None:
    assert all(effective_state(state, None) is state for state in EnrollmentState)


def test_seats_waiting_and_endings_do_not_overlap_except_that_completed_keeps_its_seat() -> None:
    assert not HOLDS_SEAT & WAITS
    assert HOLDS_SEAT.intersection(ENDED) == {EnrollmentState.COMPLETED}

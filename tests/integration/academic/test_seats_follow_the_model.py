"""Whatever is done in whatever order, the database is where the pure rules say it is."""

from dataclasses import dataclass, field, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from academic.courses.lifecycle import change_capacity
from academic.enrollments.acting import approve, deny, reinstate, resume, suspend, withdraw
from academic.enrollments.completing import complete
from academic.enrollments.entering import NewEnrollment, enrol
from academic.model.enrolling import OfferingState, decide, decide_enrolment
from academic.model.refusals import UnableToEnrol
from academic.model.seats import Seats, Waiting, promote
from academic.model.states import Action, EnrollmentRole, EnrollmentState, UnableToTransition
from academic.model.windows import WindowVerdict
from academic.tables import enrollments
from tests.integration.academic.world import World

STUDENT = EnrollmentRole.STUDENT
ACTIONS = {
    Action.APPROVE: approve,
    Action.DENY: deny,
    Action.WITHDRAW: withdraw,
    Action.SUSPEND: suspend,
    Action.RESUME: resume,
    Action.COMPLETE: complete,
    Action.REINSTATE: reinstate,
}
PEOPLE = 5
_person = st.integers(0, PEOPLE - 1)
_capacity = st.none() | st.integers(0, 3)
_step = st.one_of(
    st.tuples(st.just("enrol"), _person),
    st.tuples(st.just("enrol"), _person),
    st.tuples(st.sampled_from(list(ACTIONS)), _person),
    st.tuples(st.just("capacity"), _capacity),
)


@dataclass
class Rules:
    """The same offering, in memory."""

    seats: Seats
    approval_required: bool
    people: dict[int, tuple[EnrollmentState, int | None]] = field(default_factory=dict)

    def enrol(self, person: int) -> None:
        """A person enrols themselves."""
        known = self.people.get(person)
        decision = decide_enrolment(
            seats=self.seats,
            offering=OfferingState.PUBLISHED,
            window=WindowVerdict.OPEN,
            approval_required=self.approval_required,
            role=STUDENT,
            existing=known and known[0],
        )
        self.people[person], self.seats = (decision.state, decision.waitlist_rank), decision.seats_after

    def act(self, person: int, action: Action) -> None:
        """Staff do something to an enrollment."""
        decision = decide(seats=self.seats, role=STUDENT, state=self.people[person][0], action=action)
        self.people[person], self.seats = (decision.state, decision.waitlist_rank), decision.seats_after
        self.move_up()

    def move_up(self) -> None:
        """Free seats go to who waits."""
        waiting = [Waiting(person, rank) for person, (_, rank) in self.people.items() if rank is not None]
        found = promote(seats=self.seats, waiting=waiting)
        self.people |= {one.enrollment_id: (found.state, None) for one in found.promoted}
        self.seats = found.seats_after


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    capacity=_capacity,
    waitlist_capacity=_capacity,
    approval_required=st.booleans(),
    steps=st.lists(_step, min_size=4, max_size=25),
)
async def test_the_database_follows_the_rules_through_any_sequence(
    world: World,
    capacity: int | None,
    waitlist_capacity: int | None,
    approval_required: bool,
    steps: list[tuple[str | Action, int | None]],
) -> None:
    offering = await world.offering(
        capacity=capacity, waitlist_capacity=waitlist_capacity, approval_required=approval_required
    )
    people = await world.users(PEOPLE)
    rules = Rules(Seats(capacity=capacity, waitlist_capacity=waitlist_capacity), approval_required)
    ids: dict[int, int] = {}
    for step, argument in steps:
        if isinstance(step, Action) and argument not in ids:
            continue
        expected = _in_memory(rules, step, argument)
        assert await _in_database(world, offering, people, ids, step, argument) == expected
        rows = {
            row["id"]: (row["state"], row["waitlist_rank"])
            for row in await world.rows(enrollments, offering_id=offering)
        }
        assert rows == {ids[person]: known for person, known in rules.people.items()}
        assert await world.seats(offering) == (rules.seats.taken, rules.seats.waitlisted)


def _in_memory(rules: Rules, step: str | Action, argument: int | None) -> str | None:
    """What the rules answer: None, or the refusal's sentence."""
    try:
        if isinstance(step, Action):
            assert argument is not None
            rules.act(argument, step)
        elif step == "enrol":
            assert argument is not None
            rules.enrol(argument)
        else:
            rules.seats = replace(rules.seats, capacity=argument)
            rules.move_up()
    except (UnableToEnrol, UnableToTransition) as refused:
        return refused.message
    return None


async def _in_database(
    world: World,
    offering: int,
    people: list[int],
    ids: dict[int, int],
    step: str | Action,
    argument: int | None,
) -> str | None:
    """What the operations answer."""
    try:
        if isinstance(step, Action):
            assert argument is not None
            await world.act(ACTIONS[step], ids[argument])
        elif step == "enrol":
            assert argument is not None
            async with world.door.write(world.student(people[argument])) as tx:
                ids[argument] = await enrol(tx, enrollment=NewEnrollment(offering))
        else:
            async with world.as_system() as tx:
                await change_capacity(tx, offering_id=offering, capacity=argument)
    except (UnableToEnrol, UnableToTransition) as refused:
        return refused.message
    return None

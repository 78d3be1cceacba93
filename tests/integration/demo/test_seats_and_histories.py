"""What the seat rows say is what the enrollments are, and everything that happened was allowed to happen."""

from collections import defaultdict
from typing import Any

import pytest

from academic.model.enrolling import decide
from academic.model.seats import Seats
from academic.model.states import Action, EnrollmentRole, EnrollmentState
from fediflow.demo import UNIVERSITIES, University
from tests.integration.demo.world import World

each_university = pytest.mark.parametrize("university", UNIVERSITIES, ids=lambda one: one.slug)

_SEATS = "select offering_id, capacity, waitlist_capacity, taken, waitlisted, next_waitlist_rank from fediflow.offering_seats"
_STEPS = """
    select e.offering_id, e.id, e.user_id, e.role, e.state, e.waitlist_rank, e.version, e.state_changed_at,
           e.created_at as entered_at, t.from_state, t.to_state, t.action, t.actor_id, t.on_behalf_of_id, t.created_at
    from fediflow.enrollments e join fediflow.enrollment_transitions t on t.enrollment_id = e.id
    order by t.created_at, t.id"""


@each_university
async def test_every_history_replayed_by_the_model_gives_the_rows(
    demo: World, university: University
) -> None:
    kept = {row["offering_id"]: row for row in await demo.rows(university, _SEATS)}
    steps = await demo.rows(university, _STEPS)

    seats = {
        offering: Seats(capacity=row["capacity"], waitlist_capacity=row["waitlist_capacity"])
        for offering, row in kept.items()
    }
    ranks: dict[int, int | None] = {}
    count: dict[int, int] = defaultdict(int)
    for step in steps:
        before = EnrollmentState(step["from_state"]) if step["from_state"] else None
        decision = decide(
            seats=seats[step["offering_id"]],
            role=EnrollmentRole(step["role"]),
            state=before,
            action=_asked(before, Action(step["action"])),
        )
        assert (decision.state, decision.action) == (step["to_state"], step["action"])
        seats[step["offering_id"]] = decision.seats_after
        ranks[step["id"]] = decision.waitlist_rank
        count[step["id"]] += 1

    last = {step["id"]: step for step in steps}
    assert {offering: _counts(row) for offering, row in kept.items()} == {
        offering: (one.taken, one.waitlisted, one.next_waitlist_rank) for offering, one in seats.items()
    }
    assert all(row["to_state"] == row["state"] for row in last.values())
    assert all(row["waitlist_rank"] == ranks[id_] for id_, row in last.items())
    assert all(row["version"] == count[id_] for id_, row in last.items())
    assert all(row["created_at"] == row["state_changed_at"] for row in last.values())


@each_university
async def test_each_step_begins_where_the_one_before_ended(demo: World, university: University) -> None:
    state: dict[int, Any] = {}
    for step in await demo.rows(university, _STEPS):
        assert step["from_state"] == state.get(step["id"])
        state[step["id"]] = step["to_state"]

    assert len(state) == await demo.value(university, "select count(*) from fediflow.enrollments")


@each_university
async def test_the_seat_rows_agree_with_a_recount(demo: World, university: University) -> None:
    wrong = await demo.rows(
        university,
        """
        select s.offering_id from fediflow.offering_seats s left join (
            select offering_id,
                   count(*) filter (where state in ('offered', 'active', 'suspended', 'completed')) as taken,
                   count(*) filter (where state = 'waitlisted') as waitlisted, max(waitlist_rank) as last
            from fediflow.enrollments where role in ('student', 'guest') group by offering_id
        ) e on e.offering_id = s.offering_id
        where s.taken <> coalesce(e.taken, 0) or s.waitlisted <> coalesce(e.waitlisted, 0)
           or s.next_waitlist_rank <= coalesce(e.last, 0) or s.taken > s.capacity
           or (s.waitlisted > 0 and s.taken < s.capacity)""",
    )
    full = await demo.value(university, "select count(*) from fediflow.offering_seats where taken = capacity")
    waiting = await demo.value(
        university, "select count(*) from fediflow.offering_seats where waitlisted > 0"
    )
    longest = await demo.value(university, "select max(waitlisted) from fediflow.offering_seats")

    assert wrong == []
    assert full >= 50
    assert waiting >= 30
    assert longest > 20


@each_university
async def test_no_section_holds_more_than_fit(demo: World, university: University) -> None:
    rows = await demo.rows(
        university,
        """
        select s.capacity, count(e.id) as held from fediflow.sections s
        left join fediflow.enrollments e on e.section_id = s.id and e.role in ('student', 'guest')
             and e.state in ('offered', 'active', 'suspended', 'completed')
        group by s.id, s.capacity""",
    )

    assert len(rows) > 100
    assert all(row["held"] <= row["capacity"] for row in rows)
    assert any(row["held"] for row in rows)


@each_university
async def test_each_offering_has_an_instructor(demo: World, university: University) -> None:
    without = await demo.rows(
        university,
        "select id from fediflow.offerings o where not exists (select from fediflow.enrollments e"
        " where e.offering_id = o.id and e.role = 'instructor' and e.state = 'active')",
    )

    assert without == []


@each_university
async def test_acting_for_others_names_them(demo: World, university: University) -> None:
    for step in await demo.rows(university, _STEPS):
        acted_for_other = step["actor_id"] not in (None, step["user_id"])
        assert step["on_behalf_of_id"] == (step["user_id"] if acted_for_other else None)
        assert (step["actor_id"] is None) == (step["action"] == "promote")


@each_university
async def test_ids_are_in_the_order_of_what_they_name(demo: World, university: University) -> None:
    for table in ("enrollments", "enrollment_transitions"):
        wrong = await demo.rows(
            university,
            f"select id from (select id, created_at, lag(created_at) over (order by id) as earlier"
            f" from fediflow.{table}) one where earlier > created_at",
        )
        assert wrong == [], table


def _asked(before: EnrollmentState | None, done: Action) -> Action:
    """What was wanted of the model: who found no seat and waits wanted one."""
    if done is not Action.WAITLIST:
        return done
    return Action.ENROL if before is None else Action.APPROVE


def _counts(row: Any) -> tuple[int, int, int]:
    return row["taken"], row["waitlisted"], row["next_waitlist_rank"]

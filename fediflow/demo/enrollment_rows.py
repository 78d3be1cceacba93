"""The rows of what happened in each offering: the seat row, the enrollments with their history, and the results."""

from datetime import datetime
from random import Random

from academic.model.states import EnrollmentState
from academic.tables import (
    enrollment_external_ids,
    enrollment_transitions,
    enrollments,
    offering_seats,
    results,
)
from fediflow.demo.moments import as_datetime
from fediflow.demo.offerings import Offering
from fediflow.demo.rows import TableRows, table_rows
from fediflow.demo.seating import Place, Seating, Step
from fediflow.demo.setting import Setting

_NUMBERED_EVERY = 10


class EnrollmentRows:
    """Seat rows, enrollments, their steps, results and external ids."""

    def __init__(self, setting: Setting, random: Random) -> None:
        self._setting = setting
        self._random = random
        self._seats = table_rows(
            offering_seats, "offering_id capacity waitlist_capacity taken waitlisted next_waitlist_rank"
        )
        self._enrollments = table_rows(
            enrollments,
            "id offering_id user_id section_id role state waitlist_rank offered_until state_changed_at created_at"
            " updated_at version",
        )
        self._transitions = table_rows(
            enrollment_transitions,
            "id enrollment_id from_state to_state action actor_id on_behalf_of_id reason created_at",
        )
        self._results = table_rows(
            results, "enrollment_id scheme value is_passed credits recorded_by_id recorded_at"
        )
        self._external = table_rows(enrollment_external_ids, "type value enrollment_id")

    @property
    def parts(self) -> tuple[TableRows, ...]:
        """All that was added."""
        return (self._seats, self._enrollments, self._transitions, self._results, self._external)

    def add(self, seating: Seating) -> None:
        """Adds the rows of one offering."""
        offering = seating.offering
        self._seats.rows.append(
            (
                offering.id,
                offering.capacity,
                offering.waitlist_capacity,
                seating.taken,
                seating.waitlisted,
                seating.next_rank,
            )
        )
        for place in seating.places:
            self._add_place(offering, place)

    def _add_place(self, offering: Offering, place: Place) -> None:
        steps, at = place.steps, self._setting.ids.at
        times = [as_datetime(step.at) for step in steps]
        own = at(steps[0].at)
        assert place.state is not None
        self._enrollments.rows.append(
            (
                own,
                offering.id,
                place.user,
                place.section,
                place.role,
                place.state.value,
                place.rank,
                None if place.offered_until is None else as_datetime(place.offered_until),
                times[-1],
                times[0],
                times[-1],
                len(steps),
            )
        )
        for step, time in zip(steps, times, strict=True):
            self._add_step(own, place.user, step, time)
        if place.state is EnrollmentState.COMPLETED:
            self._add_result(own, offering, place, times[-1])
        if len(self._enrollments.rows) % _NUMBERED_EVERY == 0:
            self._external.rows.append(("sisId", f"enrollment-{own:x}", own))

    def _add_step(self, enrollment_id: int, user: int, step: Step, time: datetime) -> None:
        on_behalf_of = user if step.actor is not None and step.actor != user else None
        self._transitions.rows.append(
            (
                self._setting.ids.at(step.at),
                enrollment_id,
                None if step.before is None else step.before.value,
                step.after.value,
                step.action.value,
                step.actor,
                on_behalf_of,
                step.reason,
                time,
            )
        )

    def _add_result(self, enrollment_id: int, offering: Offering, place: Place, time: datetime) -> None:
        """The sample student passes, others by chance."""
        grading = self._setting.university.grading
        value, is_passed = grading.draw(self._random, passed=place.user in offering.first)
        credits = offering.course.credits if is_passed else "[]"
        self._results.rows.append(
            (enrollment_id, grading.scheme, value, is_passed, credits, offering.instructor, time)
        )

"""Enrollments: who came to which offering and what became of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from academic.model.states import Action, EnrollmentState
from fediflow.demo.enrollment_rows import EnrollmentRows
from fediflow.demo.moments import DAY, HOUR, MINUTE, midnight
from fediflow.demo.offerings import Offering, Phase
from fediflow.demo.people import People
from fediflow.demo.rows import TableRows
from fediflow.demo.samples import REGISTRAR
from fediflow.demo.seating import Seating
from fediflow.demo.setting import Setting

_OWN_DEPARTMENT = 0.75
_DECIDED_AFTER = 36 * HOUR


@dataclass(frozen=True, slots=True)
class _Crowd:
    """Whom an offering can draw from."""

    by_department: Mapping[str, Sequence[int]]
    everybody: Sequence[int]

    def draw(self, random: Random, offering: Offering) -> list[int]:
        """As many as want in, mostly of the department; the samples in their places."""
        own = self.by_department[offering.course.department]
        many = offering.demand - len(offering.first) - len(offering.last)
        from_own = min(int(many * _OWN_DEPARTMENT), len(own))
        drawn = random.sample(own, from_own) + random.sample(self.everybody, many - from_own)
        random.shuffle(drawn)
        teaching = {offering.instructor, *(user for user, _ in offering.helpers)}
        return [
            *offering.first,
            *(user for user in dict.fromkeys(drawn) if user not in teaching),
            *offering.last,
        ]


def enrolment(setting: Setting, people: People, offerings: Sequence[Offering]) -> tuple[TableRows, ...]:
    """About 13,000 enrollments with their history, the seat rows that count them, and results of the past."""
    random = setting.chance("enrollments")
    rows = EnrollmentRows(setting, random)
    crowd = _Crowd(people.students, [user for pool in people.students.values() for user in pool])
    story = _Story(setting, random, people.samples[REGISTRAR.handle])
    for offering in offerings:
        seating = Seating(offering)
        story.staff(seating)
        if offering.state in ("published", "archived"):
            story.tell(seating, crowd.draw(random, offering))
        rows.add(seating)
    return rows.parts


class _Story:
    """What happens in an offering: first people come, then some leave, in the end they are marked."""

    def __init__(self, setting: Setting, random: Random, registrar: int) -> None:
        self._setting = setting
        self._random = random
        self._registrar = registrar
        self._reasons = setting.university.words.reasons

    def staff(self, seating: Seating) -> None:
        """Those who teach are there before anybody comes."""
        at = seating.offering.opens - 5 * DAY
        for user, role in ((seating.offering.instructor, "instructor"), *seating.offering.helpers):
            seating.join_staff(user, role, at, self._registrar)

    def tell(self, seating: Seating, people: Sequence[int]) -> None:
        """Everything after that, in its order."""
        offering = seating.offering
        full_at = min(offering.closes, self._setting.now - 2 * DAY)
        last_decision = full_at - _DECIDED_AFTER - HOUR
        if offering.approval_required:
            self._ask(seating, self._arrivals(people, offering.opens, last_decision))
        else:
            self._come(seating, self._arrivals(people, offering.opens, full_at - HOUR))
        self._change(seating, full_at)
        if offering.phase is Phase.PAST:
            self._finish(seating)

    def _arrivals(self, people: Sequence[int], first: int, last: int) -> Iterator[tuple[int, int]]:
        """Most come early; nobody at the very same moment."""
        random, span = self._random, last - first - len(people)
        times = sorted(first + int(random.random() ** 2 * span) for _ in people)
        return ((at + number, user) for number, (at, user) in enumerate(zip(times, people, strict=True)))

    def _come(self, seating: Seating, arrivals: Iterator[tuple[int, int]]) -> None:
        offering = seating.offering
        fixed = {*offering.first, *offering.last}
        for at, user in arrivals:
            lot = self._random.random()
            if lot > 0.012 or user in fixed:
                seating.enter(user, at)
            elif lot < 0.004:
                seating.enter(user, at, "guest")
            elif offering.phase is not Phase.PAST:
                seating.invite(user, "guest" if lot < 0.006 else "student", at, offering.instructor)

    def _ask(self, seating: Seating, arrivals: Iterator[tuple[int, int]]) -> None:
        """Requests are decided a day and a half later; of those still running some are open."""
        instructor = seating.offering.instructor
        requests = [(seating.request(user, at), at + _DECIDED_AFTER) for at, user in arrivals]
        undecided = 0 if seating.offering.phase is Phase.PAST else -(-len(requests) // 8)
        for place, at in requests[: len(requests) - undecided]:
            if self._random.random() < 0.08:
                place.become(EnrollmentState.DENIED, Action.DENY, at, instructor, self._reasons["deny"])
            else:
                seating.approve(place, at, instructor)

    def _change(self, seating: Seating, since: int) -> None:
        """Some leave, some pause, one may be offered the seat of another; nobody of the samples."""
        offering, random = seating.offering, self._random
        until = min(since + 30 * DAY, self._setting.now - HOUR)
        fixed = {*offering.first, *offering.last}
        active = [
            place
            for place in seating.places
            if place.state is EnrollmentState.ACTIVE
            and place.role in ("student", "guest")
            and place.user not in fixed
        ]
        some = random.sample(active, min(len(active), int(len(active) * 0.07 + random.random())))
        step = (until - since) // (len(some) + 2)
        for number, place in enumerate(some, start=1):
            at = since + number * step + int(random.random() * step)
            lot = random.random()
            if lot < 0.2 and offering.phase is Phase.CURRENT:
                place.become(
                    EnrollmentState.SUSPENDED, Action.SUSPEND, at, self._registrar, self._reasons["suspend"]
                )
            elif lot < 0.5 and offering.phase is not Phase.PAST and seating.waitlisted > 1:
                ends = self._setting.now + (2 + int(lot * 10)) * DAY
                seating.offer(place, at, ends, offering.instructor, self._reasons["offer"])
            else:
                seating.withdraw(place, at, self._reasons["withdraw"] if lot < 0.7 else None)
        if seating.waitlisted > 4 and random.random() < 0.5:
            seating.withdraw(seating.waiting[1], until, None)

    def _finish(self, seating: Seating) -> None:
        """Who is still there is marked, when teaching is over."""
        session = seating.offering.session
        assert session.teaching is not None
        over = midnight(session.teaching[1], self._setting.university.zone) + 10 * HOUR
        at = min(over + int(self._random.random() * 12 * DAY), self._setting.now - 3 * HOUR)
        for number, place in enumerate(seating.places):
            if place.state is EnrollmentState.ACTIVE and place.role in ("student", "guest"):
                place.become(
                    EnrollmentState.COMPLETED,
                    Action.COMPLETE,
                    at + number * MINUTE,
                    seating.offering.instructor,
                )

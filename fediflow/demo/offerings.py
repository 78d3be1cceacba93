"""Offerings of the past, the current and the next semester: who teaches them, how many fit in and how many want to."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from random import Random

from fediflow.demo.calendar import Session
from fediflow.demo.courses import Course
from fediflow.demo.moments import DAY, midnight
from fediflow.demo.people import People, sample_instructor, sample_student
from fediflow.demo.setting import Setting

_SECTIONS_FROM = 40
_SECTION_SIZE = 24


class Phase(IntEnum):
    """Where a semester lies."""

    PAST = 0
    CURRENT = 1
    NEXT = 2


@dataclass(frozen=True, slots=True)
class Offering:
    """An offering as its enrollments need it; who is `first` gets a seat, who is `last` comes after everybody."""

    id: int
    course: Course
    session: Session
    phase: Phase
    state: str
    visibility: str
    capacity: int | None
    waitlist_capacity: int | None
    demand: int
    approval_required: bool
    opens: int
    closes: int
    instructor: int
    helpers: tuple[tuple[int, str], ...]  # more who teach, with their roles
    sections: tuple[int, ...]
    first: tuple[int, ...] = ()
    last: tuple[int, ...] = ()


def timetable(setting: Setting, people: People, courses: Sequence[Course]) -> list[Offering]:
    """Each semester offers two courses of three, 648 offerings in all."""
    random = setting.chance("offerings")
    calendar = setting.calendar
    return [
        _offering(setting, people, course, session, phase, number, random)
        for phase, session in zip(Phase, (calendar.past, calendar.current, calendar.next), strict=True)
        for number, course in enumerate(_offered(courses, phase))
    ]


def _offered(courses: Sequence[Course], phase: Phase) -> list[Course]:
    return [course for number, course in enumerate(courses) if (number // 3 + number + phase) % 3]


def _offering(
    setting: Setting,
    people: People,
    course: Course,
    session: Session,
    phase: Phase,
    number: int,
    random: Random,
) -> Offering:
    """The first ones of a semester are the sample persons'; the others are left to chance."""
    show = _Show.of(phase, number, people)
    begins = midnight(session.starts_on, setting.university.zone)
    opens = min(begins - 60 * DAY, setting.now - 30 * DAY)
    capacity = show.capacity or _capacity(course, random)
    teachers = random.sample(people.teachers[course.department], 3)
    instructor = show.instructor or teachers[0]
    return Offering(
        id=setting.ids.at(opens - 20 * DAY + int(random.random() * 10 * DAY)),
        course=course,
        session=session,
        phase=phase,
        state=show.state or _state(phase, random),
        visibility="public" if show.state else _visibility(course, random),
        capacity=capacity,
        waitlist_capacity=None if show.state else random.choices((None, 10, 0), (70, 22, 8))[0],
        demand=show.demand or _demand(phase, capacity, random),
        approval_required=show.approval_required if show.state else random.random() < 0.12,
        opens=opens,
        closes=begins + 21 * DAY,
        instructor=instructor,
        helpers=_helpers(teachers[1:], people.students[course.department], random),
        sections=_sections(setting, capacity, opens),
        first=show.first,
        last=show.last,
    )


@dataclass(frozen=True, slots=True)
class _Show:
    """What is fixed about an offering that the sample persons take part in."""

    state: str | None = None
    instructor: int | None = None
    capacity: int | None = None
    demand: int | None = None
    approval_required: bool = False
    first: tuple[int, ...] = ()
    last: tuple[int, ...] = ()

    @classmethod
    def of(cls, phase: Phase, number: int, people: People) -> "_Show":
        """Current: full with a long waitlist, by approval, two ordinary ones. Past: taken. Next: one each."""
        student, instructor = (sample_student(people),), sample_instructor(people)
        crowded = cls("published", instructor, 60, 95, last=student)
        by_approval = cls("published", instructor, 30, 24, approval_required=True, last=student)
        ordinary = cls("published", instructor, 40, 31, first=student)
        anothers = cls("published", None, 24, 20, first=student)
        shown = {
            Phase.PAST: (ordinary, anothers, anothers, anothers, anothers),
            Phase.CURRENT: (crowded, ordinary, anothers, anothers),
            Phase.NEXT: (ordinary, by_approval),
        }[phase]
        return shown[number] if number < len(shown) else cls()


def _capacity(course: Course, random: Random) -> int | None:
    return None if random.random() < 0.04 else random.randint(*course.aspect.capacity)


def _demand(phase: Phase, capacity: int | None, random: Random) -> int:
    if capacity is None:
        return random.randint(15, 40)
    kind = random.random()
    if kind < 0.15:
        wanted = capacity * (1.1 + random.random() * 0.5)
    elif kind < 0.25:
        wanted = capacity
    else:
        wanted = capacity * (0.45 + random.random() * 0.5)
    return int(wanted * (0.7 if phase is Phase.NEXT and kind >= 0.25 else 1.0))


def _state(phase: Phase, random: Random) -> str:
    weights = {Phase.PAST: (92, 0, 2, 6), Phase.CURRENT: (98, 0, 2, 0), Phase.NEXT: (86, 13, 1, 0)}[phase]
    return random.choices(("published", "draft", "cancelled", "archived"), weights)[0]


def _visibility(course: Course, random: Random) -> str:
    return "tenant" if course.visibility == "public" and random.random() < 0.1 else course.visibility


def _helpers(teachers: Sequence[int], students: Sequence[int], random: Random) -> tuple[tuple[int, str], ...]:
    helpers = []
    if random.random() < 0.2:
        helpers.append((teachers[0], "instructor"))
    if random.random() < 0.3:
        helpers.append((students[random.randrange(len(students))], "assistant"))
    if random.random() < 0.03:
        helpers.append((teachers[1], "designer"))
    return tuple(helpers)


def _sections(setting: Setting, capacity: int | None, opens: int) -> tuple[int, ...]:
    if capacity is None or capacity < _SECTIONS_FROM:
        return ()
    return tuple(setting.ids.at(opens - 9 * DAY) for _ in range(-(-capacity // _SECTION_SIZE)))

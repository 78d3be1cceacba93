"""A university's calendar around a day: years, their semesters without a gap, and the halves of each teaching period."""

from dataclasses import dataclass
from datetime import date, timedelta

from fediflow.demo.words.vocabulary import Text

MonthDay = tuple[int, int]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Semester:
    """How one of the two semesters recurs. Patterns know {year} and {next} of the academic year, and {start}."""

    code: str
    title: Text
    begins: MonthDay
    teaching: tuple[MonthDay, MonthDay]


@dataclass(frozen=True, slots=True)
class CalendarRule:
    """A country's academic year, which begins with the first semester."""

    year: Text
    first: Semester
    second: Semester
    period: Text  # pattern of {number}


@dataclass(frozen=True, slots=True)
class Session:
    """One entry of the calendar; `parent` is the code of the one around it."""

    code: str
    title: Text
    kind: str
    starts_on: date
    ends_on: date
    teaching: tuple[date, date] | None
    parent: str | None


@dataclass(frozen=True, slots=True)
class Calendar:
    """All sessions, parents first, and the three semesters that have offerings."""

    sessions: tuple[Session, ...]
    past: Session
    current: Session
    next: Session


def calendar_around(rule: CalendarRule, today: date) -> Calendar:
    """The academic years that hold the semester of `today`, the one before and the one after."""
    current = next(
        one
        for year in (today.year, today.year - 1)
        for one in reversed(_semesters(rule, year))
        if one.starts_on <= today
    )
    past = _semester_of(rule, current.starts_on - _DAY)
    following = _semester_of(rule, current.ends_on + _DAY)
    years = sorted({_year_of(rule, one.starts_on) for one in (past, current, following)})
    sessions = tuple(session for year in years for session in _year(rule, year))
    return Calendar(sessions, past, current, following)


def halves(teaching: tuple[date, date]) -> tuple[tuple[date, date], tuple[date, date]]:
    """The two halves of a teaching period."""
    first, last = teaching
    middle = first + (last - first) / 2
    return (first, middle), (middle + _DAY, last)


def _year(rule: CalendarRule, year: int) -> list[Session]:
    code = f"AY{year}"
    title = _filled(rule.year, year, year)
    semesters = _semesters(rule, year)
    whole = Session(
        code, title, "academic_year", semesters[0].starts_on, semesters[1].ends_on, None, parent=None
    )
    return [whole, *(one for semester in semesters for one in (semester, *_periods(rule, semester)))]


def _periods(rule: CalendarRule, semester: Session) -> list[Session]:
    assert semester.teaching is not None
    return [
        Session(
            f"{semester.code}-{number}",
            (rule.period[0].format(number=number), rule.period[1].format(number=number)),
            "teaching_period",
            half[0],
            half[1],
            half,
            parent=semester.code,
        )
        for number, half in enumerate(halves(semester.teaching), start=1)
    ]


def _semesters(rule: CalendarRule, year: int) -> tuple[Session, Session]:
    begins = _on(rule.first.begins, date(year, 1, 1))
    middle = _on(rule.second.begins, begins)
    ends = _on(rule.first.begins, begins + _DAY)
    return (
        _semester(rule.first, year, begins, middle - _DAY),
        _semester(rule.second, year, middle, ends - _DAY),
    )


def _semester(semester: Semester, year: int, starts_on: date, ends_on: date) -> Session:
    first = _on(semester.teaching[0], starts_on)
    return Session(
        semester.code.format(start=starts_on.year, year=year),
        _filled(semester.title, year, starts_on.year),
        "semester",
        starts_on,
        ends_on,
        (first, _on(semester.teaching[1], first)),
        parent=f"AY{year}",
    )


def _semester_of(rule: CalendarRule, day: date) -> Session:
    return next(one for one in _semesters(rule, _year_of(rule, day)) if one.starts_on <= day <= one.ends_on)


def _year_of(rule: CalendarRule, day: date) -> int:
    return day.year if _on(rule.first.begins, date(day.year, 1, 1)) <= day else day.year - 1


def _on(month_day: MonthDay, earliest: date) -> date:
    """The first such day that is not before `earliest`."""
    day = date(earliest.year, *month_day)
    return day if day >= earliest else date(earliest.year + 1, *month_day)


def _filled(text: Text, year: int, start: int) -> Text:
    values = {"year": year, "next": year + 1, "start": start}
    return text[0].format(**values), text[1].format(**values)

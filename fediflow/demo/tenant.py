"""All rows of one university: pure, the same for the same seed and day."""

from datetime import date

from fediflow.demo.courses import catalogue
from fediflow.demo.enrollments import enrolment
from fediflow.demo.offering_rows import offering_rows
from fediflow.demo.offerings import timetable
from fediflow.demo.people import people
from fediflow.demo.rows import TableRows
from fediflow.demo.setting import setting_of
from fediflow.demo.structure import structure
from fediflow.demo.universities import University


def tenant_rows(
    university: University, *, seed: int, today: date, password_hash: str
) -> tuple[TableRows, ...]:
    """Everything the university's shard will hold of it."""
    setting = setting_of(university, seed=seed, today=today)
    built = structure(setting)
    persons = people(setting, built, password_hash)
    courses, course_rows = catalogue(setting, built)
    offerings = timetable(setting, persons, courses)
    return (
        *built.rows,
        *persons.rows,
        *course_rows,
        *offering_rows(setting, built, offerings),
        *enrolment(setting, persons, offerings),
    )

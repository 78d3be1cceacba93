"""What a OneRoster file set says, as typed records: the standard's nouns, not yet ours.

`row` is the line of the file on which a record's row begins; what is found wrong later is named by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from academic.oneroster.faults import Fault
from academic.oneroster.wording import Wording


class Status(StrEnum):
    """What the source wants with a row."""

    ACTIVE = "active"
    TO_BE_DELETED = "tobedeleted"


class Mode(StrEnum):
    """Whether a file is everything there is, what changed, or not there."""

    BULK = "bulk"
    DELTA = "delta"
    ABSENT = "absent"


class Flavour(StrEnum):
    """Whose columns the files have."""

    ONEROSTER_1_2 = "oneroster_1.2"
    SDS_2_1 = "sds_2.1"


@dataclass(frozen=True, slots=True)
class ExternalId:
    """An identifier of a person in some other system."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class Org:
    """An organisation: a university, a school, a department."""

    sourced_id: str
    name: str
    kind: str
    identifier: str | None
    parent_sourced_id: str | None
    status: Status
    row: int


@dataclass(frozen=True, slots=True)
class AcademicSession:
    """A school year, a term, a grading period; both days belong to it."""

    sourced_id: str
    title: str
    kind: str
    starts_on: date
    ends_on: date
    parent_sourced_id: str | None
    school_year: int
    status: Status
    row: int


@dataclass(frozen=True, slots=True)
class Course:
    """What is taught, whenever it is taught."""

    sourced_id: str
    title: str
    code: str | None
    org_sourced_id: str
    school_year_sourced_id: str | None
    grades: tuple[str, ...]
    subjects: tuple[str, ...]
    status: Status
    row: int


@dataclass(frozen=True, slots=True)
class Class:
    """A course as it is taught in certain terms: our offering."""

    sourced_id: str
    title: str
    code: str | None
    course_sourced_id: str | None
    school_sourced_id: str
    term_sourced_ids: tuple[str, ...]
    location: str | None
    status: Status
    row: int


@dataclass(frozen=True, slots=True)
class User:
    """A person."""

    sourced_id: str
    username: str
    given_name: str
    family_name: str
    middle_name: str | None
    preferred_given_name: str | None
    preferred_middle_name: str | None
    preferred_family_name: str | None
    email: str | None
    identifier: str | None
    user_ids: tuple[ExternalId, ...]
    enabled: bool
    pronouns: str | None
    status: Status
    row: int


@dataclass(frozen=True, slots=True)
class Role:
    """What a person is in an organisation."""

    sourced_id: str
    user_sourced_id: str
    kind: str
    role: str
    org_sourced_id: str
    begins_on: date | None
    ends_on: date | None
    status: Status
    row: int


@dataclass(frozen=True, slots=True)
class Enrollment:
    """What a person is in a class."""

    sourced_id: str
    class_sourced_id: str
    user_sourced_id: str
    role: str
    primary: bool
    begins_on: date | None
    ends_on: date | None
    status: Status
    row: int


Record = Org | AcademicSession | Course | Class | User | Role | Enrollment


@dataclass(frozen=True, slots=True)
class RosterSet:
    """A file set that was read. `faults` holds the first of each kind, the counts hold all."""

    flavour: Flavour
    modes: Mapping[str, Mode]  # by file
    wording: Wording
    orgs: tuple[Org, ...]
    academic_sessions: tuple[AcademicSession, ...]
    courses: tuple[Course, ...]
    classes: tuple[Class, ...]
    users: tuple[User, ...]
    roles: tuple[Role, ...]
    enrollments: tuple[Enrollment, ...]
    faults: tuple[Fault, ...]
    error_count: int
    warning_count: int

    @property
    def is_loadable(self) -> bool:
        """All or nothing: one error, and nothing of the set is loaded."""
        return self.error_count == 0

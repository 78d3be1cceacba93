"""What the standard's words are called here. Pure; `None` says that a word has no counterpart.

An extension (`ext:professor`) is read as the word behind the colon.
"""

from types import MappingProxyType

from academic.model.states import EnrollmentRole
from academic.tables import SESSION_KINDS
from tenants.model import Role
from tenants.tables import ORG_UNIT_KINDS

EXTENSION = "ext:"

_SESSION_KINDS = MappingProxyType(
    {
        "schoolYear": "academic_year",
        "semester": "semester",
        "term": "term",
        "gradingPeriod": "teaching_period",
    }
)
_ORG_UNIT_KINDS = MappingProxyType(
    {
        "department": "department",
        "division": "department",
        "school": "school",
        "university": "university",
        "college": "faculty",
        "faculty": "faculty",
        "campus": "branch",
        "researchCenter": "institute",
    }
)
_TEACHES = (
    *("teacher", "professor", "instructor", "lecturer", "faculty", "adjunct", "substitute", "coach", "chair"),
    "researcher",
)
_HELPS = ("aide", "teacherAssistant", "assistant", "paraprofessional")
_WATCHES = ("administrator", "proctor", "advisor", "counselor", "principal")

_CLASS_ROLES = MappingProxyType(
    {
        **dict.fromkeys(_TEACHES, EnrollmentRole.INSTRUCTOR),
        **dict.fromkeys(_HELPS, EnrollmentRole.ASSISTANT),
        **dict.fromkeys(_WATCHES, EnrollmentRole.OBSERVER),
        **{str(role): role for role in EnrollmentRole},
    }
)
# Administrators are appointed here and not by a file; whoever helps or watches has no role of the institution's.
_ORG_ROLES = MappingProxyType({"student": Role.STUDENT, **dict.fromkeys(_TEACHES, Role.INSTRUCTOR)})

_STRONGEST_FIRST = (
    EnrollmentRole.INSTRUCTOR,
    EnrollmentRole.DESIGNER,
    EnrollmentRole.ASSISTANT,
    EnrollmentRole.OBSERVER,
    EnrollmentRole.STUDENT,
    EnrollmentRole.GUEST,
)


def session_kind(word: str) -> str:
    """The kind of an academic session."""
    bare = word.removeprefix(EXTENSION)
    return _SESSION_KINDS.get(bare) or (bare if bare in SESSION_KINDS else "other")


def org_unit_kind(word: str) -> str:
    """The kind of an org unit; a district, a state, a ministry are "other" here."""
    bare = word.removeprefix(EXTENSION)
    return _ORG_UNIT_KINDS.get(bare) or (bare if bare in ORG_UNIT_KINDS else "other")


def class_role(word: str) -> EnrollmentRole | None:
    """What somebody is in an offering; parents and guardians are nothing there."""
    return _CLASS_ROLES.get(word.removeprefix(EXTENSION))


def org_role(word: str) -> Role | None:
    """What somebody is at the institution."""
    return _ORG_ROLES.get(word.removeprefix(EXTENSION))


def strength(role: EnrollmentRole) -> int:
    """Who may more comes first: of several enrollments of one person in one class the lowest is kept."""
    return _STRONGEST_FIRST.index(role)

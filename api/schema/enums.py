"""The closed sets of values; a test compares each with the CHECK of its column."""

from enum import Enum

import strawberry


@strawberry.enum(
    description="A role held in the whole institution, or for an org unit and everything below it."
)
class Role(Enum):
    TENANT_ADMIN = "tenant_admin"
    REGISTRAR = "registrar"
    INSTRUCTOR = "instructor"
    STUDENT = "student"
    ANALYST = "analyst"
    AUDITOR = "auditor"


@strawberry.enum
class UserStatus(Enum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETED = "deleted"


@strawberry.enum
class OrgUnitKind(Enum):
    UNIVERSITY = "university"
    FACULTY = "faculty"
    SCHOOL = "school"
    DEPARTMENT = "department"
    INSTITUTE = "institute"
    BRANCH = "branch"
    OTHER = "other"


@strawberry.enum(
    description="Whether something is in use. Archived things stay readable and take no changes."
)
class ArchiveStatus(Enum):
    ACTIVE = "active"
    ARCHIVED = "archived"


@strawberry.enum
class AcademicSessionKind(Enum):
    ACADEMIC_YEAR = "academic_year"
    SEMESTER = "semester"
    TRIMESTER = "trimester"
    QUARTER = "quarter"
    TERM = "term"
    TEACHING_PERIOD = "teaching_period"
    OTHER = "other"


@strawberry.enum(
    description="Who may see it: its staff, the institution's members, partner institutions, everybody."
)
class Visibility(Enum):
    PRIVATE = "private"
    TENANT = "tenant"
    FEDERATION = "federation"
    PUBLIC = "public"


@strawberry.enum
class OfferingState(Enum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    ARCHIVED = "archived"


@strawberry.enum
class EnrollmentState(Enum):
    REQUESTED = "requested"
    INVITED = "invited"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


@strawberry.enum
class EnrollmentRole(Enum):
    STUDENT = "student"
    INSTRUCTOR = "instructor"
    ASSISTANT = "assistant"
    OBSERVER = "observer"
    DESIGNER = "designer"
    GUEST = "guest"


@strawberry.enum(description="Whom an enrollment window is for.")
class Audience(Enum):
    EVERYONE = "everyone"
    STUDENT = "student"
    GUEST = "guest"


@strawberry.enum
class AttributeOwner(Enum):
    USER = "user"
    ORG_UNIT = "org_unit"
    COURSE = "course"
    OFFERING = "offering"


@strawberry.enum
class AttributeType(Enum):
    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    CHOICE = "choice"


@strawberry.enum
class OrderDirection(Enum):
    ASC = "ASC"
    DESC = "DESC"

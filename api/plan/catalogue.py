"""What belongs to the public catalogue: its tables, and the events that tell of their changes."""

from collections.abc import Collection

from tenants.model import Scope

# Every change of a row of these is told to the outbox by an event of one of the objects below.
TABLES = frozenset(
    {
        "academic_session_external_ids",
        "academic_sessions",
        "attribute_definitions",
        "course_attributes",
        "course_external_ids",
        "course_languages",
        "courses",
        "enrollment_windows",
        "offering_attributes",
        "offering_external_ids",
        "offerings",
        "org_unit_ancestors",
        "org_unit_attributes",
        "org_unit_external_ids",
        "org_units",
        "section_external_ids",
        "sections",
    }
)
# How many seats are taken changes with every enrolment; only what is offered belongs to the catalogue.
SEATS = "offering_seats"
SEATS_COLUMNS = frozenset({"tenant_id", "offering_id", "capacity", "waitlist_capacity"})

OBJECTS = ("academic_session", "attribute", "course", "offering", "org_unit", "section")
NOT_CATALOGUE = "offering.seats_changed"

# An event and the type of the object it tells of.
Told = tuple[str, str]
# A mutation that finds done what it was to do says so, too, and whoever did it may still be waiting for Redis.
ASKED: Told = ("asked", "catalogue")
CATALOGUE_SCOPES = frozenset({Scope.COURSES_WRITE, Scope.ORG_UNITS_WRITE})


def changes_catalogue(told: Collection[Told]) -> bool:
    """Whether one of these events is about something that cached answers show."""
    return any(one == ASKED or (one[1] in OBJECTS and one[0] != NOT_CATALOGUE) for one in told)

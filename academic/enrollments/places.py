"""Places in a section: a part of the offering's seats, with a capacity of its own and no waitlist."""

from academic.enrollments.situations import Place, Situation
from academic.model.enrolling import SEAT_ROLES
from academic.model.states import HOLDS_SEAT, EnrollmentRole, EnrollmentState
from kernel.errors import ErrorCode, FediflowError, InvalidInput


class SectionFull(FediflowError):
    """The section has no place left; the offering may have, in another section or in none."""

    code = ErrorCode.CONFLICT

    def __init__(self) -> None:
        super().__init__("the section is full", reason="section_full")


def require_section(situation: Situation, section_id: int | None) -> None:
    """Refuses a section that is not one of the offering's, or archived."""
    if section_id is None:
        return
    place = situation.section
    if place is None or place.id != section_id or not place.is_active:
        raise InvalidInput("the offering has no such active section", path=["input", "sectionId"])


def require_place(
    place: Place | None, role: EnrollmentRole, before: EnrollmentState | None, after: EnrollmentState
) -> None:
    """Refuses a step that would take a place in a full section; staff take none."""
    takes_place = role in SEAT_ROLES and after in HOLDS_SEAT and before not in HOLDS_SEAT
    if place is not None and place.is_full and takes_place:
        raise SectionFull

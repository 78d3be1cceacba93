"""Moving an enrollment to another section of its offering."""

from sqlalchemy import update

from academic.enrollments.places import SectionFull, require_section
from academic.enrollments.rights import require_writer
from academic.enrollments.situations import situation_of_enrollment
from academic.model.enrolling import SEAT_ROLES
from academic.model.states import HOLDS_SEAT
from academic.tables import enrollments
from tenants.door import Transaction


async def move_section(
    tx: Transaction, *, enrollment_id: int, section_id: int | None, expected_version: int | None = None
) -> int:
    """Moves an enrollment to another section of its offering, or out of any; the state stays as it is."""
    situation = await situation_of_enrollment(
        tx, enrollment_id, section_id=section_id, expected_version=expected_version
    )
    require_writer(situation)
    require_section(situation, section_id)
    enrolled = situation.enrolled
    if section_id == enrolled.section_id:
        return enrollment_id
    takes_place = enrolled.state in HOLDS_SEAT and enrolled.role in SEAT_ROLES
    if section_id is not None and takes_place and situation.section and situation.section.is_full:
        raise SectionFull
    await tx.connection.execute(
        update(enrollments)
        .where(enrollments.c.tenant_id == tx.tenant_id, enrollments.c.id == enrollment_id)
        .values(section_id=section_id, updated_at=tx.now, version=enrollments.c.version + 1)
    )
    await tx.announce(
        "enrollment.moved",
        "enrollment",
        enrollment_id,
        offering_id=situation.offering_id,
        user_id=situation.user_id,
        section_id=section_id,
    )
    return enrollment_id

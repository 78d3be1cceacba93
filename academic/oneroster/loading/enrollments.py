"""enrollments.csv: who is what in which offering.

One person has one enrollment in an offering; of several rows the strongest role that still holds is kept. The file takes
seats beyond the capacity.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import select, update

from academic.model.enrolling import SEAT_ROLES
from academic.model.states import EnrollmentRole
from academic.oneroster.faults import Rule
from academic.oneroster.loading.batch import Batch
from academic.oneroster.loading.enrollment_deciding import decide_enrollments, report_kept
from academic.oneroster.loading.enrollment_matching import (
    leave_where_moved_from,
    match_enrollments,
    refer_enrollments,
)
from academic.oneroster.loading.enrollment_stage import CHANGES, FILE, STAGE
from academic.oneroster.loading.enrollment_writing import write_enrollments
from academic.oneroster.loading.seats import lock_seats, recount_seats
from academic.oneroster.mapping import class_role, strength
from academic.oneroster.naming import external_id
from academic.oneroster.records import Enrollment, Status
from academic.tables import offerings
from kernel.database.staging import Row

_COLUMNS = "place sourced_id class_sourced_id user_sourced_id role ends ends_on id transition_id"


async def load_enrollments(batch: Batch, records: tuple[Enrollment, ...]) -> None:
    """The enrollments of the file, each with its step, and the seats counted again."""
    rows = list(_rows(batch, records))
    await batch.stage(STAGE, _COLUMNS, rows, file=FILE, total=len(records))
    await refer_enrollments(batch)
    await match_enrollments(batch)
    await leave_where_moved_from(batch)
    await batch.analyze(STAGE)
    await decide_enrollments(batch)
    changed = select(STAGE.c.offering_id).where(STAGE.c.change.in_(CHANGES))
    await lock_seats(batch, changed)
    await _decide_again(batch)
    await report_kept(batch)
    await write_enrollments(batch)
    await recount_seats(batch, changed)
    await batch.count(FILE, STAGE, skipped=len(records) - len(rows))


async def _decide_again(batch: Batch) -> None:
    """Under the seats' lock: who holds none may have been overtaken. The offerings of this import are nobody else's."""
    s, o = STAGE.c, offerings.c
    others = select(o.id).where(o.tenant_id == batch.tenant_id, o.created_at != batch.tx.now)
    again = await batch.execute(
        update(STAGE).where(s.change.in_(CHANGES), s.offering_id.in_(others)).values(change=None)
    )
    if again.rowcount:
        await match_enrollments(batch)
        await decide_enrollments(batch)


def _rows(batch: Batch, records: Iterable[Enrollment]) -> Iterator[Row]:
    kept: dict[tuple[str, str], tuple[tuple[bool, int], Enrollment, EnrollmentRole]] = {}
    going: list[Enrollment] = []
    for one in records:
        role = class_role(one.role)
        if one.status is Status.TO_BE_DELETED:
            going.append(one)
        elif role is None:
            batch.warn(Rule.ROLE_UNKNOWN, FILE, "role", [(one.row, one.role)])
        elif _is_too_early(batch, one, role):
            batch.warn(Rule.NOT_BEGUN, FILE, "begins_on", [(one.row, one.begins_on)])
        else:
            key = (one.class_sourced_id, one.user_sourced_id)
            rank = (_is_over(batch, one), strength(role))
            before = kept.get(key)
            if before is not None:
                _name_double(batch, one if rank >= before[0] else before[1])
            if before is None or rank < before[0]:
                kept[key] = (rank, one, role)
    for _, one, role in kept.values():
        yield _row(batch, one, role)
    for one in going:
        if (one.class_sourced_id, one.user_sourced_id) in kept:
            _name_double(batch, one)
        else:
            yield _row(batch, one, None)


def _row(batch: Batch, one: Enrollment, role: EnrollmentRole | None) -> Row:
    return (
        one.row,
        external_id(one.sourced_id),
        external_id(one.class_sourced_id),
        external_id(one.user_sourced_id),
        role and role.value,
        one.status is Status.TO_BE_DELETED,
        one.ends_on if _is_over(batch, one) else None,
        batch.tx.new_id(),
        batch.tx.new_id(),
    )


def _is_over(batch: Batch, one: Enrollment) -> bool:
    return one.ends_on is not None and one.ends_on < batch.today


def _is_too_early(batch: Batch, one: Enrollment, role: EnrollmentRole) -> bool:
    """A place is held from the day it is given; the rights of those who teach begin on their day."""
    return role not in SEAT_ROLES and one.begins_on is not None and one.begins_on > batch.today


def _name_double(batch: Batch, weaker: Enrollment) -> None:
    batch.warn(Rule.SEVERAL_ENROLLMENTS, FILE, "role", [(weaker.row, weaker.role)], weaker.sourced_id)

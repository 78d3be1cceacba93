"""The life of an offering: published, cancelled, archived; and how many it takes."""

from dataclasses import replace

from academic.changing import NotPossibleNow, referred, require_in_use, require_on
from academic.courses.offerings import checked_capacity, is_shown, unit_of_offering
from academic.enrollments.promotion import promotions
from academic.enrollments.situations import lock_seats
from academic.enrollments.writing import write
from academic.entities.catalogue import OFFERING
from academic.model.enrolling import OfferingState
from academic.tables import courses, offerings
from kernel.unset import UNSET, Unset
from tenants.changing import locked, touch, write_changes
from tenants.door import Transaction
from tenants.model import Permission

_FROM = {
    OfferingState.PUBLISHED: {OfferingState.DRAFT, OfferingState.CANCELLED},
    OfferingState.CANCELLED: {OfferingState.DRAFT, OfferingState.PUBLISHED},
    OfferingState.ARCHIVED: {OfferingState.DRAFT, OfferingState.PUBLISHED, OfferingState.CANCELLED},
}


async def publish_offering(tx: Transaction, *, offering_id: int, expected_version: int | None = None) -> int:
    """Shows a draft, or revives a cancelled offering of an active course: who waited moves up into free seats."""
    return await _become(tx, offering_id, OfferingState.PUBLISHED, expected_version)


async def cancel_offering(tx: Transaction, *, offering_id: int, expected_version: int | None = None) -> int:
    """Ends enrolling; enrollments stay as they are, so that people can still be told."""
    return await _become(tx, offering_id, OfferingState.CANCELLED, expected_version)


async def archive_offering(tx: Transaction, *, offering_id: int, expected_version: int | None = None) -> int:
    """Retires an offering for good; its enrollments and results stay."""
    return await _become(tx, offering_id, OfferingState.ARCHIVED, expected_version)


async def change_capacity(
    tx: Transaction,
    *,
    offering_id: int,
    capacity: int | Unset | None = UNSET,
    waitlist_capacity: int | Unset | None = UNSET,
    expected_version: int | None = None,
) -> int:
    """Changes how many an offering takes or lets wait; None is no limit.

    More seats promote who waits in this transaction. Fewer than taken is allowed and throws nobody out: no seat is
    free until enough people have left. A shorter waitlist sends nobody away either.
    """
    await require_on(tx, Permission.WRITE_CATALOG, OFFERING, offering_id, unit_of_offering)
    before = await lock_seats(tx, offering_id)
    row = await locked(tx, offerings, offering_id, what="offering", expected_version=expected_version)
    require_in_use(row, "offering")
    wanted = before
    if capacity is not UNSET:
        wanted = replace(wanted, capacity=checked_capacity(capacity, "capacity"))
    if waitlist_capacity is not UNSET:
        wanted = replace(wanted, waitlist_capacity=checked_capacity(waitlist_capacity, "waitlistCapacity"))
    if wanted == before:
        return offering_id
    await touch(tx, offerings, offering_id)
    await tx.announce("offering.updated", "offering", offering_id, changed=[])  # of its own row
    changes, after = await promotions(
        tx, offering_id=offering_id, offering=OfferingState(row["state"]), seats=wanted
    )
    await write(tx, offering_id=offering_id, changes=changes, before=before, after=after)
    return offering_id


async def _become(
    tx: Transaction, offering_id: int, state: OfferingState, expected_version: int | None
) -> int:
    """The seat row comes first, so that nobody enrols into what is being closed."""
    await require_on(tx, Permission.WRITE_CATALOG, OFFERING, offering_id, unit_of_offering)
    before = await lock_seats(tx, offering_id)
    row = await locked(tx, offerings, offering_id, what="offering", expected_version=expected_version)
    if row["state"] == state:
        return offering_id
    if row["state"] not in _FROM[state]:
        raise NotPossibleNow(f"the offering is {row['state']} and cannot become {state}")
    if state is OfferingState.PUBLISHED:
        await referred(tx, courses, row["course_id"], path=["input", "id"])
    await write_changes(tx, offerings, row, {"state": str(state)})
    await tx.announce(
        f"offering.{state}", "offering", offering_id, by=tx.principal.user_id, was_shown=is_shown(row)
    )
    changes, after = await promotions(tx, offering_id=offering_id, offering=state, seats=before)
    if changes:
        await write(tx, offering_id=offering_id, changes=changes, before=before, after=after)
    return offering_id

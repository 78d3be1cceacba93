"""Which offering, person and enrollment each row of enrollments.csv means."""

from sqlalchemy import delete, func, not_, select, true, update

from academic.oneroster.faults import Rule
from academic.oneroster.loading.batch import SKIPPED, Batch
from academic.oneroster.loading.enrollment_stage import FILE, STAGE
from academic.oneroster.loading.matching import refer, skip_rows_of_erased_people
from academic.oneroster.loading.objects import is_sourced
from academic.tables import enrollment_external_ids, enrollments, offering_external_ids
from kernel.database.staging import stage_more
from tenants.tables import user_external_ids


async def refer_enrollments(batch: Batch) -> None:
    """Finds the offering and the person of every row; enrollments of the erased are skipped."""
    for column, pointer, table in (
        ("offering_id", "class_sourced_id", offering_external_ids),
        ("user_id", "user_sourced_id", user_external_ids),
    ):
        await refer(batch, STAGE, column, pointer, table, file=FILE)
    await skip_rows_of_erased_people(batch, STAGE, file=FILE)


async def match_enrollments(batch: Batch) -> None:
    """Finds the enrollment of the person in the offering; one that ends is found by its sourcedId alone."""
    s, e, x = STAGE.c, enrollments.c, enrollment_external_ids.c
    found = {"id": e.id, "is_known": true(), "from_state": e.state}
    await batch.execute(
        update(STAGE)
        .where(
            s.change.is_(None),
            not_(s.ends),
            e.tenant_id == batch.tenant_id,
            e.offering_id == s.offering_id,
            e.user_id == s.user_id,
        )
        .values(found)
    )
    await batch.execute(
        update(STAGE)
        .where(
            s.change.is_(None),
            s.ends,
            is_sourced(batch, enrollment_external_ids),
            x.value == s.sourced_id,
            e.tenant_id == batch.tenant_id,
            e.id == x.enrollment_id,
        )
        .values({**found, "offering_id": e.offering_id, "user_id": e.user_id})
    )
    again = STAGE.alias().c
    nth = func.row_number().over(
        partition_by=[again.offering_id, again.user_id], order_by=[again.ends, again.place]
    )
    ranked = (
        select(again.place, nth.label("nth"))
        .where(again.offering_id.is_not(None), again.user_id.is_not(None))
        .subquery()
    )
    doubles = await batch.execute(
        update(STAGE)
        .where(s.place == ranked.c.place, ranked.c.nth > 1, s.change.is_(None))
        .values(change=SKIPPED)
        .returning(s.place, s.sourced_id)
    )
    named = [double for double in doubles if double.place > 0]
    batch.warn(Rule.SEVERAL_ENROLLMENTS, FILE, "sourced_id", named)


async def leave_where_moved_from(batch: Batch) -> None:
    """A sourcedId that now speaks of another class or person: the enrollment it spoke of before ends.

    That is a row which the file does not have: its place is the one of the row that has moved, below zero.
    """
    s, x = STAGE.c, enrollment_external_ids.c
    query = select(s.place, s.sourced_id).where(
        s.change.is_(None),
        not_(s.ends),
        is_sourced(batch, enrollment_external_ids),
        x.value == s.sourced_id,
        x.enrollment_id != s.id,
    )
    moved = (await batch.execute(query)).all()
    if not moved:
        return
    rows = ((-place, sourced_id, True, batch.tx.new_id(), batch.tx.new_id()) for place, sourced_id in moved)
    names = ("place", "sourced_id", "ends", "id", "transition_id")
    await stage_more(batch.tx.connection, STAGE, names, rows)
    await match_enrollments(batch)
    # Where another row speaks of that enrollment, it does not end.
    await batch.execute(delete(STAGE).where(s.place < 0, s.change == SKIPPED))

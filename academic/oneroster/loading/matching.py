"""Which object a staged row means: by its sourcedId, else by its code; what it points at; which code it gets."""

from sqlalchemy import ColumnElement, Table, and_, case, exists, func, not_, or_, select, true, update

from academic.oneroster.faults import Rule
from academic.oneroster.loading.batch import SKIPPED, Batch
from academic.oneroster.loading.objects import Noun, is_sourced, owner
from tenants.tables import users


async def match(batch: Batch, noun: Noun) -> None:
    """Finds the objects that were imported before; of two rows that mean one object the later is skipped."""
    s, e = noun.stage.c, noun.external_ids.c
    await batch.execute(
        update(noun.stage)
        .where(is_sourced(batch, noun.external_ids), e.value == s.sourced_id)
        .values(id=owner(noun.external_ids), is_known=true())
    )
    again = noun.stage.alias().c
    nth = func.row_number().over(partition_by=again.id, order_by=again.place)
    ranked = select(again.place, nth.label("nth")).where(again.is_known).subquery()
    doubles = await batch.execute(
        update(noun.stage)
        .where(s.place == ranked.c.place, ranked.c.nth > 1)
        .values(change=SKIPPED)
        .returning(s.place, s.sourced_id)
    )
    batch.warn(Rule.SAME_OBJECT, noun.file, "sourced_id", doubles)
    await batch.analyze(noun.stage)


async def adopt(batch: Batch, noun: Noun, *also: ColumnElement[bool]) -> None:
    """Takes an object made here for the row's, where the code says so and neither side leaves a choice."""
    s, t = noun.stage.c, noun.table.c
    again = noun.stage.alias().c
    alone = (
        select(func.min(again.place).label("place"))
        .where(not_(again.ends))
        .group_by(*(again[name] for name in (*noun.code_scope, "file_code")))
        .having(func.count() == 1)
        .subquery()
    )
    other = noun.external_ids.alias()
    is_imported = exists().where(is_sourced(batch, other), owner(other) == t.id)
    await batch.execute(
        update(noun.stage)
        .where(
            s.place == alone.c.place,
            s.change.is_(None),
            not_(s.is_known),
            t.tenant_id == batch.tenant_id,
            t.code == s.file_code,
            *(t[name] == s[name] for name in noun.code_scope),
            t[noun.status] != noun.ended,
            not_(is_imported),
            *also,
        )
        .values(id=t.id, is_known=true(), is_adopted=true())
    )


async def refer_inside(batch: Batch, stage: Table, column: str, pointer: str) -> None:
    """Turns a sourcedId of the same file into the id of the row that has it."""
    s, other = stage.c, stage.alias().c
    is_or_will_be = and_(
        or_(other.change.is_(None), other.change != SKIPPED), or_(other.is_known, not_(other.ends))
    )
    await batch.execute(
        update(stage).where(other.sourced_id == s[pointer], is_or_will_be).values({column: other.id})
    )


async def refer(
    batch: Batch,
    stage: Table,
    column: str,
    pointer: str,
    external_ids: Table,
    *,
    file: str,
    field: str | None = None,
    required: bool = True,
) -> None:
    """Turns the sourcedId in `pointer` into the id of the object; `field` is where the records have it, if elsewhere.

    A row that cannot do without is skipped, with an error; otherwise the pointer is left out, with a warning.
    """
    s = stage.c
    await batch.execute(
        update(stage)
        .where(is_sourced(batch, external_ids), external_ids.c.value == s[pointer], s[column].is_(None))
        .values({column: owner(external_ids)})
    )
    lost = and_(s[column].is_(None), s[pointer].is_not(None), not_(s.ends))
    if not required:
        found = await batch.execute(select(s.place, s[pointer]).where(lost))
        batch.warn(Rule.REFERENCE, file, field or pointer, found)
        return
    found = await batch.execute(
        update(stage).where(lost).values(change=SKIPPED).returning(s.place, s[pointer])
    )
    batch.error(Rule.REFERENCE, file, field or pointer, found)


async def skip_rows_of_erased_people(batch: Batch, stage: Table, *, file: str) -> None:
    """Leaves rows about people alone whose erasure was asked for here; `user_id` is found already."""
    s, u = stage.c, users.c
    erased = await batch.execute(
        update(stage)
        .where(u.tenant_id == batch.tenant_id, u.id == s.user_id, u.status == "deleted", s.change.is_(None))
        .values(change=SKIPPED)
        .returning(s.place, s.user_sourced_id)
    )
    batch.warn(Rule.ERASED, file, "user_sourced_id", erased)


async def settle_codes(batch: Batch, noun: Noun, field: str) -> None:
    """Decides every row's `code`.

    `field` is where the records have the file's code. An object keeps the code it has where the file could have given it; it takes the file's code where that is free,
    and a new one the spare code where it is not. What two objects would still share is an error.
    """
    s = noun.stage.c
    row, object_ = noun.stage.alias(), noun.table.alias()
    nth = func.row_number().over(
        partition_by=[row.c[name] for name in (*noun.code_scope, "file_code")],
        order_by=[row.c.is_known.desc(), row.c.place],
    )
    ranked = (
        select(row.c.place, object_.c.code.label("present"), nth.label("nth"))
        .select_from(
            row.outerjoin(object_, (object_.c.tenant_id == batch.tenant_id) & (object_.c.id == row.c.id))
        )
        .where(not_(row.c.ends), row.c.change.is_(None))
        .subquery()
    )
    present = ranked.c.present
    is_free = and_(ranked.c.nth == 1, not_(_is_held(batch, noun, s.file_code)))
    await batch.execute(
        update(noun.stage)
        .where(s.place == ranked.c.place)
        .values(
            code=case(
                (present.in_([s.file_code, s.spare_code]), present),
                (is_free, s.file_code),
                (present.is_not(None), present),
                else_=s.spare_code,
            )
        )
    )
    await _refuse_shared(batch, noun, field)
    given = select(s.place, s.file_code).where(not_(s.is_known), s.change.is_(None), s.code != s.file_code)
    batch.warn(Rule.CODE_TAKEN, noun.file, field, await batch.execute(given))


async def _refuse_shared(batch: Batch, noun: Noun, field: str) -> None:
    s = noun.stage.c
    twin = noun.stage.alias().c
    is_shared = exists().where(
        twin.code == s.code,
        twin.place != s.place,
        not_(twin.ends),
        *(twin[name] == s[name] for name in noun.code_scope),
    )
    for rule in (
        _is_held(batch, noun, s.code),
        is_shared,
    ):  # one by one: with an `or` it is a look-up per row
        shared = await batch.execute(
            update(noun.stage)
            .where(s.change.is_(None), not_(s.ends), rule)
            .values(change=SKIPPED)
            .returning(s.place, s.code, s.code == s.spare_code)
        )
        for place, code, is_sourced_id in sorted(shared.all()):
            batch.error(Rule.CODE_TAKEN, noun.file, "sourced_id" if is_sourced_id else field, [(place, code)])


def _is_held(batch: Batch, noun: Noun, code: ColumnElement[str]) -> ColumnElement[bool]:
    """Another object has the code."""
    s, held = noun.stage.c, noun.table.alias().c
    return exists().where(
        held.tenant_id == batch.tenant_id,
        held.code == code,
        held.id != s.id,
        *(held[name] == s[name] for name in noun.code_scope),
    )

"""The files that say what an institution is made of: orgs and academicSessions."""

from datetime import date

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Text,
    and_,
    delete,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from academic.oneroster.faults import Rule
from academic.oneroster.loading.batch import CREATED, UPDATED, Batch, Found
from academic.oneroster.loading.matching import adopt, match, refer, refer_inside, settle_codes
from academic.oneroster.loading.objects import CODED, STAGED, Noun, code_columns, object_stage
from academic.oneroster.loading.writing import classify, finish, whether_moved, write
from academic.oneroster.mapping import org_unit_kind, session_kind
from academic.oneroster.naming import code, external_id
from academic.oneroster.records import AcademicSession, Org, Status
from academic.structure.inherited_dates import pass_on_dates
from academic.tables import academic_session_external_ids, academic_sessions
from kernel.errors import InvalidInput
from tenants.tables import org_unit_ancestors, org_unit_external_ids, org_units

_ORG_UNITS = Noun(
    name="org_unit",
    file="orgs",
    table=org_units,
    external_ids=org_unit_external_ids,
    stage=object_stage(
        "staged_org_units",
        *code_columns(),
        Column("name", Text),
        Column("kind", Text),
        Column("parent_sourced_id", Text),
        Column("parent_id", BigInteger),
    ),
    plain=("code", "kind", "parent_id"),
    texts=("name",),
)
_SESSIONS = Noun(
    name="academic_session",
    file="academicSessions",
    table=academic_sessions,
    external_ids=academic_session_external_ids,
    stage=object_stage(
        "staged_academic_sessions",
        *code_columns(),
        Column("title", Text),
        Column("kind", Text),
        Column("starts_on", Date),
        Column("ends_on", Date),
        Column("parent_sourced_id", Text),
        Column("parent_id", BigInteger),
    ),
    plain=("code", "kind", "starts_on", "ends_on", "parent_id"),
    texts=("title",),
)


async def load_org_units(batch: Batch, orgs: tuple[Org, ...]) -> None:
    """orgs.csv. The code is the `identifier`, else the sourcedId."""
    rows = (
        (
            org.row,
            external_id(org.sourced_id),
            org.status is Status.TO_BE_DELETED,
            batch.tx.new_id(),
            code(org.identifier or org.sourced_id),
            code(org.sourced_id),
            org.name,
            org_unit_kind(org.kind),
            org.parent_sourced_id and external_id(org.parent_sourced_id),
        )
        for org in batch.fitting("orgs", "name", orgs)
    )
    columns = f"{STAGED} {CODED} name kind parent_sourced_id"
    await batch.stage(_ORG_UNITS.stage, columns, rows, file="orgs", total=len(orgs))
    await match(batch, _ORG_UNITS)
    await adopt(batch, _ORG_UNITS)
    await _refer_to_parents(batch, _ORG_UNITS)
    await settle_codes(batch, _ORG_UNITS, "identifier")
    await classify(batch, _ORG_UNITS)
    await write(batch, _ORG_UNITS)
    if await _refuse_circles(batch, _ORG_UNITS):
        await _make_closure(batch)
    await finish(batch, _ORG_UNITS, whether_moved(_ORG_UNITS, "parent_id"))


async def load_academic_sessions(batch: Batch, sessions: tuple[AcademicSession, ...]) -> None:
    """academicSessions.csv. The code is the sourcedId: titles are not unique. New dates reach what inherits them."""
    rows = (
        (
            one.row,
            external_id(one.sourced_id),
            one.status is Status.TO_BE_DELETED,
            batch.tx.new_id(),
            code(one.sourced_id),
            code(one.sourced_id),
            one.title,
            session_kind(one.kind),
            one.starts_on,
            one.ends_on,
            one.parent_sourced_id and external_id(one.parent_sourced_id),
        )
        for one in batch.fitting("academicSessions", "title", sessions)
    )
    columns = f"{STAGED} {CODED} title kind starts_on ends_on parent_sourced_id"
    await batch.stage(_SESSIONS.stage, columns, rows, file="academicSessions", total=len(sessions))
    await match(batch, _SESSIONS)
    s, t = _SESSIONS.stage.c, academic_sessions.c
    await adopt(batch, _SESSIONS, t.starts_on == s.starts_on, t.ends_on == s.ends_on)
    await _refer_to_parents(batch, _SESSIONS)
    await _leave_parents_that_are_too_short(batch)
    await settle_codes(batch, _SESSIONS, "sourced_id")
    await classify(batch, _SESSIONS)
    moved = await _with_new_dates(batch)
    await write(batch, _SESSIONS)
    await _refuse_circles(batch, _SESSIONS)
    await _refuse_children_outside(batch)
    for session_id, place, ends_on in moved:
        await _pass_on(batch, session_id, (place, ends_on))
    await finish(batch, _SESSIONS)


async def _refer_to_parents(batch: Batch, noun: Noun) -> None:
    await refer_inside(batch, noun.stage, "parent_id", "parent_sourced_id")
    await refer(
        batch,
        noun.stage,
        "parent_id",
        "parent_sourced_id",
        noun.external_ids,
        file=noun.file,
        required=False,
    )


async def _refuse_circles(batch: Batch, noun: Noun) -> bool:
    """Whether no staged row is its own ancestor; a file alone has no circles, a delta and the database may."""
    s, parent = noun.stage.c, noun.table.alias().c
    walk = select(s.id.label("start"), s.parent_id.label("at")).where(s.parent_id.is_not(None))
    above = walk.cte("above", recursive=True)
    further = select(above.c.start, parent.parent_id).where(
        parent.tenant_id == batch.tenant_id,
        parent.id == above.c.at,
        parent.parent_id.is_not(None),
        above.c.at != above.c.start,
    )
    above = above.union(further)
    found = await batch.execute(
        select(s.place, s.parent_sourced_id).where(exists().where(above.c.start == s.id, above.c.at == s.id))
    )
    circles = found.all()
    batch.error(Rule.REFERENCE_CYCLE, noun.file, "parent_sourced_id", circles)
    return not circles


async def _make_closure(batch: Batch) -> None:
    """Makes the closure of the tenant's tree true again, writing only what is not."""
    changed = _ORG_UNITS.stage.c
    is_changed = select(changed.id).where(changed.change.in_([CREATED, UPDATED])).limit(1)
    if (await batch.execute(is_changed)).first() is None:
        return
    unit, link = org_units.alias().c, org_unit_ancestors.c
    tree = (
        select(unit.id.label("ancestor_id"), unit.id.label("descendant_id"), literal(0).label("depth"))
        .where(unit.tenant_id == batch.tenant_id)
        .cte("tree", recursive=True)
    )
    below = select(tree.c.ancestor_id, unit.id, tree.c.depth + 1).where(
        unit.tenant_id == batch.tenant_id, unit.parent_id == tree.c.descendant_id
    )
    tree = tree.union_all(below)
    held = and_(
        link.tenant_id == batch.tenant_id,
        link.ancestor_id == tree.c.ancestor_id,
        link.descendant_id == tree.c.descendant_id,
        link.depth == tree.c.depth,
    )
    await batch.execute(
        delete(org_unit_ancestors).where(link.tenant_id == batch.tenant_id, not_(exists().where(held)))
    )
    pairs = select(literal(batch.tenant_id), tree.c.ancestor_id, tree.c.descendant_id, tree.c.depth)
    names = ["tenant_id", "ancestor_id", "descendant_id", "depth"]
    await batch.execute(insert(org_unit_ancestors).from_select(names, pairs).on_conflict_do_nothing())


async def _leave_parents_that_are_too_short(batch: Batch) -> None:
    """A session whose days lie outside its parent's is loaded without the parent."""
    s, around = _SESSIONS.stage.c, _SESSIONS.stage.alias()
    there = academic_sessions.alias()
    first = func.coalesce(around.c.starts_on, there.c.starts_on)
    last = func.coalesce(around.c.ends_on, there.c.ends_on)
    own = _SESSIONS.stage.alias()
    outside = (
        select(own.c.place)
        .select_from(
            own.outerjoin(around, around.c.id == own.c.parent_id).outerjoin(
                there, and_(there.c.tenant_id == batch.tenant_id, there.c.id == own.c.parent_id)
            )
        )
        .where(or_(own.c.starts_on < first, own.c.ends_on > last), not_(own.c.ends))
        .subquery()
    )
    found = await batch.execute(
        update(_SESSIONS.stage)
        .where(s.place == outside.c.place)
        .values(parent_id=None)
        .returning(s.place, s.sourced_id)
    )
    batch.warn(Rule.SESSION_DATES, "academicSessions", "sourced_id", found)


async def _refuse_children_outside(batch: Batch) -> None:
    """Sessions that the set does not have must still fit into those whose days it changes."""
    s = _SESSIONS.stage.c
    child, parent = academic_sessions.alias().c, academic_sessions.alias().c
    found = await batch.execute(
        select(s.place, s.sourced_id)
        .where(
            s.change == UPDATED,
            parent.tenant_id == batch.tenant_id,
            parent.id == s.id,
            child.tenant_id == batch.tenant_id,
            child.parent_id == parent.id,
            or_(child.starts_on < parent.starts_on, child.ends_on > parent.ends_on),
        )
        .distinct()
    )
    batch.error(Rule.SESSION_DATES, "academicSessions", "sourced_id", found)


async def _with_new_dates(batch: Batch) -> list[tuple[int, int, date]]:
    s, t = _SESSIONS.stage.c, academic_sessions.c
    query = (
        select(s.id, s.place, s.ends_on)
        .where(
            s.change == UPDATED,
            t.tenant_id == batch.tenant_id,
            t.id == s.id,
            or_(t.starts_on != s.starts_on, t.ends_on != s.ends_on),
        )
        .order_by(s.id)
    )
    return [(row.id, row.place, row.ends_on) for row in await batch.execute(query)]


async def _pass_on(batch: Batch, session_id: int, found: Found) -> None:
    try:
        await pass_on_dates(batch.tx, academic_session_id=session_id)
    except InvalidInput as error:
        batch.error(Rule.DATE_ORDER, "academicSessions", "ends_on", [found], error.message)

"""classes.csv: a class is an offering of its course.

OneRoster has nothing between a course and a class, so a class becomes an offering and never a section: two classes of one
course in one term are two offerings. Its code is the `classCode`, else the sourcedId. A new one is published.
"""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import BigInteger, Column, Date, Integer, Text, and_, case, func, not_, or_, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert

from academic.oneroster.faults import Rule
from academic.oneroster.loading.batch import ARCHIVED, CREATED, SKIPPED, UPDATED, Batch, Found
from academic.oneroster.loading.courses import course_of
from academic.oneroster.loading.matching import adopt, match, refer, settle_codes
from academic.oneroster.loading.objects import CODED, STAGED, Noun, code_columns, is_sourced, object_stage
from academic.oneroster.loading.seats import lock_seats
from academic.oneroster.loading.writing import classify, finish, whether_moved, write
from academic.oneroster.naming import code, external_id
from academic.oneroster.records import Class, RosterSet, Status
from academic.structure.inherited_dates import pass_on_dates
from academic.tables import (
    academic_session_external_ids,
    academic_sessions,
    course_external_ids,
    courses,
    offering_external_ids,
    offering_seats,
    offerings,
    sections,
)
from kernel.database.staging import Row, staging_table
from kernel.errors import InvalidInput

LONGEST_PLACE = 300

_OFFERINGS = Noun(
    name="offering",
    file="classes",
    table=offerings,
    external_ids=offering_external_ids,
    stage=object_stage(
        "staged_offerings",
        *code_columns(),
        Column("title", Text),
        Column("place_name", Text),
        Column("course_sourced_id", Text),
        Column("course_id", BigInteger),
        Column("academic_session_id", BigInteger),
        Column("starts_on", Date),
        Column("ends_on", Date),
        Column("effective_starts_on", Date),
        Column("effective_ends_on", Date),
    ),
    plain=(
        *("code", "course_id", "academic_session_id", "place_name"),
        *("starts_on", "ends_on", "effective_starts_on", "effective_ends_on"),
    ),
    texts=("title",),
    status="state",
    living="published",
    code_scope=("academic_session_id",),
)
_TERMS = staging_table(
    "staged_class_terms",
    Column("place", Integer, nullable=False),  # the class's
    Column("sourced_id", Text, nullable=False),
)


async def load_classes(batch: Batch, roster: RosterSet) -> None:
    """The offerings of the file with their seat rows, which have no limit until somebody sets one here."""
    classes = list(batch.fitting("classes", "title", roster.classes))
    columns = f"{STAGED} {CODED} title place_name course_sourced_id"
    rows = (
        (
            each.row,
            external_id(each.sourced_id),
            each.status is Status.TO_BE_DELETED,
            batch.tx.new_id(),
            code(each.code or each.sourced_id),
            code(each.sourced_id),
            each.title,
            each.location and each.location[:LONGEST_PLACE],
            course_of(each),
        )
        for each in classes
    )
    await batch.stage(_OFFERINGS.stage, columns, rows, file="classes", total=len(classes))
    await batch.stage(_TERMS, "place sourced_id", _terms(roster, classes), file="classes", total=len(classes))
    await match(batch, _OFFERINGS)
    await refer(
        batch,
        _OFFERINGS.stage,
        "course_id",
        "course_sourced_id",
        course_external_ids,
        file="classes",
    )
    await _choose_terms(batch, classes)
    await adopt(batch, _OFFERINGS, offerings.c.course_id == _OFFERINGS.stage.c.course_id)
    await _complete(batch, classes)
    await settle_codes(batch, _OFFERINGS, "code")
    await classify(batch, _OFFERINGS)
    s = _OFFERINGS.stage.c
    await lock_seats(batch, select(s.id).where(s.change.in_([UPDATED, ARCHIVED])))
    moved = await _with_new_dates(batch)
    await write(batch, _OFFERINGS)
    await _make_seats(batch)
    for offering_id, place in moved:
        await _pass_on(batch, offering_id, classes, place)
    moving = whether_moved(_OFFERINGS, "course_id")
    await finish(batch, _OFFERINGS, func.jsonb_build_object("course_id", s.course_id).op("||")(moving))


def _terms(roster: RosterSet, classes: Iterable[Class]) -> Iterable[Row]:
    """The terms of each class: its own, else the school year of its course; those that go are left out."""
    going = {one.sourced_id for one in roster.academic_sessions if one.status is Status.TO_BE_DELETED}
    years = {one.sourced_id: one.school_year_sourced_id for one in roster.courses}
    for each in classes:
        staying = [term for term in each.term_sourced_ids if term not in going]
        named = staying or each.term_sourced_ids or _year(years, each)
        yield from ((each.row, external_id(term)) for term in named)


def _year(years: Mapping[str, str | None], each: Class) -> tuple[str, ...]:
    year = years.get(each.course_sourced_id or "")
    return (year,) if year else ()


def _terms_at(classes: Iterable[Class], places: Collection[int]) -> list[Found]:
    """The terms that the classes on these lines name, for a fault."""
    return [(each.row, ",".join(each.term_sourced_ids)) for each in classes if each.row in places]


async def _choose_terms(batch: Batch, classes: Iterable[Class]) -> None:
    """The first of a class's terms is where the offering belongs; it lasts until the end of the last."""
    s, term, session, e = (
        _OFFERINGS.stage.c,
        _TERMS.c,
        academic_sessions.c,
        academic_session_external_ids,
    )
    in_order = aggregate_order_by(session.id, session.starts_on, session.ends_on.desc(), session.id)
    chosen = (
        select(
            term.place,
            func.array_agg(in_order)[1].label("session_id"),
            func.max(session.ends_on).label("ends_on"),
            func.count().label("count"),
        )
        .where(
            is_sourced(batch, e),
            e.c.value == term.sourced_id,
            session.tenant_id == batch.tenant_id,
            session.id == e.c.academic_session_id,
        )
        .group_by(term.place)
        .subquery()
    )
    await batch.execute(
        update(_OFFERINGS.stage)
        .where(s.place == chosen.c.place)
        .values(
            academic_session_id=chosen.c.session_id,
            ends_on=case((chosen.c.count > 1, chosen.c.ends_on)),
        )
    )
    without = and_(s.academic_session_id.is_(None), s.change.is_(None), not_(s.ends))
    lost = await batch.execute(
        update(_OFFERINGS.stage).where(without).values(change=SKIPPED).returning(s.place)
    )
    batch.error(Rule.NO_TERM, "classes", "term_sourced_ids", _terms_at(classes, set(lost.scalars())))
    several = select(s.place).where(s.ends_on.is_not(None), s.change.is_(None), not_(s.ends))
    found = set((await batch.execute(several)).scalars())
    batch.warn(Rule.SEVERAL_TERMS, "classes", "term_sourced_ids", _terms_at(classes, found))


async def _complete(batch: Batch, classes: Iterable[Class]) -> None:
    """What the file does not say stays as it is here; a title like the course's is the course's; dates that hold."""
    s, t = _OFFERINGS.stage.c, offerings.c
    await batch.execute(
        update(_OFFERINGS.stage)
        .where(t.tenant_id == batch.tenant_id, t.id == s.id)
        .values(
            starts_on=t.starts_on,
            ends_on=func.coalesce(s.ends_on, t.ends_on),
            place_name=func.coalesce(s.place_name, t.place_name),
        )
    )
    course, session = courses.c, academic_sessions.c
    await batch.execute(
        update(_OFFERINGS.stage)
        .where(
            course.tenant_id == batch.tenant_id,
            course.id == s.course_id,
            session.tenant_id == batch.tenant_id,
            session.id == s.academic_session_id,
        )
        .values(
            title=func.nullif(s.title, course.title.op("->>")(batch.language)),
            ends_on=func.nullif(s.ends_on, session.ends_on),
            effective_starts_on=func.coalesce(s.starts_on, session.starts_on),
            effective_ends_on=func.coalesce(s.ends_on, session.ends_on),
        )
    )
    wrong = await batch.execute(
        update(_OFFERINGS.stage)
        .where(s.effective_starts_on > s.effective_ends_on, s.change.is_(None), not_(s.ends))
        .values(change=SKIPPED)
        .returning(s.place)
    )
    batch.error(Rule.DATE_ORDER, "classes", "term_sourced_ids", _terms_at(classes, set(wrong.scalars())))


async def _make_seats(batch: Batch) -> None:
    s = _OFFERINGS.stage.c
    rows = select(offerings.c.tenant_id, offerings.c.id).where(
        offerings.c.tenant_id == batch.tenant_id, offerings.c.id == s.id, s.change == CREATED
    )
    await batch.execute(insert(offering_seats).from_select(["tenant_id", "offering_id"], rows))


async def _with_new_dates(batch: Batch) -> list[tuple[int, int]]:
    """The offerings whose days change and whose sections may inherit them."""
    s, t, section = _OFFERINGS.stage.c, offerings.c, sections.c
    query = (
        select(s.id, s.place)
        .where(
            s.change == UPDATED,
            t.tenant_id == batch.tenant_id,
            t.id == s.id,
            or_(t.effective_starts_on != s.effective_starts_on, t.effective_ends_on != s.effective_ends_on),
            section.tenant_id == batch.tenant_id,
            section.offering_id == s.id,
        )
        .distinct()
        .order_by(s.id)
    )
    return [(row.id, row.place) for row in await batch.execute(query)]


async def _pass_on(batch: Batch, offering_id: int, classes: Iterable[Class], place: int) -> None:
    try:
        await pass_on_dates(batch.tx, offering_id=offering_id)
    except InvalidInput as error:
        found = _terms_at(classes, [place])
        batch.error(Rule.DATE_ORDER, "classes", "term_sourced_ids", found, error.message)

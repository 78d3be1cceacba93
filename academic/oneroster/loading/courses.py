"""courses.csv, and the courses that only classes speak of."""

from sqlalchemy import BigInteger, Column, Text, select

from academic.oneroster.faults import Rule
from academic.oneroster.loading.batch import Batch
from academic.oneroster.loading.matching import adopt, match, refer, settle_codes
from academic.oneroster.loading.objects import CODED, STAGED, Noun, code_columns, is_sourced, object_stage
from academic.oneroster.loading.writing import classify, finish, write
from academic.oneroster.naming import code, external_id
from academic.oneroster.records import Class, Course, RosterSet, Status
from academic.tables import course_external_ids, courses
from tenants.tables import org_unit_external_ids

COURSES = Noun(
    name="course",
    file="courses",
    table=courses,
    external_ids=course_external_ids,
    stage=object_stage(
        "staged_courses",
        *code_columns(),
        Column("title", Text),
        Column("sort_title", Text),
        Column("org_sourced_id", Text),
        Column("org_unit_id", BigInteger),
    ),
    plain=("code", "sort_title", "org_unit_id"),
    texts=("title",),
)


def course_of(each: Class) -> str:
    """The sourcedId of a class's course; where it names none, one of its own."""
    return external_id(each.course_sourced_id or f"class:{each.sourced_id}")


async def load_courses(batch: Batch, roster: RosterSet) -> None:
    """The courses of the file, and one for each that a class belongs to and that is neither there nor here.

    The code is the `courseCode`, else the sourcedId. Grades and subjects have no counterpart.
    """
    made = await _courses_of_classes(batch, roster)
    fitting = list(batch.fitting("courses", "title", [*roster.courses, *made], lambda one: one.title))
    columns = f"{STAGED} {CODED} title sort_title org_sourced_id"
    rows = (
        (
            place,
            external_id(one.sourced_id),
            one.status is Status.TO_BE_DELETED,
            batch.tx.new_id(),
            code(one.code or one.sourced_id),
            code(one.sourced_id),
            one.title,
            one.title,
            external_id(one.org_sourced_id),
        )
        for place, one in enumerate(fitting)
    )
    await batch.stage(COURSES.stage, columns, rows, file="courses", total=len(fitting))
    await match(batch, COURSES)
    await adopt(batch, COURSES)
    await refer(
        batch,
        COURSES.stage,
        "org_unit_id",
        "org_sourced_id",
        org_unit_external_ids,
        file="courses",
        name="orgSourcedId",
    )
    await settle_codes(batch, COURSES, "courseCode")
    await classify(batch, COURSES)
    await write(batch, COURSES)
    await finish(batch, COURSES)


async def _courses_of_classes(batch: Batch, roster: RosterSet) -> list[Course]:
    in_file = {external_id(one.sourced_id) for one in roster.courses}
    wanted: dict[str, Class] = {}
    for each in roster.classes:
        if each.status is Status.ACTIVE and course_of(each) not in in_file:
            wanted.setdefault(course_of(each), each)
    if not wanted:
        return []
    e = course_external_ids.c
    query = select(e.value).where(is_sourced(batch, course_external_ids), e.value.in_(list(wanted)))
    for known in (await batch.execute(query)).scalars():
        del wanted[known]
    for each in wanted.values():
        named = each.course_sourced_id or each.sourced_id
        batch.faults.warning(
            Rule.COURSE_FROM_CLASS, "classes.csv", None, "courseSourcedId", named, each.title
        )
    return [
        Course(
            sourced_id=sourced_id,
            title=each.title,
            code=each.course_sourced_id or each.code or each.sourced_id,
            org_sourced_id=each.school_sourced_id,
            school_year_sourced_id=None,
            grades=(),
            subjects=(),
            status=Status.ACTIVE,
        )
        for sourced_id, each in wanted.items()
    ]

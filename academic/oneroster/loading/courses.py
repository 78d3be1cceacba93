"""courses.csv, and the courses that only classes speak of."""

from dataclasses import replace

from sqlalchemy import BigInteger, Column, Table, Text, select

from academic.changing import LONGEST_TITLE
from academic.oneroster.faults import Rule
from academic.oneroster.loading.batch import Batch
from academic.oneroster.loading.matching import adopt, match, refer, settle_codes
from academic.oneroster.loading.objects import CODED, STAGED, Noun, code_columns, is_sourced, object_stage
from academic.oneroster.loading.writing import classify, tell, what_changed, write
from academic.oneroster.naming import code, external_id
from academic.oneroster.records import Class, Course, RosterSet, Status
from academic.tables import course_external_ids, courses
from tenants.tables import org_unit_external_ids

FILE = "courses"


def _stage(name: str) -> Table:
    return object_stage(
        name,
        *code_columns(),
        Column("title", Text),
        Column("sort_title", Text),
        Column("org_sourced_id", Text),
        Column("org_unit_id", BigInteger),
    )


_COURSES = Noun(
    name="course",
    file=FILE,
    table=courses,
    external_ids=course_external_ids,
    stage=_stage("staged_courses"),
    plain=("code", "sort_title", "org_unit_id"),
    texts=("title",),
)
_OF_CLASSES = replace(_COURSES, file="classes", stage=_stage("staged_courses_of_classes"))


def course_of(each: Class) -> str:
    """The sourcedId of a class's course; where it names none, one of its own."""
    return external_id(each.course_sourced_id or f"class:{each.sourced_id}")


async def load_courses(batch: Batch, roster: RosterSet) -> None:
    """The courses of the file, and one for each that a class belongs to and that is neither there nor here.

    The code is the `courseCode`, else the sourcedId. Grades and subjects have no counterpart.
    """
    await _load(batch, _COURSES, list(batch.fitting(FILE, "title", roster.courses)), "code", "org_sourced_id")
    made = await _courses_of_classes(batch, roster)
    if made:
        await _load(batch, _OF_CLASSES, made, "course_sourced_id", "school_sourced_id")
    await batch.count(FILE, *(noun.stage for noun in (_COURSES, *([_OF_CLASSES] if made else []))))


async def _load(batch: Batch, noun: Noun, found: list[Course], code_field: str, org_field: str) -> None:
    """The courses; the two fields are where the rows of the noun's file have a code and an org unit."""
    rows = (
        (
            one.row,
            external_id(one.sourced_id),
            one.status is Status.TO_BE_DELETED,
            batch.tx.new_id(),
            code(one.code or one.sourced_id),
            code(one.sourced_id),
            one.title,
            one.title,
            external_id(one.org_sourced_id),
        )
        for one in found
    )
    columns = f"{STAGED} {CODED} title sort_title org_sourced_id"
    await batch.stage(noun.stage, columns, rows, file=FILE, total=len(found))
    await match(batch, noun)
    await adopt(batch, noun)
    await refer(
        batch,
        noun.stage,
        "org_unit_id",
        "org_sourced_id",
        org_unit_external_ids,
        file=noun.file,
        field=org_field,
    )
    await settle_codes(batch, noun, code_field)
    await classify(batch, noun)
    await write(batch, noun)
    await tell(batch, noun, what_changed(noun))


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
        found = [(each.row, named)]
        batch.warn(Rule.COURSE_FROM_CLASS, "classes", "course_sourced_id", found, each.title)
    return [
        Course(
            sourced_id=sourced_id,
            title=each.title[:LONGEST_TITLE],  # too long a one is the class's fault
            code=each.course_sourced_id or each.code or each.sourced_id,
            org_sourced_id=each.school_sourced_id,
            school_year_sourced_id=None,
            grades=(),
            subjects=(),
            status=Status.ACTIVE,
            row=each.row,
        )
        for sourced_id, each in wanted.items()
    ]

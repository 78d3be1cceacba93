"""Orgs, sessions, courses and classes: how they are found again, changed and retired."""

from datetime import date

from sqlalchemy import update

from academic.courses.courses import NewCourse, create_course
from academic.courses.sections import NewSection, create_section
from academic.oneroster.faults import Rule
from academic.oneroster.report import Counts
from academic.structure.org_units import NewOrgUnit, create_org_unit
from academic.tables import (
    academic_session_external_ids,
    academic_sessions,
    course_external_ids,
    courses,
    enrollments,
    offering_external_ids,
    offerings,
    sections,
)
from kernel.outbox.tables import outbox
from tenants.authority import system_principal
from tenants.tables import org_unit_ancestors, org_unit_external_ids, org_units
from tests.integration.oneroster.sets import delta, roster
from tests.integration.oneroster.world import Place


async def test_what_changes_in_the_file_changes_once(place: Place) -> None:
    await place.load(roster())
    before = await place.events()
    changed = {"courses": {"optics": "optics,,,Optics II,PHY2,physics"}}
    report = await place.load(roster(changed))
    assert report.counts["courses"] == Counts(updated=1)
    assert report.counts["classes"] == Counts(unchanged=1)
    (course,) = await place.rows(courses)
    assert (course["title"], course["sort_title"], course["version"]) == ({"en": "Optics II"}, "Optics II", 2)
    assert (await place.events())[len(before) :] == ["course.updated"]
    assert (await place.load(roster(changed))).counts["courses"] == Counts(unchanged=1)


async def test_what_changed_of_a_course_is_told(place: Place) -> None:
    await place.load(roster())
    before = len(await place.rows(outbox))
    moved = {
        "courses": {"optics": "optics,,,Optics II,PHY2,uni"},
        "orgs": {"physics": "physics,,,Physics and more,department,,uni"},
    }
    await place.load(roster(moved))
    told = {row["event"]: row["payload"] for row in (await place.rows(outbox))[before:]}
    assert told == {
        "org_unit.updated": {"is_moved": False},
        "course.updated": {"changed": ["org_unit_id", "sort_title", "title"]},
    }


async def test_other_languages_written_here_stay(place: Place) -> None:
    await place.load(roster())
    async with place.door.write(system_principal(place.tenant)) as tx:
        await tx.connection.execute(
            courses.update()
            .where(courses.c.tenant_id == place.tenant.id)
            .values(title={"en": "Optics", "de": "Optik"})
        )
    await place.load(roster({"courses": {"optics": "optics,,,Optics II,PHY2,physics"}}))
    (course,) = await place.rows(courses)
    assert course["title"] == {"en": "Optics II", "de": "Optik"}


async def test_what_is_to_be_deleted_is_archived_and_comes_back(place: Place) -> None:
    await place.load(roster())
    gone = {
        "courses": {"optics": "optics,tobedeleted,2026-11-01T00:00:00.000Z,Optics,PHY2,physics"},
        "orgs": {"physics": "physics,tobedeleted,2026-11-01T00:00:00.000Z,Physics,department,,uni"},
    }
    report = await place.load(roster(gone))
    assert report.counts["courses"] == Counts(archived=1)
    assert report.counts["classes"] == Counts(archived=1)  # it cannot do without its course
    assert report.counts["enrollments"] == Counts(archived=3)
    assert [row["status"] for row in await place.rows(courses)] == ["archived"]
    assert [row["state"] for row in await place.rows(offerings)] == ["archived"]
    assert {row["state"] for row in await place.rows(enrollments)} == {"withdrawn"}
    assert sum(counts.changed for counts in (await place.load(roster(gone))).counts.values()) == 0
    back = await place.load(roster())
    assert back.counts["classes"] == Counts(updated=1)
    assert [row["state"] for row in await place.rows(offerings)] == ["published"]
    assert {row["state"] for row in await place.rows(enrollments)} == {"active"}


async def test_a_unit_made_here_is_taken_for_the_one_of_the_file_by_its_code(place: Place) -> None:
    async with place.door.write(system_principal(place.tenant)) as tx:
        made = await create_org_unit(tx, org_unit=NewOrgUnit(code="NH", name={"en": "Nordhafen", "de": "NH"}))
    report = await place.load(roster())
    assert report.counts["orgs"] == Counts(created=1, updated=1)
    units = await place.sourced(org_units, org_unit_external_ids)
    assert units["uni"]["id"] == made
    links = {
        (row["ancestor_id"], row["descendant_id"], row["depth"])
        for row in await place.rows(org_unit_ancestors)
    }
    assert (made, units["physics"]["id"], 1) in links


async def test_a_unit_that_moves_takes_its_closure_along(place: Place) -> None:
    await place.load(roster({"orgs": {"lab": "lab,,,Laboratory,department,,physics"}}))
    moved = {"orgs": {"lab": "lab,,,Laboratory,department,,uni"}}
    assert (await place.load(roster(moved))).counts["orgs"] == Counts(updated=1, unchanged=2)
    units = await place.sourced(org_units, org_unit_external_ids)
    above = {
        row["ancestor_id"] for row in await place.rows(org_unit_ancestors, descendant_id=units["lab"]["id"])
    }
    assert above == {units["uni"]["id"], units["lab"]["id"]}


async def test_a_delta_may_not_close_a_circle(place: Place) -> None:
    await place.load(roster())
    report = await place.load(
        delta({"orgs": ["uni,active,2026-11-01T00:00:00.000Z,Nordhafen,local,NH,physics"]})
    )
    assert report.is_refused
    assert (Rule.REFERENCE_CYCLE, 2, "parentSourcedId", "physics") in {
        (fault.rule, fault.row, fault.column, fault.value) for fault in report.faults
    }


async def test_a_code_that_another_has_gives_way_to_the_sourced_id(place: Place) -> None:
    twins = {"classes": {"optics-b": "optics-b,,,Optics B,optics,A,scheduled,,uni,autumn"}}
    report = await place.load(roster(twins))
    assert report.is_loaded
    assert ("classes.csv", 3, "classCode", "A", Rule.CODE_TAKEN) in {
        (fault.file, fault.row, fault.column, fault.value, fault.rule) for fault in report.faults
    }
    offered = await place.sourced(offerings, offering_external_ids)
    assert {source: row["code"] for source, row in offered.items()} == {
        "optics-a": "A",
        "optics-b": "optics-b",
    }
    assert (await place.load(roster(twins))).counts["classes"] == Counts(unchanged=2)


async def test_the_same_code_in_another_term_is_another_offering(place: Place) -> None:
    await place.load(roster({"classes": {"later": "later,,,Optics A,optics,A,scheduled,,uni,spring"}}))
    assert [row["code"] for row in await place.rows(offerings)] == ["A", "A"]


async def test_a_course_made_here_is_found_by_its_code(place: Place) -> None:
    async with place.door.write(system_principal(place.tenant)) as tx:
        unit = await create_org_unit(tx, org_unit=NewOrgUnit(code="own", name={"en": "Own"}))
        made = await create_course(tx, course=NewCourse(org_unit_id=unit, code="PHY2", title={"en": "Light"}))
    await place.load(roster())
    assert (await place.sourced(courses, course_external_ids))["optics"]["id"] == made


async def test_a_class_whose_course_is_nowhere_brings_it_along(place: Place) -> None:
    report = await place.load(roster(absent=("courses",)))
    assert report.counts["courses"] == Counts(created=1)
    assert Rule.COURSE_FROM_CLASS in {fault.rule for fault in report.faults}
    (course,) = await place.rows(courses)
    units = await place.sourced(org_units, org_unit_external_ids)
    assert (course["code"], course["title"]) == ("optics", {"en": "Optics A"})
    assert course["org_unit_id"] == units["uni"]["id"]
    again = await place.load(roster(absent=("courses",)))
    assert Rule.COURSE_FROM_CLASS not in {fault.rule for fault in again.faults}
    assert len(await place.rows(courses)) == 1
    later = await place.load(roster())  # the file comes after all
    assert later.counts["courses"] == Counts(updated=1)
    assert [row["title"] for row in await place.rows(courses)] == [{"en": "Optics"}]


async def test_a_class_in_several_terms_lasts_until_the_end_of_the_last(place: Place) -> None:
    both = {"classes": {"optics-a": 'optics-a,,,Optics A,optics,A,scheduled,,uni,"spring,autumn"'}}
    report = await place.load(roster(both))
    assert (2, "termSourcedIds", "spring,autumn", Rule.SEVERAL_TERMS) in {
        (fault.row, fault.column, fault.value, fault.rule) for fault in report.faults
    }
    (offering,) = await place.rows(offerings)
    terms = await place.sourced(academic_sessions, academic_session_external_ids)
    assert offering["academic_session_id"] == terms["autumn"]["id"]
    assert [str(offering[f"effective_{end}"]) for end in ("starts_on", "ends_on")] == [
        "2026-09-01",
        "2027-08-31",
    ]
    assert (await place.load(roster(both))).counts["classes"] == Counts(unchanged=1)


async def test_new_dates_of_a_term_reach_offerings_and_sections(place: Place) -> None:
    await place.load(roster())
    (offering,) = await place.rows(offerings)
    async with place.door.write(system_principal(place.tenant)) as tx:
        await create_section(tx, section=NewSection(offering_id=offering["id"], code="1"))
    longer = {"academicSessions": {"autumn": "autumn,,,Autumn,semester,2026-09-15,2027-01-31,year,2027"}}
    await place.load(roster(longer))
    for table in (offerings, sections):
        (row,) = await place.rows(table)
        assert str(row["effective_starts_on"]) == "2026-09-15"


async def test_dates_that_what_is_here_does_not_fit_name_their_row(place: Place) -> None:
    await place.load(roster())
    (offering,) = await place.rows(offerings)
    async with place.door.write(system_principal(place.tenant)) as tx:
        days = {"starts_on": date(2026, 10, 1), "effective_starts_on": date(2026, 10, 1)}
        await tx.connection.execute(
            update(offerings)
            .where(offerings.c.tenant_id == place.tenant.id, offerings.c.id == offering["id"])
            .values(days)
        )
    shorter = {"academicSessions": {"autumn": "autumn,,,Autumn,semester,2026-09-01,2026-09-20,year,2027"}}
    report = await place.load(roster(shorter))
    assert report.is_refused
    (session, class_) = [fault for fault in report.faults if fault.rule is Rule.DATE_ORDER]
    assert (session.file, session.row, session.column, session.value) == (
        *("academicSessions.csv", 3, "endDate", "2026-09-20"),
    )
    assert (class_.file, class_.row, class_.column, class_.value) == (
        *("classes.csv", 2, "termSourcedIds", "autumn"),
    )


async def test_a_text_that_is_too_long_names_its_row(place: Place) -> None:
    title = "x" * 501
    long = {
        "courses": {"second": f"second,,,{title},L1,uni"},
        "classes": {"alone": f"alone,,,{title},nowhere,B,scheduled,,uni,autumn"},
        "users": {"dan": f"dan,,,true,dan,,Dan,{title},"},
    }
    report = await place.load(roster(long, absent=("courses",)))
    named = {
        (fault.file, fault.row, fault.column) for fault in report.faults if fault.rule is Rule.TEXT_LENGTH
    }
    assert named == {("classes.csv", 3, "title"), ("users.csv", 5, "familyName")}
    again = await place.load(roster({"courses": long["courses"]}))
    assert [(fault.row, fault.column) for fault in again.faults if fault.rule is Rule.TEXT_LENGTH] == [
        (3, "title")
    ]


async def test_a_session_outside_its_parent_is_loaded_without_it(place: Place) -> None:
    late = {"academicSessions": {"spring": "spring,,,Spring,semester,2027-02-01,2027-09-30,year,2027"}}
    report = await place.load(roster(late))
    assert (Rule.SESSION_DATES, 4, "spring") in {
        (fault.rule, fault.row, fault.value) for fault in report.faults
    }
    terms = await place.sourced(academic_sessions, academic_session_external_ids)
    assert terms["spring"]["parent_id"] is None
    assert terms["autumn"]["parent_id"] == terms["year"]["id"]


async def test_a_delta_finds_what_it_points_at_here(place: Place) -> None:
    await place.load(roster())
    stamp = "2026-11-01T00:00:00.000Z"
    report = await place.load(delta({"enrollments": [f"e9,active,{stamp},optics-a,uni,ada,teacher,,,"]}))
    assert report.counts["enrollments"] == Counts(updated=1)
    lost = await place.load(delta({"enrollments": [f"e9,active,{stamp},nowhere,uni,ada,teacher,,,"]}))
    assert lost.is_refused
    assert (Rule.REFERENCE, "classSourcedId", "nowhere") in {
        (fault.rule, fault.column, fault.value) for fault in lost.faults
    }

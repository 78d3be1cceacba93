"""Courses and offerings: what is stored, who may write, what must be unique."""

from datetime import date
from typing import Any

import pytest

from academic.changing import NotPossibleNow, StillInUse
from academic.courses.courses import CourseChanges, NewCourse, archive_course, create_course, update_course
from academic.courses.lifecycle import archive_offering, cancel_offering, change_capacity, publish_offering
from academic.courses.offerings import NewOffering, OfferingChanges, Place, create_offering, update_offering
from academic.courses.sections import (
    NewSection,
    SectionChanges,
    archive_section,
    create_section,
    update_section,
)
from academic.model.catalogue import Credit, Point
from academic.model.windows import EnrollmentWindow
from academic.structure.org_units import NewOrgUnit, OrgUnitChanges, create_org_unit, update_org_unit
from academic.tables import (
    course_attributes,
    course_external_ids,
    course_languages,
    courses,
    enrollment_windows,
    offering_attributes,
    offering_external_ids,
    offering_seats,
    offerings,
)
from kernel.errors import InvalidInput
from tenants.attributes.operations import NewAttribute, declare_attribute
from tenants.changing import AlreadyTaken, VersionConflict
from tenants.external_ids import ExternalId
from tenants.model import Forbidden, NotFound, Role
from tenants.tables import org_unit_attributes
from tests.integration.academic.world import NOW, World, name


async def _course(world: World, **given: Any) -> int:
    async with world.as_system() as tx:
        new = NewCourse(**{"org_unit_id": world.unit, "code": name("C"), "title": {"en": "Course"}, **given})
        return await create_course(tx, course=new)


async def _change(world: World, course: int, version: int | None = None, **given: Any) -> int:
    async with world.as_system() as tx:
        return await update_course(
            tx, course_id=course, changes=CourseChanges(**given), expected_version=version
        )


async def test_a_course_is_stored_as_it_was_given(world: World) -> None:
    title = {"en": "Sets 🎲", "ar": "مجموعات", "zh-hant-tw": "集合論"}
    course = await _course(
        world,
        title=title,
        description={"en": "Line\nand line"},
        credits=[Credit("ects", 750, "bachelor")],
        teaching_languages=["EN", "zh-hant", "en"],
        delivery_modes=["on campus", "online"],
        eqf_level=6,
        isced_f="0541",
        visibility="public",
        external_ids=[ExternalId("sis", "9")],
    )
    row = await world.row(courses, course)
    assert row["title"] == {"en": "Sets 🎲", "ar": "مجموعات", "zh-Hant-TW": "集合論"}
    assert row["description"] == {"en": "Line\nand line"}
    assert row["credits"] == [{"scheme": "ects", "value": 750, "level": "bachelor"}]
    assert (row["teaching_languages"], row["delivery_modes"]) == (["en", "zh-Hant"], ["on_campus", "online"])
    assert (row["eqf_level"], row["isced_f"], row["visibility"]) == (6, "0541", "public")
    languages = [one["language"] for one in await world.rows(course_languages, course_id=course)]
    assert languages == ["en", "zh-Hant"]
    assert [one["value"] for one in await world.rows(course_external_ids, course_id=course)] == ["9"]
    assert [event["event"] for event in await world.events(object_id=course)] == ["course.created"]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ({"de": "Mengen", "en": "Sets"}, "Sets"),
        ({"de": "Mengen", "en-GB": "Sets"}, "Mengen"),
        ({"ja": "集合", "ar": "مجموعات"}, "集合"),
    ],
)
async def test_lists_are_ordered_by_the_title_in_the_tenants_language_else_by_the_first(
    world: World, title: dict[str, str], expected: str
) -> None:
    course = await _course(world, title=title)
    assert (await world.row(courses, course))["sort_title"] == expected


async def test_only_what_is_given_changes(world: World) -> None:
    course = await _course(world, description={"en": "Old"}, eqf_level=5, teaching_languages=["de"])
    before = await world.row(courses, course)
    await _change(world, course, title={"en": "New"}, description=None, teaching_languages=["en"])
    after = await world.row(courses, course)
    assert after == before | {
        "title": {"en": "New"},
        "sort_title": "New",
        "title_key": "new",
        "description": None,
        "teaching_languages": ["en"],
        "version": 2,
    }
    assert [row["language"] for row in await world.rows(course_languages, course_id=course)] == ["en"]


@pytest.mark.parametrize(
    ("given", "member"),
    [
        ({"title": {"en": " "}}, "title"),
        ({"title": {}}, "title"),
        ({"description": {}}, "description"),
        ({"title": {"en": "x" * 501}}, "title"),
        ({"description": {"en": "a\0"}}, "description"),
        ({"teaching_languages": ["german!"]}, "teachingLanguages"),
        ({"delivery_modes": ["by pigeon"]}, "deliveryModes"),
        ({"eqf_level": 9}, "eqfLevel"),
        ({"isced_f": "11"}, "iscedF"),
        ({"visibility": "secret"}, "visibility"),
        ({"org_unit_id": 4711}, "orgUnitId"),
    ],
)
async def test_a_wrong_value_is_named(world: World, given: dict[str, Any], member: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await _course(world, **given)
    assert refused.value.details["path"] == ["input", member]
    with pytest.raises(InvalidInput) as refused:
        await _change(world, world.course, **given)
    assert refused.value.details["path"] == ["input", member]


async def test_codes_and_external_ids_belong_to_one_course(world: World) -> None:
    course = await _course(world, code="MATH-1", external_ids=[ExternalId("sis", "1")])
    with pytest.raises(AlreadyTaken) as refused:
        await _course(world, code="MATH-1")
    assert refused.value.details["path"] == ["input", "code"]
    with pytest.raises(AlreadyTaken) as refused:
        await _course(world, external_ids=[ExternalId("sis", "1")])
    assert refused.value.details["path"] == ["input", "externalIds"]
    await _change(world, course, code="MATH-1", external_ids=[ExternalId("sis", "1")])


async def test_the_same_code_at_another_university_is_another_course(
    world: World, other_world: World
) -> None:
    await _course(world, code="SAME", external_ids=[ExternalId("sis", "1")])
    await _course(other_world, code="SAME", external_ids=[ExternalId("sis", "1")])


async def test_an_old_version_of_a_course_is_a_conflict(world: World) -> None:
    await _change(world, world.course, 1, eqf_level=6)
    with pytest.raises(VersionConflict):
        await _change(world, world.course, 1, eqf_level=7)


async def test_a_course_with_living_offerings_is_not_archived(world: World) -> None:
    offering = await world.offering()
    with pytest.raises(StillInUse):
        async with world.as_system() as tx:
            await archive_course(tx, course_id=world.course)
    async with world.as_system() as tx:
        await cancel_offering(tx, offering_id=offering)
        await archive_course(tx, course_id=world.course)
    with pytest.raises(InvalidInput):
        await world.offering()
    with pytest.raises(InvalidInput):
        async with world.as_system() as tx:
            await publish_offering(tx, offering_id=offering)


async def test_the_tenants_own_fields_are_written_with_what_they_belong_to(world: World) -> None:
    async with world.as_system() as tx:
        for owner in ("org_unit", "course", "offering"):
            await declare_attribute(tx, attribute=NewAttribute(owner, "room", "integer", {"en": "Room"}))
    course = await _course(world, attributes={"room": 1})
    await _change(world, course, attributes={"room": "2"})
    offering = await world.offering(attributes={"room": 3})
    async with world.as_system() as tx:
        await update_org_unit(tx, org_unit_id=world.unit, changes=OrgUnitChanges(attributes={"room": 4}))
        await update_offering(tx, offering_id=offering, changes=OfferingChanges(attributes={"room": None}))
    assert [row["value"] for row in await world.rows(course_attributes, course_id=course)] == ["2"]
    assert await world.rows(offering_attributes, offering_id=offering) == []
    assert [row["value"] for row in await world.rows(org_unit_attributes)] == ["4"]
    assert (await world.row(courses, course))["version"] == 2
    with pytest.raises(InvalidInput):
        await _change(world, course, attributes={"unknown": 1})


async def test_a_registrar_of_a_unit_writes_its_catalogue_and_moves_nothing_out(world: World) -> None:
    async with world.as_system() as tx:
        elsewhere = await create_org_unit(tx, org_unit=NewOrgUnit(name("U"), {"en": "Elsewhere"}))
    foreign = await _course(world, org_unit_id=elsewhere)
    (user,) = await world.users(1, role=Role.REGISTRAR, unit=world.unit)
    registrar = world.acting(user, unit_roles=[Role.REGISTRAR])
    async with world.door.write(registrar) as tx:
        course = await create_course(tx, course=NewCourse(world.unit, name("C"), {"en": "Mine"}))
        offering = await create_offering(tx, offering=NewOffering(course, world.term, name("O")))
        await publish_offering(tx, offering_id=offering)
        await change_capacity(tx, offering_id=offering, capacity=3)
        section = await create_section(tx, section=NewSection(offering, name("S")))
        await update_section(tx, section_id=section, changes=SectionChanges(capacity=2))
    for course_id, changes in (
        (course, CourseChanges(org_unit_id=elsewhere)),
        (foreign, CourseChanges(eqf_level=6)),
    ):
        with pytest.raises(Forbidden):
            async with world.door.write(registrar) as tx:
                await update_course(tx, course_id=course_id, changes=changes)
    with pytest.raises(Forbidden):
        async with world.door.write(registrar) as tx:
            await create_course(tx, course=NewCourse(elsewhere, name("C"), {"en": "Theirs"}))


async def test_students_change_nothing_and_what_they_cannot_see_does_not_exist(world: World) -> None:
    (user,) = await world.users(1)
    hidden = await _course(world, visibility="private")
    draft = await world.offering(publish=False)
    shown = await world.offering()
    for error, operation in (
        (Forbidden, lambda tx: update_course(tx, course_id=world.course, changes=CourseChanges(eqf_level=1))),
        (NotFound, lambda tx: update_course(tx, course_id=hidden, changes=CourseChanges(eqf_level=1))),
        (NotFound, lambda tx: update_course(tx, course_id=4711, changes=CourseChanges(eqf_level=1))),
        (Forbidden, lambda tx: archive_offering(tx, offering_id=shown)),
        (NotFound, lambda tx: publish_offering(tx, offering_id=draft)),
        (Forbidden, lambda tx: change_capacity(tx, offering_id=shown, capacity=1)),
        (Forbidden, lambda tx: create_section(tx, section=NewSection(shown, name("S")))),
        (
            Forbidden,
            lambda tx: create_offering(tx, offering=NewOffering(world.course, world.term, name("O"))),
        ),
        (NotFound, lambda tx: create_offering(tx, offering=NewOffering(hidden, world.term, name("O")))),
    ):
        with pytest.raises(error):
            async with world.door.write(world.student(user)) as tx:
                await operation(tx)


# ---- offerings -----------------------------------------------------------------------------------------------------


async def test_an_offering_is_stored_with_its_seats_windows_and_place(world: World) -> None:
    window = EnrollmentWindow("student", NOW, None)
    offering = await world.offering(
        publish=False,
        title={"de": "Sommer"},
        starts_on=date(2027, 3, 1),
        place=Place("Hörsaal 1", Point(52.5, 13.4)),
        capacity=10,
        waitlist_capacity=5,
        windows=[window],
        external_ids=[ExternalId("sis", "o1")],
    )
    row = await world.row(offerings, offering)
    assert (row["state"], row["title"], row["description"]) == ("draft", {"de": "Sommer"}, None)
    assert (row["starts_on"], row["ends_on"]) == (date(2027, 3, 1), None)
    assert (row["effective_starts_on"], row["effective_ends_on"]) == (date(2027, 3, 1), date(2027, 6, 30))
    assert (row["place_name"], row["latitude"], row["longitude"]) == ("Hörsaal 1", 52.5, 13.4)
    (seats,) = await world.rows(offering_seats, offering_id=offering)
    assert (seats["capacity"], seats["waitlist_capacity"], seats["taken"]) == (10, 5, 0)
    (stored,) = await world.rows(enrollment_windows, offering_id=offering)
    assert (stored["audience"], stored["opens_at"], stored["closes_at"]) == ("student", NOW, None)
    assert len(await world.rows(offering_external_ids, offering_id=offering)) == 1


async def test_an_offering_teaches_in_the_courses_languages_unless_told_otherwise(world: World) -> None:
    course = await _course(world, teaching_languages=["de", "en"], delivery_modes=["hybrid"])
    follows = await world.row(offerings, await world.offering(course_id=course))
    own = await world.row(offerings, await world.offering(course_id=course, teaching_languages=["fr"]))
    assert (follows["teaching_languages"], follows["delivery_modes"]) == (["de", "en"], ["hybrid"])
    assert (own["teaching_languages"], own["delivery_modes"]) == (["fr"], ["hybrid"])


async def test_a_code_is_given_once_per_term(world: World) -> None:
    await world.offering(code="A")
    with pytest.raises(AlreadyTaken) as refused:
        await world.offering(code="A")
    assert refused.value.details["path"] == ["input", "code"]


@pytest.mark.parametrize(
    ("given", "member"),
    [
        ({"capacity": -1}, "capacity"),
        ({"waitlist_capacity": 2_000_000}, "waitlistCapacity"),
        ({"starts_on": date(2027, 7, 1)}, "endsOn"),
        ({"academic_session_id": 4711}, "academicSessionId"),
        ({"windows": [EnrollmentWindow("alumni")]}, "enrollmentWindows"),
        ({"windows": [EnrollmentWindow("guest"), EnrollmentWindow("guest")]}, "enrollmentWindows"),
        ({"title": {"en": ""}}, "title"),
        ({"title": {}}, "title"),
        ({"description": {}}, "description"),
    ],
)
async def test_a_wrong_value_of_an_offering_is_named(
    world: World, given: dict[str, Any], member: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await world.offering(**given)
    assert refused.value.details["path"] == ["input", member]


async def test_windows_are_replaced_as_a_whole(world: World) -> None:
    offering = await world.offering(windows=[EnrollmentWindow("student"), EnrollmentWindow("guest")])
    async with world.as_system() as tx:
        changes = OfferingChanges(windows=[EnrollmentWindow("everyone", NOW, None)])
        await update_offering(tx, offering_id=offering, changes=changes)
    stored = await world.rows(enrollment_windows, offering_id=offering)
    assert [(row["audience"], row["opens_at"]) for row in stored] == [("everyone", NOW)]
    assert (await world.row(offerings, offering))["version"] == 3


async def test_the_life_of_an_offering(world: World) -> None:
    offering = await world.offering(publish=False)
    for operation, state in (
        (publish_offering, "published"),
        (publish_offering, "published"),
        (cancel_offering, "cancelled"),
        (publish_offering, "published"),
        (archive_offering, "archived"),
    ):
        async with world.as_system() as tx:
            await operation(tx, offering_id=offering)
        assert (await world.row(offerings, offering))["state"] == state
    with pytest.raises(NotPossibleNow):
        async with world.as_system() as tx:
            await publish_offering(tx, offering_id=offering)
    assert [event["event"] for event in await world.events(object_id=offering)] == [
        "offering.created",
        "offering.published",
        "offering.cancelled",
        "offering.published",
        "offering.archived",
    ]


async def test_what_is_archived_takes_no_changes(world: World) -> None:
    course = await _course(world)
    offering, other = await world.offering(), await world.offering()
    async with world.as_system() as tx:
        section = await create_section(tx, section=NewSection(offering, name("S")))
        archived = await create_section(tx, section=NewSection(other, name("S")))
        await archive_course(tx, course_id=course)
        await archive_offering(tx, offering_id=offering)
        await archive_section(tx, section_id=archived)
    for change in (
        lambda tx: update_course(tx, course_id=course, changes=CourseChanges(code=name("C"))),
        lambda tx: update_offering(tx, offering_id=offering, changes=OfferingChanges(code=name("O"))),
        lambda tx: change_capacity(tx, offering_id=offering, capacity=5),
        lambda tx: update_section(tx, section_id=section, changes=SectionChanges(code=name("S"))),
        lambda tx: update_section(tx, section_id=archived, changes=SectionChanges(code=name("S"))),
        lambda tx: create_section(tx, section=NewSection(offering, name("S"))),
    ):
        with pytest.raises(NotPossibleNow, match="archived"):
            async with world.as_system() as tx:
                await change(tx)


async def test_a_change_of_capacity_is_a_change_of_the_offering(world: World) -> None:
    offering = await world.offering(capacity=3)
    version = (await world.row(offerings, offering))["version"]
    async with world.as_system() as tx:
        await change_capacity(
            tx, offering_id=offering, capacity=5, waitlist_capacity=0, expected_version=version
        )
    (seats,) = await world.rows(offering_seats, offering_id=offering)
    assert (seats["capacity"], seats["waitlist_capacity"]) == (5, 0)
    told = (await world.events(object_id=offering))[-1]
    assert (told["event"], told["payload"]["capacity"]) == ("offering.seats_changed", 5)
    with pytest.raises(VersionConflict):
        async with world.as_system() as tx:
            await change_capacity(tx, offering_id=offering, capacity=6, expected_version=version)

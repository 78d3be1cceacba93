"""What rows become as documents: texts, facets, and who may find them."""

from datetime import timedelta

from academic.courses.courses import CourseChanges, archive_course, update_course
from academic.courses.lifecycle import archive_offering
from academic.courses.offerings import OfferingChanges, Place, update_offering
from academic.model.catalogue import Point as CataloguePoint
from federation.actors.making_groups import make_missing
from federation.local import addresses_of
from search.documents.tokens import MEMBERS, PUBLIC
from search.model import Facet, Kind, Point
from tests.integration.search.indexing.libraries import Library

_EVERYBODY = {PUBLIC, MEMBERS}


async def test_a_course_is_found_as_its_visibility_says(library: Library) -> None:
    world = library.world["alpha"]
    found = {}
    for number in range(1, 6):
        document = library.document(Kind.COURSE, f"course:{number}")
        found[number] = document.audience & _EVERYBODY
        units = {world.number("unit"), world.number("faculty")}
        assert {"catalog", *(f"catalog:{unit}" for unit in units)} <= document.audience
        assert f"course:{world.number(f'course:{number}')}" in document.audience
    assert found == {1: _EVERYBODY, 2: {MEMBERS}, 3: set(), 4: {MEMBERS}, 5: _EVERYBODY}


async def test_a_course_has_its_texts_in_their_languages_and_its_facets(library: Library) -> None:
    document = library.document(Kind.COURSE, "course:2")
    assert dict(document.titles) == {"de": "Kurs 2", "en": "Course 2"}
    assert dict(document.texts) == {"en": "About 2"}
    assert document.codes == ("C2",)
    world = library.world["alpha"]
    assert document.facets[Facet.LANGUAGE] == ("de", "en")
    assert document.facets[Facet.CREDITS] == ("ECTS:750",)
    assert document.facets[Facet.INSTITUTION] == ("alpha",)
    assert document.facets[Facet.ORG_UNIT] == (str(world.number("faculty")), str(world.number("unit")))


async def test_an_offering_has_what_is_its_courses_too(library: Library) -> None:
    document = library.document(Kind.OFFERING, "offering:1")
    assert document.titles["en"] == "Course 1"
    assert document.codes == ("O1", "C1")
    assert document.facets[Facet.SEATS] == ("free",)
    assert document.facets[Facet.TERM] == (str(library.world["alpha"].number("session")),)
    assert document.starts_on is not None
    assert document.popularity == 1
    assert f"offering:{library.world['alpha'].number('offering:1')}" in document.audience


async def test_an_offering_says_nothing_of_a_course_that_its_readers_do_not_see(library: Library) -> None:
    world = library.world
    async with world.door.write(world.as_system("alpha")) as tx:
        await update_offering(
            tx,
            offering_id=world["alpha"].number("offering:3"),
            changes=OfferingChanges(visibility="public"),
        )
    await library.catch_up()
    document = library.document(Kind.OFFERING, "offering:3")
    assert PUBLIC in document.audience
    assert document.codes == ("O3",)
    assert not {Facet.CREDITS, Facet.LEVEL, Facet.ORG_UNIT} & document.facets.keys()


async def test_what_is_published_says_nothing_of_a_course_that_is_not(library: Library) -> None:
    world = library.world
    async with world.door.write(world.as_system("alpha")) as tx:
        await update_offering(
            tx,
            offering_id=world["alpha"].number("offering:2"),
            changes=OfferingChanges(visibility="federation"),
        )
    await library.catch_up()
    assert library.published(Kind.COURSE, "course:2") is None
    inside, outside = (
        library.document(Kind.OFFERING, "offering:2"),
        library.published(Kind.OFFERING, "offering:2"),
    )
    assert inside.codes == ("O2", "C2")  # members see the course
    assert outside is not None
    assert outside.codes == ("O2",)
    assert outside.titles == inside.titles
    assert not {Facet.CREDITS, Facet.LEVEL, Facet.ORG_UNIT} & outside.facets.keys()


async def test_what_is_archived_is_found_by_those_who_look_for_what_was(library: Library) -> None:
    world = library.world
    async with world.door.write(world.as_system("alpha")) as tx:
        await archive_offering(tx, offering_id=world["alpha"].number("offering:5"))
        await archive_course(tx, course_id=world["alpha"].number("course:5"))
    await library.catch_up()
    for kind, name in ((Kind.COURSE, "course:5"), (Kind.OFFERING, "offering:5")):
        document = library.document(kind, name)
        assert not document.audience & _EVERYBODY
        assert "catalog" in document.audience
        assert library.published(kind, name) is None


async def test_only_what_institutions_show_each_other_is_published(library: Library) -> None:
    published = {
        number: None if document is None else set(document.audience)
        for number in range(1, 5)
        for document in [library.published(Kind.COURSE, f"course:{number}")]
    }
    assert published == {1: _EVERYBODY, 2: None, 3: None, 4: {MEMBERS}}
    university, faculty = (library.published(Kind.ORG_UNIT, name) for name in ("unit", "faculty"))
    assert university is not None
    assert university.url == "/"
    assert faculty is None
    course = library.published(Kind.COURSE, "course:1")
    assert course is not None
    assert not {Facet.ORG_UNIT, Facet.TERM} & course.facets.keys()


async def test_what_is_published_names_its_page_whether_or_not_there_is_a_group_yet(library: Library) -> None:
    world, beta = library.world, library.world["beta"]

    def named() -> list[str | None]:
        found = [
            library.published(kind, name, "beta")
            for kind, name in (
                (Kind.COURSE, "course:1"),
                (Kind.OFFERING, "offering:1"),
                (Kind.COURSE, "course:4"),  # only for members, whom no page knows
                (Kind.OFFERING, "offering:4"),
                (Kind.OFFERING, "offering:5"),
                (Kind.ORG_UNIT, "unit"),
            )
        ]
        return [document and document.url for document in found]

    async with world.door.write(world.as_system("beta")) as tx:
        for name, changes in (("4", {"visibility": "public"}), ("5", {"visibility": "federation"})):
            offering_id = beta.number(f"offering:{name}")
            await update_offering(tx, offering_id=offering_id, changes=OfferingChanges(**changes))
    await library.catch_up(beta.tenant.shard)
    course, of_course, offering = (beta.number(name) for name in ("course:1", "course:5", "offering:1"))
    pages = [f"/courses/{course}", f"/offerings/{offering}", "/", "/", f"/courses/{of_course}", "/"]
    assert named() == pages
    async with world.door.write(world.as_system("beta")) as tx:
        assert await make_missing(tx, addresses_of(beta.tenant, "https://platform.test"), most=100) == 4
    await library.catch_up(beta.tenant.shard)
    assert named() == pages
    assert (await library.verifying().verify(beta.tenant)).is_good


async def test_people_are_found_by_those_who_see_them(library: Library) -> None:
    world = library.world["alpha"]
    offering = world.number("offering:1")
    for role, searchable in (("instructor", False), ("student", False)):
        document = library.document(Kind.USER, f"user:{role}")
        assert (MEMBERS in document.audience) is searchable
        assert {"users", f"users:{world.number('unit')}", f"taught:{offering}"} <= document.audience
        assert f"user:{world.number(f'user:{role}')}" in document.audience
    analyst = library.document(Kind.USER, "user:analyst")
    assert analyst.audience == {"users", f"user:{world.number('user:analyst')}"}
    assert dict(analyst.titles) == {"und": "Analyst alpha"}
    assert not analyst.texts


async def test_a_place_of_its_own_comes_before_the_institutions(library: Library) -> None:
    world = library.world
    async with world.door.write(world.as_system("alpha")) as tx:
        await update_offering(
            tx,
            offering_id=world["alpha"].number("offering:1"),
            changes=OfferingChanges(
                place=Place("Aula", CataloguePoint(52.5, 13.4)), delivery_modes=["online"]
            ),
        )
    await library.catch_up()
    document = library.document(Kind.OFFERING, "offering:1")
    assert document.point == Point(52.5, 13.4)
    assert document.is_online


async def test_what_was_hidden_is_new_when_others_can_find_it(library: Library) -> None:
    world = library.world
    course_id = world["alpha"].number("course:3")
    before = library.document(Kind.COURSE, "course:3")
    async with world.door.write(world.as_system("alpha")) as tx:
        changes = CourseChanges(visibility="tenant")
        await update_course(tx, course_id=course_id, changes=changes)
        moment = tx.now
    await library.catch_up()
    after = library.document(Kind.COURSE, "course:3")
    assert before.appeared_at is not None
    assert after.appeared_at is not None
    assert before.appeared_at < moment
    assert abs(after.appeared_at - moment) < timedelta(minutes=1)
    async with world.door.write(world.as_system("alpha")) as tx:
        await update_course(tx, course_id=course_id, changes=CourseChanges(title={"en": "Renamed"}))
    await library.catch_up()
    renamed = library.document(Kind.COURSE, "course:3")
    assert renamed.appeared_at == after.appeared_at

"""What happens becomes documents: everything, in the newest form, whatever stands in the way."""

import pytest
from sqlalchemy import insert, select

from academic.courses.courses import CourseChanges, update_course
from academic.enrollments.entering import NewEnrollment, enrol
from academic.structure.org_units import NewOrgUnit, OrgUnitChanges, create_org_unit, update_org_unit
from federation.delivery.gone import forget_some
from federation.moderation.actors import restore_actor, suspend_actor
from federation.moderation.history import Because
from federation.tables.actors import actors
from federation.tables.posts import posts as post_rows
from kernel.outbox.batches import UnableToHandle
from search.documents.reading import read_documents
from search.documents.tokens import MEMBERS, PUBLIC
from search.engine import SearchUnavailable
from search.indexing.queue import lag_of
from search.indexing.refusals import refusals
from search.indexing.storing import store_reading
from search.model import Document, Kind, Reference
from tests.fediverse import person, stranger
from tests.integration.posts.acting import deletes, likes, posts
from tests.integration.search.indexing.libraries import Library

_CONSENT = "mutation($input: UpdateUserInput!) { updateUser(input: $input) { user { isSearchable } userErrors { code } } }"


async def rename(library: Library, name: str, title: str, *, at: str = "alpha") -> None:
    """A course is called differently."""
    world = library.world
    async with world.door.write(world.as_system(at)) as tx:
        await update_course(tx, course_id=world[at].number(name), changes=CourseChanges(title={"en": title}))


async def test_a_course_and_its_offerings_follow_a_new_title(library: Library) -> None:
    await rename(library, "course:2", "Astronomy")
    await library.catch_up()
    for kind, name in ((Kind.COURSE, "course:2"), (Kind.OFFERING, "offering:2")):
        document = library.document(kind, name)
        assert document.titles == {"en": "Astronomy"}


async def test_a_batch_reads_each_row_once(library: Library) -> None:
    await library.number()
    for number in range(20):
        await rename(library, "course:1", f"Title {number}")
    before = library.engine.stores
    await library.catch_up()
    assert library.engine.stores - before == 2  # of the institution's own set and the published one
    document = library.document(Kind.COURSE, "course:1")
    assert document.titles == {"en": "Title 19"}


async def test_somebody_who_enrols_is_found_by_their_teachers(library: Library) -> None:
    world = library.world
    offering = world["alpha"].number("offering:2")
    async with world.door.write(world.as_system("alpha")) as tx:
        user = world["alpha"].number("user:analyst")
        await enrol(tx, enrollment=NewEnrollment(offering_id=offering, user_id=user))
    await library.catch_up()
    document = library.document(Kind.USER, "user:analyst")
    assert f"taught:{offering}" in document.audience
    course, taken = library.document(Kind.COURSE, "course:2"), library.document(Kind.OFFERING, "offering:2")
    assert course.popularity == 1
    assert taken.popularity == 1


async def test_who_teaches_is_found_by_members_with_their_consent(library: Library) -> None:
    for consents in (True, False):
        given = {"id": library.world["alpha"].ids["user:instructor"], "isSearchable": consents}
        await library.world.data(_CONSENT, {"input": given}, role="instructor")
        await library.catch_up()
        document = library.document(Kind.USER, "user:instructor")
        assert (MEMBERS in document.audience) is consents


async def test_posts_come_and_go(library: Library) -> None:
    author = await person(library.world, is_discoverable=True)
    post_id = await posts(author, "The comet is seen tonight", language="en")
    reference = Reference(Kind.POST, post_id)
    await library.catch_up()
    document = library.stored(reference)
    assert document.texts == {"en": "The comet is seen tonight"}
    assert {PUBLIC, MEMBERS, f"by:{author.actor_id}", f"written:{author.user_id}"} <= document.audience
    await likes(await person(library.world), post_id)
    await library.catch_up()
    liked = library.stored(reference)
    assert liked.popularity == 1
    await deletes(author, post_id)
    await library.catch_up()
    assert not library.holds(reference)


@pytest.mark.parametrize("visibility", ["unlisted", "followers", "direct"])
async def test_what_is_not_for_all_is_no_document(library: Library, visibility: str) -> None:
    author, other = await person(library.world), await person(library.world)
    post_id = await posts(author, "Between us", visibility=visibility, mentioned_ids=(other.actor_id,))
    await library.catch_up()
    assert not library.holds(Reference(Kind.POST, post_id))


async def test_who_does_not_want_to_be_found_is_found_by_members_alone(library: Library) -> None:
    author = await person(library.world, is_discoverable=False)
    post_id = await posts(author, "Quietly")
    await library.catch_up()
    document = library.stored(Reference(Kind.POST, post_id))
    assert MEMBERS in document.audience
    assert PUBLIC not in document.audience


async def test_what_a_warning_hides_is_no_text(library: Library) -> None:
    author = await person(library.world)
    post_id = await posts(author, "The butler did it", content_warning="End of the novel", language="en")
    await library.catch_up()
    document = library.stored(Reference(Kind.POST, post_id))
    assert document.texts == {"en": "End of the novel"}


async def test_the_posts_of_suspended_people_are_gone_until_they_are_let_in_again(library: Library) -> None:
    author = await person(library.world)
    post_id = await posts(author, "Here I am")
    await library.catch_up()
    assert library.holds(Reference(Kind.POST, post_id))
    moderator = await library.world.principal("alpha", "tenant_admin")
    for operation, is_found in ((suspend_actor, False), (restore_actor, True)):
        async with library.world.door.write(moderator) as tx:
            await operation(tx, actor_id=author.actor_id, because=Because("it was said so"))
        await library.catch_up()
        assert library.holds(Reference(Kind.POST, post_id)) is is_found


async def test_a_unit_that_moves_takes_all_that_is_below(library: Library) -> None:
    world = library.world
    faculty, student = world["alpha"].number("faculty"), world["alpha"].number("user:student")
    async with world.door.write(world.as_system("alpha")) as tx:
        parent = await create_org_unit(
            tx, org_unit=NewOrgUnit(code="S", name={"en": "School"}, kind="school")
        )
        await update_org_unit(tx, org_unit_id=faculty, changes=OrgUnitChanges(parent_id=parent))
    await library.number()
    await library.consume()
    assert not (await library.waiting()).is_complete
    await library.catch_up()
    assert (await library.waiting()).is_complete
    references = [
        Reference(Kind.ORG_UNIT, faculty),
        *(Reference(Kind.COURSE, world["alpha"].number(f"course:{n}")) for n in range(1, 6)),
        *(Reference(Kind.OFFERING, world["alpha"].number(f"offering:{n}")) for n in range(1, 6)),
    ]
    for reference in references:
        document = library.stored(reference)
        assert f"catalog:{parent}" in document.audience
    person_found = library.stored(Reference(Kind.USER, student))
    assert f"users:{parent}" in person_found.audience


async def test_nothing_is_skipped_while_the_engine_is_away(library: Library) -> None:
    await library.catch_up()
    library.engine.is_away = True
    await rename(library, "course:2", "Missed by nobody")
    await library.number()
    with pytest.raises(UnableToHandle) as failure:
        await library.consume()
    assert isinstance(failure.value.__cause__, SearchUnavailable)
    lag = await lag_of(library.shards["one"])
    assert lag.positions >= 1
    assert lag.seconds > 0
    library.engine.is_away = False
    await library.consume()
    document = library.document(Kind.COURSE, "course:2")
    assert document.titles == {"en": "Missed by nobody"}
    assert (await lag_of(library.shards["one"])).positions == 0


async def test_a_document_that_fits_nowhere_is_set_aside_and_holds_back_nothing(library: Library) -> None:
    course = library.world["alpha"].number("course:2")

    def is_odd(document: Document) -> bool:
        return document.titles.get("en") == "Odd"

    library.engine.unfit = is_odd
    await rename(library, "course:2", "Odd")
    await rename(library, "course:4", "Even")
    await library.catch_up()
    even = library.document(Kind.COURSE, "course:4")
    assert even.titles == {"en": "Even"}
    assert not library.has(Kind.COURSE, "course:2")  # what it was says what it no longer does
    (aside,) = [one for one in await refusals(library.shards["one"]) if one.reference.id == course]
    assert (aside.why, aside.attempts, aside.is_published) == ("it does not fit", 1, False)
    await rename(library, "course:2", "No longer")
    await library.catch_up()
    assert library.has(Kind.COURSE, "course:2")
    assert not [one for one in await refusals(library.shards["one"]) if one.reference.id == course]


async def test_what_is_older_does_not_overwrite_what_is_newer(library: Library) -> None:
    await library.catch_up()
    indexer, tenant = library.indexer, library.world["alpha"].tenant
    reference = Reference(Kind.COURSE, library.world["alpha"].number("course:2"))
    async with indexer.door.read(tenant) as driver:  # somebody reads, and is slow to store
        old = await read_documents(driver, tenant, [reference])
        await rename(library, "course:2", "Newest")
        await library.catch_up()
    await store_reading(library.engine, tenant, [reference], old)
    document = library.stored(reference)
    assert document.titles == {"en": "Newest"}


async def test_the_posts_behind_an_inbox_that_closed_are_gone(library: Library) -> None:
    world = library.world
    author = await stranger(world, "closed", host="closed.example", is_discoverable=True)
    address = f"https://closed.example/notes/{author}"
    async with world.door.write(world.as_system("alpha")) as tx:
        post_id = tx.new_id()
        await tx.connection.execute(
            insert(post_rows).values(
                tenant_id=tx.tenant_id,
                id=post_id,
                actor_id=author,
                address=address,
                is_local=False,
                content="<p>The shop is closed</p>",
                visibility="public",
                conversation_id=post_id,
                published_at=tx.now,
                created_at=tx.now,
                updated_at=tx.now,
            )
        )
        await tx.announce("post.published", "post", post_id, actor=author)
        row = actors.c
        own = select(row.inbox).where(row.tenant_id == tx.tenant_id, row.id == author)
        inbox = (await tx.connection.execute(own)).scalar_one()
    await library.catch_up()
    reference = Reference(Kind.POST, post_id)
    assert library.holds(reference)
    async with world.door.write(world.as_system("alpha")) as tx:
        await forget_some(tx, inbox, "closed.example")
    assert reference in (await library.waiting()).references
    await library.catch_up()
    assert not library.holds(reference)

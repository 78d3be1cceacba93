"""What people are told of their studies, and those who run the institution of their work."""

from typing import Any

from sqlalchemy import text

from academic.courses.lifecycle import cancel_offering, change_capacity, publish_offering
from academic.courses.offerings import NewOffering, OfferingChanges, create_offering, update_offering
from academic.enrollments.acting import approve, withdraw
from academic.enrollments.entering import NewEnrollment, enrol
from academic.model.states import EnrollmentRole
from academic.oneroster.telling import EVENT as IMPORT_EVENT
from academic.oneroster.telling import telling
from federation.moderation.reports import file_remote_report
from federation.tables.notifications import notifications
from kernel.database.roles import DatabaseRole
from tests.fediverse import Person, person, rows, stranger
from tests.integration.notifications.told import items_of, kinds_of, letters_of, reachable, tell, told_of
from tests.world import World

PARTICIPANTS = 5_000


async def _offering(world: World, code: str, **given: Any) -> int:
    async with world.door.write(world.as_system("alpha")) as tx:
        made = NewOffering(
            course_id=world["alpha"].number("course:1"),
            academic_session_id=world["alpha"].number("session"),
            code=code,
            **given,
        )
        offering_id = await create_offering(tx, offering=made)
        await publish_offering(tx, offering_id=offering_id)
    return offering_id


async def _enrols(world: World, someone: Person, offering_id: int, **given: Any) -> int:
    async with world.door.write(world.as_system("alpha")) as tx:
        made = NewEnrollment(offering_id=offering_id, user_id=someone.user_id, **given)
        return await enrol(tx, enrollment=made)


async def test_who_moves_up_from_the_waitlist_is_told(world: World) -> None:
    offering_id = await _offering(world, "N-UP", capacity=1)
    first, second = await person(world, "first"), await person(world, "second")
    enrollment_id = await _enrols(world, first, offering_id)
    waiting_id = await _enrols(world, second, offering_id)
    async with world.door.write(world.as_system("alpha")) as tx:
        await withdraw(tx, enrollment_id=enrollment_id)
    await tell(world)
    (told,) = await told_of(world, second.user_id)
    assert told["kind"] in ("promoted", "seat_offered")
    assert (told["enrollment_id"], told["offering_id"]) == (waiting_id, offering_id)
    assert await told_of(world, first.user_id) == []


async def test_who_asked_is_told_what_was_decided(world: World) -> None:
    offering_id = await _offering(world, "N-ASK", approval_required=True)
    someone = await person(world, "asker")
    async with world.door.write(someone.principal) as tx:
        enrollment_id = await enrol(tx, enrollment=NewEnrollment(offering_id=offering_id))
    await tell(world)
    assert await told_of(world, someone.user_id) == []
    async with world.door.write(world.as_system("alpha")) as tx:
        await approve(tx, enrollment_id=enrollment_id)
    await tell(world)
    (told,) = await told_of(world, someone.user_id)
    assert (told["kind"], told["details"]) == ("request_decided", {"state": "active"})


async def test_participants_are_told_of_changes_that_matter_and_once_until_they_read(world: World) -> None:
    offering_id = await _offering(world, "N-CHANGE")
    student, staff = await person(world, "student"), await person(world, "staff")
    await _enrols(world, student, offering_id)
    await _enrols(world, staff, offering_id, role=EnrollmentRole.INSTRUCTOR)

    async def changes(**given: Any) -> None:
        async with world.door.write(world.as_system("alpha")) as tx:
            await update_offering(tx, offering_id=offering_id, changes=OfferingChanges(**given))

    await changes(code="N-OTHER")  # nobody comes to another room because of it
    async with world.door.write(world.as_system("alpha")) as tx:
        await change_capacity(tx, offering_id=offering_id, capacity=30)
    await tell(world)
    assert await kinds_of(world, student.user_id) == []
    await changes(title={"en": "A new title"})
    await changes(title={"en": "A newer title"})
    await tell(world)
    await changes(title={"en": "The newest title"})
    await tell(world)
    (told,) = await told_of(world, student.user_id)
    assert told["details"] == {"changed": ["title"]}
    assert await kinds_of(world, staff.user_id) == ["offering_changed"]
    async with world.door.write(world.as_system("alpha")) as tx:
        read = notifications.update().where(notifications.c.user_id == student.user_id).values(is_read=True)
        await tx.connection.execute(read)
    await changes(title={"en": "The last title"})
    await tell(world)
    assert await kinds_of(world, student.user_id) == ["offering_changed", "offering_changed"]


async def test_five_thousand_participants_of_a_cancelled_offering_are_three_statements(world: World) -> None:
    offering_id = await _offering(world, "N-CANCEL")
    someone = await person(world, "participant")
    await reachable(someone)
    async with world.door.write(world.as_system("alpha")) as tx:
        first, values = (
            tx.new_id(),
            {"tenant": tx.tenant_id, "offering": offering_id, "count": PARTICIPANTS - 1},
        )
        await tx.connection.execute(text(_CROWD), {**values, "first": first})
    await _enrols(world, someone, offering_id)
    await tell(world)
    async with world.door.write(world.as_system("alpha")) as tx:
        await cancel_offering(tx, offering_id=offering_id)
    asked = await tell(world, sends_mail=True)
    told = await rows(world, notifications, offering_id=offering_id, kind="offering_cancelled")
    assert len(told) == len({one["user_id"] for one in told}) == PARTICIPANTS
    own = asked[asked.index(f"SET LOCAL app.tenant_id = '{world['alpha'].tenant.id}'") :]
    assert "first_id_of" in own[1]
    assert [one for one in own if "fediflow.notifications" in one] == own[2:3]
    (letter,) = await letters_of(world, someone.user_id)
    assert len(await items_of(world, letter["id"])) == 1


async def test_those_who_watch_imports_are_told_that_one_ended_and_of_no_dry_run(world: World) -> None:
    admin, registrar, student = (
        world["alpha"].number(f"user:{one}") for one in ("tenant_admin", "registrar", "student")
    )
    await tell(world)  # of what happened before
    before = len(await kinds_of(world, admin))
    async with world.door.write(world.as_system("alpha")) as tx:
        for number, (state, dry_run) in enumerate(
            [("running", False), ("loaded", False), ("checked", True), ("failed", True)], 1
        ):
            payload = {"state": state, "dry_run": dry_run, "rows": 7, "errors": 0}
            await tx.announce(IMPORT_EVENT, "import", tx.new_id() + number, **payload)
    await tell(world)
    assert (await kinds_of(world, admin))[before:] == ["import_finished"]
    details = (await told_of(world, registrar))[-1]["details"]
    assert details.pop("about").startswith("import_")
    assert details == {"state": "loaded", "rows": 7, "errors": 0}
    assert "import_finished" not in await kinds_of(world, student)


async def test_who_started_an_import_is_told_that_it_ended_and_nobody_else(world: World) -> None:
    admin, someone = world["alpha"].number("user:tenant_admin"), await person(world, "importer")
    await tell(world)  # of what happened before
    before = len(await kinds_of(world, admin))
    login = world.databases.shards["one"]
    engine = world.databases.engine(login, DatabaseRole.WORKER, pool_size=2)
    async with world.door.write(world.as_system("alpha")) as tx:
        import_id = tx.new_id()
    async with telling(
        engine, world["alpha"].tenant.id, import_id, dry_run=False, by=someone.user_id
    ) as told:
        told.failed()
    await engine.dispose()
    await tell(world)
    assert len(await kinds_of(world, admin)) == before
    (one,) = await told_of(world, someone.user_id)
    assert (one["kind"], one["details"]) == (
        "import_finished",
        {"state": "failed", "about": f"import_{import_id}"},
    )


async def test_reports_are_told_to_moderators_but_not_to_whom_they_are_about(world: World) -> None:
    admin = world["alpha"].number("user:tenant_admin")
    target, reporter = await person(world, "target"), await stranger(world)
    async with world.door.write(world.as_system("alpha")) as tx:
        report_id = await file_remote_report(
            tx,
            reporter_id=reporter,
            target_id=target.actor_id,
            post_ids=(),
            complaint="rude",
            activity_address=f"https://far.example/flags/{reporter}",
        )
    await tell(world)
    told = (await told_of(world, admin))[-1]
    assert (told["kind"], told["details"]) == ("report_filed", {"about": f"report_{report_id}"})
    assert await told_of(world, target.user_id) == []


_CROWD = """
with made as (
    insert into fediflow.users (tenant_id, id, handle, given_name, family_name, display_name, created_at, updated_at)
    select :tenant, cast(:first as bigint) + n, 'crowd-' || n, 'C', 'D', 'C D', now(), now()
    from generate_series(1, cast(:count as int)) n
    returning id
)
insert into fediflow.enrollments
    (tenant_id, id, offering_id, user_id, role, state, state_changed_at, created_at, updated_at)
select :tenant, made.id, :offering, made.id, 'student', 'active', now(), now(), now() from made
"""

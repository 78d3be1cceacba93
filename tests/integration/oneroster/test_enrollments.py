"""Enrollments: the strongest role, the steps, the seats, and what people decided here."""

from typing import Any

from academic.courses.lifecycle import change_capacity
from academic.enrollments.acting import withdraw
from academic.enrollments.entering import NewEnrollment, enrol
from academic.oneroster.faults import Rule
from academic.oneroster.report import Counts
from academic.tables import (
    enrollment_external_ids,
    enrollment_transitions,
    enrollments,
    offering_external_ids,
    offering_seats,
    offerings,
)
from kernel.outbox.tables import outbox
from tenants.authority import system_principal
from tenants.people.operations import NewUser, create_user
from tenants.tables import user_external_ids, users
from tests.integration.oneroster.sets import Changes, roster
from tests.integration.oneroster.world import Place

STAMP = "2026-11-01T00:00:00.000Z"


def changed(**rows: str | None) -> Changes:
    return {"enrollments": dict(rows)}


async def by_person(place: Place) -> dict[str, dict[str, Any]]:
    """The enrollments by the sourcedId of their person."""
    names = {row["id"]: source for source, row in (await place.sourced(users, user_external_ids)).items()}
    return {names.get(row["user_id"], "?"): row for row in await place.rows(enrollments)}


async def seats(place: Place) -> dict[str, Any]:
    (row,) = await place.rows(offering_seats)
    return row


async def test_the_strongest_of_several_roles_is_kept_and_the_others_named(place: Place) -> None:
    several = changed(
        e4="e4,,,optics-a,uni,ada,proctor,,,",
        e5="e5,,,optics-a,uni,ada,ext:teacherAssistant,,,",
        e6="e6,,,optics-a,uni,ada,guardian,,,".replace("guardian", "ext:guardian"),
    )
    report = await place.load(roster(several))
    assert report.counts["enrollments"] == Counts(created=3, skipped=3)
    named = [(fault.rule, fault.value, fault.expected) for fault in report.faults]
    assert (Rule.SEVERAL_ENROLLMENTS, "student", "e1") in named
    assert (Rule.SEVERAL_ENROLLMENTS, "proctor", "e4") in named
    assert (Rule.ROLE_UNKNOWN, "ext:guardian", "") in named
    assert (await by_person(place))["ada"]["role"] == "assistant"
    assert (await seats(place))["taken"] == 1  # only eve studies
    assert (await place.load(roster(several))).counts["enrollments"] == Counts(unchanged=3, skipped=3)


async def test_a_day_that_is_over_ends_an_enrollment(place: Place) -> None:
    await place.load(
        roster(
            {
                "academicSessions": {
                    "past": "past,,,Past,term,2025-09-01,2026-01-31,,2026",
                },
                "classes": {"old": "old,,,Old,optics,O,scheduled,,uni,past"},
                "enrollments": {
                    "p1": "p1,,,old,uni,ada,student,,2025-09-01,2026-01-31",
                    "p2": "p2,,,old,uni,eve,student,,2025-09-01,2025-10-15",
                    "p3": "p3,,,old,uni,bao,teacher,,,",
                },
            }
        )
    )
    old = (await place.sourced(offerings, offering_external_ids))["old"]
    found = await place.rows(enrollments, offering_id=old["id"])
    assert sorted(row["state"] for row in found) == ["active", "completed", "withdrawn"]
    (row,) = await place.rows(offering_seats, offering_id=old["id"])
    assert row["taken"] == 1


async def test_one_who_teaches_from_later_on_is_loaded_later(place: Place) -> None:
    report = await place.load(
        roster(
            changed(
                e2="e2,,,optics-a,uni,bao,teacher,,2026-12-01,",
                e3="e3,,,optics-a,uni,eve,student,,2026-12-01,",
            )
        )
    )
    assert report.counts["enrollments"] == Counts(created=2, skipped=1)
    assert Rule.NOT_BEGUN in {fault.rule for fault in report.faults}
    assert set(await by_person(place)) == {"ada", "eve"}


async def test_an_import_may_exceed_the_capacity(place: Place) -> None:
    await place.load(roster())
    (offering,) = await place.rows(offerings)
    async with place.door.write(system_principal(place.tenant)) as tx:
        await change_capacity(tx, offering_id=offering["id"], capacity=2)
    await place.load(
        roster(
            {
                "users": {"zoe": "zoe,,,true,zoe,,Zoe,Ito,"},
                "enrollments": {"e4": "e4,,,optics-a,uni,zoe,student,,,"},
            }
        )
    )
    assert ((await seats(place))["capacity"], (await seats(place))["taken"]) == (2, 3)


async def test_a_seat_the_file_frees_goes_to_who_waits(place: Place) -> None:
    await place.load(roster())
    (offering,) = await place.rows(offerings)
    async with place.door.write(system_principal(place.tenant)) as tx:
        await change_capacity(tx, offering_id=offering["id"], capacity=2)
        waiting = await create_user(tx, user=NewUser("waiting", "Wai", "Ting"))
        enrolled = await enrol(tx, enrollment=NewEnrollment(offering["id"], user_id=waiting))
    assert (await seats(place))["waitlisted"] == 1
    gone = changed(e3=f"e3,tobedeleted,{STAMP},optics-a,uni,eve,student,,,")
    assert (await place.load(roster(gone))).counts["enrollments"] == Counts(archived=1, unchanged=2)
    (promoted,) = await place.rows(enrollments, id=enrolled)
    assert promoted["state"] == "active"
    row = await seats(place)
    assert (row["taken"], row["waitlisted"]) == (2, 0)
    last = [one for one in await place.rows(outbox) if one["event"] == "offering.seats_changed"][-1]
    was = {"capacity": 2, "taken": 1}
    assert last["payload"] == {"capacity": 2, "taken": 2, "waitlisted": 0, "was": was}


async def test_the_file_decides_about_who_waits(place: Place) -> None:
    await place.load(roster(changed(e3=None)))
    (offering,) = await place.rows(offerings)
    eve = (await place.sourced(users, user_external_ids))["eve"]
    async with place.door.write(system_principal(place.tenant)) as tx:
        await change_capacity(tx, offering_id=offering["id"], capacity=1)
        await enrol(tx, enrollment=NewEnrollment(offering["id"], user_id=eve["id"]))
    assert (await by_person(place))["eve"]["state"] == "waitlisted"
    assert (await place.load(roster())).counts["enrollments"] == Counts(updated=1, unchanged=2)
    enrolled = (await by_person(place))["eve"]
    assert (enrolled["state"], enrolled["waitlist_rank"]) == ("active", None)
    row = await seats(place)
    assert (row["taken"], row["waitlisted"]) == (2, 0)


async def test_what_somebody_ended_here_is_not_undone(place: Place) -> None:
    await place.load(roster())
    enrolled = (await by_person(place))["eve"]
    async with place.door.write(system_principal(place.tenant)) as tx:
        await withdraw(tx, enrollment_id=enrolled["id"])
    report = await place.load(roster())
    assert report.counts["enrollments"] == Counts(unchanged=3)
    assert (Rule.DECIDED_HERE, "e3") in {(fault.rule, fault.value) for fault in report.faults}
    assert (await by_person(place))["eve"]["state"] == "withdrawn"


async def test_what_a_file_ended_a_file_begins_again(place: Place) -> None:
    await place.load(roster())
    await place.load(roster(changed(e3=f"e3,tobedeleted,{STAMP},optics-a,uni,eve,student,,,")))
    assert (await place.load(roster())).counts["enrollments"] == Counts(updated=1, unchanged=2)
    enrolled = (await by_person(place))["eve"]
    steps = await place.rows(enrollment_transitions, enrollment_id=enrolled["id"])
    assert [(step["from_state"], step["to_state"]) for step in steps] == [
        (None, "active"),
        ("active", "withdrawn"),
        ("withdrawn", "active"),
    ]
    assert {(step["action"], step["actor_id"]) for step in steps} == {("import", None)}


async def test_an_enrollment_that_moves_to_another_class_leaves_the_first(place: Place) -> None:
    other = {"optics-b": "optics-b,,,Optics B,optics,B,scheduled,,uni,autumn"}
    await place.load(roster({"classes": other}))
    moved = {"classes": other, "enrollments": {"e3": "e3,,,optics-b,uni,eve,student,,,"}}
    report = await place.load(roster(moved))
    assert report.counts["enrollments"] == Counts(created=1, archived=1, unchanged=2)
    offered = await place.sourced(offerings, offering_external_ids)
    taken = {row["offering_id"]: row["taken"] for row in await place.rows(offering_seats)}
    assert taken == {offered["optics-a"]["id"]: 1, offered["optics-b"]["id"]: 1}
    (named,) = await place.rows(enrollment_external_ids, value="e3")
    (there,) = await place.rows(enrollments, offering_id=offered["optics-b"]["id"])
    assert named["enrollment_id"] == there["id"]
    assert (await place.load(roster(moved))).counts["enrollments"] == Counts(unchanged=3)


async def test_a_row_under_a_new_sourced_id_is_the_same_enrollment(place: Place) -> None:
    await place.load(roster())
    renamed = changed(e3=None, f3="f3,,,optics-a,uni,eve,student,,,")
    assert (await place.load(roster(renamed))).counts["enrollments"] == Counts(updated=1, unchanged=2)
    assert {row["value"] for row in await place.rows(enrollment_external_ids)} == {"e1", "e2", "f3"}
    assert len(await place.rows(enrollments)) == 3
    assert (await place.load(roster(renamed))).counts["enrollments"] == Counts(unchanged=3)


async def test_an_enrollment_that_changes_its_row_while_another_takes_it_over(place: Place) -> None:
    other = {"optics-b": "optics-b,,,Optics B,optics,B,scheduled,,uni,autumn"}
    await place.load(roster({"classes": other}))
    rows = {
        "e3": "e3,,,optics-b,uni,eve,student,,,",
        "f3": "f3,,,optics-a,uni,eve,student,,,",  # what e3 was before
        "g1": f"g1,tobedeleted,{STAMP},optics-a,uni,ada,student,,,",
        "g2": f"g2,tobedeleted,{STAMP},optics-b,uni,ada,student,,,",
    }
    report = await place.load(roster({"classes": other, "enrollments": dict(rows)}))
    assert report.counts["enrollments"] == Counts(created=1, updated=1, unchanged=2, ended=1, skipped=1)
    assert [fault.row for fault in report.faults if fault.rule is Rule.SEVERAL_ENROLLMENTS] == [6]
    assert {row["state"] for row in await place.rows(enrollments)} == {"active"}

"""Users and roles: who is found again, what they are called, what they may."""

from datetime import UTC, datetime

from sqlalchemy import insert, update

from academic.oneroster.faults import Rule
from academic.oneroster.report import Counts
from kernel.outbox.tables import outbox
from tenants.authority import system_principal
from tenants.people.emails import NewEmail
from tenants.people.operations import NewUser, create_user
from tenants.tables import (
    credentials,
    org_unit_external_ids,
    org_units,
    role_assignments,
    sessions,
    user_emails,
    user_external_ids,
    users,
)
from tests.integration.oneroster.sets import delta, roster
from tests.integration.oneroster.world import NOW, Place

STAMP = "2026-11-01T00:00:00.000Z"


async def by_source(place: Place) -> dict[str, dict[str, object]]:
    return await place.sourced(users, user_external_ids)


async def test_people_have_their_names_address_and_ids(place: Place) -> None:
    await place.load(roster())
    people = await by_source(place)
    assert people["bao"]["display_name"] == "寶 黃"
    assert people["bao"]["handle"] == "bao"
    addresses = {row["user_id"]: row for row in await place.rows(user_emails)}
    assert addresses[people["ada"]["id"]]["address"] == "ada@example.edu"
    assert addresses[people["ada"]["id"]]["verified_at"] is None
    (ldap,) = await place.rows(user_external_ids, type="LDAP")
    assert (ldap["user_id"], ldap["value"]) == (people["ada"]["id"], "1")


async def test_handles_are_made_valid_and_nobody_elses(place: Place) -> None:
    await place.load(
        roster(
            {
                "users": {
                    "a2": "a2,,,true,ADA@other.example,,Ada,Byron,",
                    "a3": "a3,,,true,Ådá,,Ada,King,",
                    "hana": "hana,,,true,花子,,花子,山田,",
                }
            }
        )
    )
    people = await by_source(place)
    assert [people[source]["handle"] for source in ("ada", "a2", "a3")] == ["ada", "ada-2", "ada-3"]
    assert str(people["hana"]["handle"]).startswith("user-")
    await place.load(roster({"users": {"ada": "ada,,,true,renamed,,Ada,Lovelace,ada@example.edu"}}))
    assert (await by_source(place))["ada"]["handle"] == "ada"  # it is how she signs in


async def test_a_person_added_here_is_found_by_the_address(place: Place) -> None:
    async with place.door.write(system_principal(place.tenant)) as tx:
        made = await create_user(
            tx, user=NewUser("countess", "Augusta", "King", emails=[NewEmail("ADA@example.edu")])
        )
        other = await create_user(tx, user=NewUser("eve", "Eve", "Smith"))
        same = await create_user(tx, user=NewUser("bao", "寶", "黃"))
    report = await place.load(roster())
    assert report.counts["users"] == Counts(created=1, updated=2)
    people = await by_source(place)
    assert (people["ada"]["id"], people["ada"]["handle"]) == (made, "countess")
    assert people["ada"]["display_name"] == "Ada Lovelace"
    assert people["bao"]["id"] == same  # the handle and both names agree, and no address speaks against it
    assert people["eve"]["id"] != other  # a handle alone says nothing
    assert people["eve"]["handle"] == "eve-2"
    assert (await place.load(roster())).counts["users"] == Counts(unchanged=3)


async def test_somebody_elses_address_is_left_out(place: Place) -> None:
    await place.load(roster())
    report = await place.load(delta({"users": [f"new,active,{STAMP},true,new,,New,Comer,Ada@Example.edu"]}))
    assert report.is_loaded
    assert ("users.csv", 2, "email", Rule.EMAIL_TAKEN) in {
        (fault.file, fault.row, fault.column, fault.rule) for fault in report.faults
    }
    people = await by_source(place)
    assert await place.rows(user_emails, user_id=people["new"]["id"]) == []
    assert people["new"]["id"] != people["ada"]["id"]


async def test_a_new_address_takes_the_place_of_the_old_one(place: Place) -> None:
    await place.load(roster())
    moved = {"users": {"ada": "ada,,,true,ada,{LDAP:1},Ada,Lovelace,countess@example.edu"}}
    assert (await place.load(roster(moved))).counts["users"] == Counts(updated=1, unchanged=2)
    people = await by_source(place)
    (address,) = await place.rows(user_emails, user_id=people["ada"]["id"])
    assert (address["address"], address["is_primary"]) == ("countess@example.edu", True)


async def test_a_file_never_says_who_signs_in(place: Place) -> None:
    oidc = {"users": {"eve": 'eve,,,true,eve,"{oidc:https://idp|admin},{LDAP:7}",Eve,Okafor,'}}
    report = await place.load(roster(oidc))
    assert report.is_loaded
    assert await place.rows(user_external_ids, type="oidc") == []
    assert len(await place.rows(user_external_ids, value="7")) == 1


async def test_tobedeleted_and_disabled_people_are_suspended_and_shut_out(place: Place) -> None:
    await place.load(roster())
    people = await by_source(place)
    async with place.door.write(system_principal(place.tenant)) as tx:
        await tx.connection.execute(
            insert(sessions).values(
                tenant_id=place.tenant.id,
                id=place.new_id(),
                user_id=people["ada"]["id"],
                created_at=NOW,
                expires_at=datetime(2027, 1, 1, tzinfo=UTC),
            )
        )
    gone = {
        "users": {
            "ada": f"ada,tobedeleted,{STAMP},true,ada,{{LDAP:1}},Ada,Lovelace,ada@example.edu",
            "bao": "bao,,,false,bao,,寶,黃,bao@example.edu",
        }
    }
    report = await place.load(roster(gone))
    assert report.counts["users"] == Counts(archived=2, unchanged=1)
    people = await by_source(place)
    assert [people[source]["status"] for source in ("ada", "bao", "eve")] == [
        "suspended",
        "suspended",
        "active",
    ]
    (session,) = await place.rows(sessions)
    assert (session["ended_at"], session["end_reason"]) == (NOW, "suspended")
    told = [row for row in await place.rows(outbox) if row["event"] == "access.revoked"]
    assert {people["ada"]["id"], people["bao"]["id"]} <= {row["object_id"] for row in told}
    assert all(row["payload"]["kind"] == "user" and row["payload"]["event_id"] for row in told)
    # the same events were told before the report came
    assert place.revoked.items() >= {(row["object_id"], row["payload"]["event_id"]) for row in told}
    assert (await place.load(roster(gone))).counts["users"] == Counts(unchanged=3)


async def test_a_file_lifts_no_suspension(place: Place) -> None:
    await place.load(roster({"users": {"bao": "bao,,,false,bao,,寶,黃,bao@example.edu"}}))
    report = await place.load(roster())
    assert (Rule.STAYS_SUSPENDED, 3, "sourcedId", "bao") in {
        (fault.rule, fault.row, fault.column, fault.value) for fault in report.faults
    }
    assert (await by_source(place))["bao"]["status"] == "suspended"


async def test_the_erased_are_left_alone_and_each_of_their_rows_says_so(place: Place) -> None:
    await place.load(roster())
    people = await by_source(place)
    async with place.door.write(system_principal(place.tenant)) as tx:
        await tx.connection.execute(
            update(users)
            .where(users.c.tenant_id == place.tenant.id, users.c.id == people["eve"]["id"])
            .values(status="deleted")
        )
    with_role = "r1,,,ada,primary,student,,,uni\nr3,,,eve,primary,student,,,uni"
    report = await place.load(roster({"roles": {"r1": with_role}}))
    assert report.counts["users"] == Counts(unchanged=2, skipped=1)
    assert report.counts["roles"] == Counts(unchanged=2, skipped=1)
    assert people["eve"]["id"] not in {row["user_id"] for row in await place.rows(role_assignments)}
    assert report.counts["enrollments"] == Counts(unchanged=2, skipped=1)
    assert [
        (fault.file, fault.row, fault.column) for fault in report.faults if fault.rule is Rule.ERASED
    ] == [
        ("users.csv", 4, "sourcedId"),
        ("roles.csv", 3, "userSourcedId"),
        ("enrollments.csv", 4, "userSourcedId"),
    ]


async def test_roles_are_given_in_their_unit_and_taken_back(place: Place) -> None:
    await place.load(roster())
    people, units = await by_source(place), await place.sourced(org_units, org_unit_external_ids)
    held = {(row["user_id"], row["role"], row["org_unit_id"]) for row in await place.rows(role_assignments)}
    assert held == {
        (people["ada"]["id"], "student", units["uni"]["id"]),
        (people["bao"]["id"], "instructor", units["physics"]["id"]),
    }
    gone = {"roles": {"r1": f"r1,tobedeleted,{STAMP},ada,primary,student,,,uni"}}
    assert (await place.load(roster(gone))).counts["roles"] == Counts(archived=1, unchanged=1)
    assert [row["role"] for row in await place.rows(role_assignments)] == ["instructor"]
    assert (await place.load(roster(gone))).counts["roles"] == Counts(ended=1, unchanged=1)


async def test_of_several_rows_for_one_role_each_is_counted(place: Place) -> None:
    rows = {
        "r1": "r1,,,ada,primary,student,2024-09-01,2025-01-31,uni",
        "r3": "r3,,,ada,primary,student,,,uni",
        "r4": "r4,,,ada,secondary,student,,,uni",
        "r5": "r5,,,ada,secondary,student,2025-09-01,2026-01-31,uni",
        "r6": "r6,,,eve,primary,teacher,2025-09-01,2026-01-31,uni",
        "r7": "r7,,,eve,primary,student,2027-02-01,,uni",
    }
    report = await place.load(roster({"roles": dict(rows)}))
    assert report.counts["roles"] == Counts(created=2, ended=3, repeated=1, skipped=1)
    (fault,) = [fault for fault in report.faults if fault.rule is Rule.NOT_BEGUN]
    assert (fault.file, fault.row, fault.column, fault.value) == ("roles.csv", 8, "beginDate", "2027-02-01")


async def test_a_file_appoints_no_administrator(place: Place) -> None:
    report = await place.load(roster({"roles": {"r3": "r3,,,eve,primary,systemAdministrator,,,uni"}}))
    assert report.counts["roles"] == Counts(created=2, skipped=1)
    assert {row["role"] for row in await place.rows(role_assignments)} == {"student", "instructor"}


async def test_a_role_given_by_a_person_is_not_taken_back(place: Place) -> None:
    await place.load(roster())
    people, units = await by_source(place), await place.sourced(org_units, org_unit_external_ids)
    async with place.door.write(system_principal(place.tenant)) as tx:
        await tx.connection.execute(
            insert(role_assignments).values(
                tenant_id=place.tenant.id,
                id=place.new_id(),
                user_id=people["eve"]["id"],
                role="student",
                org_unit_id=units["uni"]["id"],
                granted_by_id=people["bao"]["id"],
                created_at=NOW,
            )
        )
    report = await place.load(roster({"roles": {"r3": f"r3,tobedeleted,{STAMP},eve,primary,student,,,uni"}}))
    assert report.counts["roles"] == Counts(unchanged=3)


async def test_passwords_are_not_imported(place: Place) -> None:
    await place.load(roster())
    assert await place.rows(credentials) == []

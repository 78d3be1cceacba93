"""Real sample sets, loaded into a real database."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from academic.oneroster.faults import Rule
from academic.oneroster.report import Counts
from academic.tables import (
    academic_sessions,
    course_external_ids,
    courses,
    enrollment_transitions,
    enrollments,
    offering_external_ids,
    offering_seats,
    offerings,
)
from tenants.tables import (
    org_unit_ancestors,
    org_unit_external_ids,
    org_units,
    role_assignments,
    user_emails,
    user_external_ids,
    users,
)
from tests.integration.oneroster.sets import roster
from tests.integration.oneroster.world import Place, sample

CLEAN, IMPERFECT = "ms-sds-v2.1", "moodle-v1p2"
_SKIPS = Rule.ROLE_UNKNOWN  # the one rule of the samples by which rows are skipped


async def test_the_clean_sample_becomes_objects(place: Place) -> None:
    report = await place.load(sample(CLEAN))
    assert (report.is_loaded, report.error_count) == (True, 0)
    assert report.counts == {
        "orgs": Counts(created=4),
        "academicSessions": Counts(created=2),
        "courses": Counts(created=3),
        "classes": Counts(created=2),
        "users": Counts(created=8),
        "roles": Counts(ended=7),  # all of them ended in 2021 and 2022
        "enrollments": Counts(created=6),
    }
    units = await place.sourced(org_units, org_unit_external_ids)
    assert units["110001"]["name"] == {"en": "College of Engineering"}
    assert units["110001"]["kind"] == "faculty"
    assert units["110002"]["parent_id"] == units["110001"]["id"]
    sessions = await place.rows(academic_sessions)
    assert {row["code"]: row["kind"] for row in sessions} == {
        "SY2021K12": "academic_year",
        "FS2021HED": "semester",
    }
    found = await place.sourced(courses, course_external_ids)
    assert found["C12001"]["code"] == "CS101"
    assert found["C12001"]["sort_title"] == "Computer Science 101"
    offered = await place.sourced(offerings, offering_external_ids)
    cs = offered["112001"]
    assert (cs["code"], cs["state"], cs["title"]) == (
        "112001",
        "published",
        None,
    )  # its title is the course's
    assert offered["112002"]["title"] == {"en": "Biology 10"}
    assert str(cs["effective_ends_on"]) == "2021-12-01"
    seats = {row["offering_id"]: row["taken"] for row in await place.rows(offering_seats)}
    assert seats == {cs["id"]: 1, offered["112002"]["id"]: 3}
    people = {row["handle"]: row for row in await place.rows(users)}
    assert people["jcraig"]["display_name"] == "Jack Craig"
    addresses = {row["address"] for row in await place.rows(user_emails, is_primary=True)}
    assert addresses == {"bobsmithee@outlook.com", "jean.craig@outlook.com"}
    assert Counter((row["role"], row["state"]) for row in await place.rows(enrollments)) == {
        ("student", "active"): 4,
        ("instructor", "active"): 2,
    }
    steps = await place.rows(enrollment_transitions)
    assert {(step["from_state"], step["to_state"], step["action"], step["actor_id"]) for step in steps} == {
        (None, "active", "import", None)
    }


async def test_roles_hold_from_their_first_to_their_last_day(place: Place) -> None:
    in_term = await place.load(sample(CLEAN), now=datetime(2021, 10, 1, tzinfo=UTC))
    assert in_term.counts["roles"] == Counts(created=7)
    people = {row["id"]: row["handle"] for row in await place.rows(users)}
    units = {row["id"]: row["code"] for row in await place.rows(org_units)}
    held = {
        (people[row["user_id"]], row["role"], units[row["org_unit_id"]])
        for row in await place.rows(role_assignments)
    }
    assert ("jjonzer", "instructor", "110002") in held
    assert ("smiller", "student", "110001") in held
    after = await place.load(sample(CLEAN), now=datetime(2022, 1, 1, tzinfo=UTC))
    assert after.counts["roles"] == Counts(unchanged=5, archived=2)
    assert len(await place.rows(role_assignments)) == 5
    told = await place.events()
    assert (told.count("role.granted"), told.count("role.revoked"), told.count("access.revoked")) == (7, 2, 2)


async def test_the_closure_of_the_org_units_is_kept(place: Place) -> None:
    await place.load(sample(CLEAN))
    units = {
        row["id"]: source for source, row in (await place.sourced(org_units, org_unit_external_ids)).items()
    }
    links = {
        (units[row["ancestor_id"]], units[row["descendant_id"]], row["depth"])
        for row in await place.rows(org_unit_ancestors)
    }
    assert links == {
        *((unit, unit, 0) for unit in units.values()),
        ("110001", "110002", 1),
        ("110004", "110003", 1),
    }


async def test_the_imperfect_sample_loads_with_its_faults_named(place: Place) -> None:
    report = await place.load(sample(IMPERFECT))
    assert report.is_loaded
    named = Counter((fault.file, fault.column, fault.rule) for fault in report.faults)
    assert named[("users.csv", "prefferedGivenName", Rule.HEADER_SPELLING)] == 1
    assert named[("users.csv", "dateLastModified", Rule.DATE_TIME)] == 5
    assert named[("userprofiles.csv", "profileType", Rule.HEADER_MISSING)] == 1
    assert named[("academicSessions.csv", "status", Rule.STATUS)] == 1
    assert named[("classes.csv", "courseSourcedId", Rule.COURSE_FROM_CLASS)] == 1
    assert named[("users.csv", "userIds", Rule.USER_ID_TAKEN)] == 6  # LDAP:12 is four people's, LTI:15 two's
    assert named[("roles.csv", "role", Rule.ROLE_UNKNOWN)] == 2  # a site administrator and a guardian
    assert report.counts["classes"] == Counts(created=1, ended=1)
    assert report.counts["courses"] == Counts(created=1)
    assert report.counts["users"] == Counts(created=6)
    assert report.counts["roles"] == Counts(ended=5, skipped=2)
    assert report.counts["enrollments"] == Counts(created=3, ended=3)
    (course,) = await place.rows(courses)
    assert (course["code"], course["title"]) == ("crs-222-2023-456-12345", {"en": "Introduction to Physics"})
    (offering,) = await place.rows(offerings)
    assert (offering["code"], offering["place_name"]) == ("Phys 100 - 1", "Room 2-B")
    # They ended in June, before the class began in September.
    assert {row["state"] for row in await place.rows(enrollments)} == {"withdrawn"}
    (seats,) = await place.rows(offering_seats)
    assert seats["taken"] == 0
    assert "MJ Jones" in {row["display_name"] for row in await place.rows(users)}
    assert await place.rows(role_assignments) == []  # all of them ended in 2025
    ids = {(row["type"], row["value"]) for row in await place.rows(user_external_ids)}
    assert {("LDAP", "34"), ("Fed", "23"), ("identifier", "mary.jones")} <= ids
    assert not {("LDAP", "12"), ("LTI", "15")} & ids


async def test_every_fault_but_those_of_whole_files_says_where_it_is(place: Place) -> None:
    report = await place.load(sample(IMPERFECT))
    nowhere = {fault.rule for fault in report.faults if fault.row is None}
    assert nowhere == {Rule.FILE_NAME, Rule.FILE_NOT_IMPORTED}
    found_while_loading = [
        (fault.file, fault.row, fault.column, fault.value)
        for fault in report.faults
        if fault.rule in (Rule.COURSE_FROM_CLASS, Rule.USER_ID_TAKEN, Rule.ROLE_UNKNOWN)
    ]
    assert found_while_loading == [
        ("classes.csv", 2, "courseSourcedId", "crs-222-2023-456-12345"),
        *(("users.csv", row, "userIds", "{LDAP:12}") for row in (3, 4)),
        ("users.csv", 4, "userIds", "{LTI:15}"),
        ("users.csv", 5, "userIds", "{LDAP:12}"),
        ("users.csv", 5, "userIds", "{LTI:15}"),
        ("users.csv", 6, "userIds", "{LDAP:12}"),
        ("roles.csv", 4, "role", "siteAdministrator"),
        ("roles.csv", 8, "role", "guardian"),
    ]


@pytest.mark.parametrize("name", [CLEAN, IMPERFECT])
async def test_why_a_row_was_skipped_a_fault_says(place: Place, name: str) -> None:
    report = await place.load(sample(name))
    for file, counts in report.counts.items():
        said = {fault.row for fault in report.faults if (fault.file, fault.rule) == (f"{file}.csv", _SKIPS)}
        assert counts.skipped == len(said), file


async def test_a_fault_names_the_column_that_the_file_has(place: Place) -> None:
    await place.load(roster({"courses": {"other": "other,,,Something else,CS101,physics"}}))
    report = await place.load(sample(CLEAN))
    (fault,) = [fault for fault in report.faults if fault.rule is Rule.CODE_TAKEN]
    assert (fault.file, fault.row, fault.column, fault.value) == ("courses.csv", 2, "code", "CS101")


@pytest.mark.parametrize("name", [CLEAN, IMPERFECT])
async def test_a_second_import_changes_nothing(place: Place, name: str) -> None:
    first = await place.load(sample(name))
    before = await place.sizes()
    objects = [await place.rows(table) for table in (org_units, courses, offerings, users, enrollments)]
    second = await place.load(sample(name))
    assert sum(counts.changed for counts in first.counts.values()) > 0
    assert sum(counts.changed for counts in second.counts.values()) == 0
    assert await place.sizes() == before  # the outbox too
    assert [
        await place.rows(table) for table in (org_units, courses, offerings, users, enrollments)
    ] == objects


@pytest.mark.parametrize("name", [CLEAN, IMPERFECT])
async def test_a_dry_run_counts_the_same_and_leaves_nothing(place: Place, name: str) -> None:
    dry = await place.load(sample(name), dry_run=True)
    assert not dry.is_loaded
    assert set((await place.sizes()).values()) == {0}
    real = await place.load(sample(name))
    assert (real.counts, real.faults) == (dry.counts, dry.faults)


async def test_another_tenant_is_not_touched(place: Place, other_place: Place) -> None:
    await other_place.load(sample(CLEAN))
    before = await other_place.sizes()
    await place.load(sample(CLEAN))
    assert await other_place.sizes() == before
    assert await place.sizes() == before

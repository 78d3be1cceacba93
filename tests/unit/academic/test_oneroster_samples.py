"""Real sample sets, read where they are present: one clean, one imperfect on purpose."""

from collections import Counter
from pathlib import Path

import pytest

from academic.oneroster.faults import Rule
from academic.oneroster.records import Flavour, RosterSet, Status
from academic.oneroster.sources import FolderFiles
from academic.oneroster.validating import read_roster

SAMPLES = Path(__file__).resolve().parents[4] / "shared/data/oneroster-samples"


def read(name: str) -> RosterSet:
    folder = SAMPLES / name
    if not folder.is_dir():
        pytest.skip(f"the sample set {name} is not on this machine")
    return read_roster(FolderFiles(folder))


def sizes(roster: RosterSet) -> tuple[int, ...]:
    parts = (roster.orgs, roster.academic_sessions, roster.courses, roster.classes)
    return tuple(len(part) for part in (*parts, roster.users, roster.roles, roster.enrollments))


def test_the_clean_sample_loads_without_a_fault_but_the_files_left_alone() -> None:
    roster = read("ms-sds-v2.1")
    assert roster.flavour is Flavour.SDS_2_1
    assert roster.is_loadable
    assert sizes(roster) == (4, 2, 3, 2, 8, 7, 6)
    assert [(fault.file, fault.rule) for fault in roster.faults] == [
        (f"{name}.csv", Rule.FILE_NOT_IMPORTED) for name in ("demographics", "relationships", "userFlags")
    ]
    assert {role.role for role in roster.roles} == {"student", "professor", "teacher"}


def test_the_imperfect_sample_loads_with_its_faults_named() -> None:
    roster = read("moodle-v1p2")
    assert roster.flavour is Flavour.ONEROSTER_1_2
    assert roster.is_loadable
    assert sizes(roster) == (1, 4, 0, 2, 6, 7, 6)
    named = Counter((fault.file, fault.column, fault.rule) for fault in roster.faults)
    assert named[("users.csv", "prefferedGivenName", Rule.HEADER_SPELLING)] == 1
    assert named[("users.csv", "dateLastModified", Rule.DATE_TIME)] == 5
    assert named[("userprofiles.csv", "profileType", Rule.HEADER_MISSING)] == 1
    assert named[("roles.csv", "dataLastModified", Rule.HEADER_SPELLING)] == 1
    assert named[("roles.csv", None, Rule.HEADER_UNNAMED)] == 2
    assert named[("academicSessions.csv", "status", Rule.STATUS)] == 1
    assert named[("academicSessions.csv", "status", Rule.DELETED_IN_BULK)] == 1
    assert named[("academicSessions.csv", "parentSourcedId", Rule.REFERENCE)] == 2
    assert named[("orgs.csv", "parentSourcedId", Rule.REFERENCE)] == 1
    assert named[("classes.csv", "classType", Rule.ENUMERATION)] == 1
    assert named[("classes.csv", "courseSourcedId", Rule.REFERENCE_OUTSIDE)] == 2
    assert named[("enrollments.csv", "classSourcedId", Rule.REFERENCE_DELETED)] == 3


def test_the_imperfect_sample_keeps_what_its_misspelt_columns_say() -> None:
    roster = read("moodle-v1p2")
    assert {user.preferred_given_name for user in roster.users} == {None, "MJ", "Tom"}
    assert Counter(each.status for each in roster.enrollments) == {
        Status.ACTIVE: 3,
        Status.TO_BE_DELETED: 3,
    }

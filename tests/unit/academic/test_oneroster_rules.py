"""Each rule of a OneRoster set, broken by itself: what is read, what is left out, what blocks."""

from collections.abc import Callable
from datetime import date

import pytest

from academic.oneroster.faults import Rule, Severity
from academic.oneroster.records import (
    Class,
    Course,
    Enrollment,
    ExternalId,
    Flavour,
    Mode,
    Org,
    Role,
    RosterSet,
    Status,
    User,
)
from academic.oneroster.sources import FolderFiles, MemoryFiles
from academic.oneroster.validating import read_roster
from kernel.errors import InvalidInput

Read = Callable[..., RosterSet]
Named = tuple[str, int | None, str | None, Rule]


def errors(roster: RosterSet) -> list[Named]:
    return _named(roster, Severity.ERROR)


def warnings(roster: RosterSet) -> list[Named]:
    return _named(roster, Severity.WARNING)


def _named(roster: RosterSet, severity: Severity) -> list[Named]:
    return [(f.file, f.row, f.column, f.rule) for f in roster.faults if f.severity is severity]


def test_a_set_without_faults_becomes_records(read_good: Read) -> None:
    roster = read_good()
    assert roster.faults == ()
    assert roster.is_loadable
    assert roster.flavour is Flavour.ONEROSTER_1_2
    assert set(roster.modes.values()) == {Mode.BULK}
    assert roster.orgs[1] == Org("physics", "Physics, and\nmore", "department", None, "uni", Status.ACTIVE, 3)
    assert [session.school_year for session in roster.academic_sessions] == [2027, 2027]
    assert roster.courses == (
        Course("optics", "Optics", "PHY2", "physics", "year", ("13", "14"), ("Physics",), Status.ACTIVE, 2),
    )
    assert roster.classes == (
        Class("optics-a", "Optics A", "A", "optics", "uni", ("autumn", "year"), "Room 1", Status.ACTIVE, 2),
    )
    names = ("Ada", "Lovelace", None, None, None, None)
    ids = (ExternalId("LDAP", "1"), ExternalId("LTI", "x y"))
    assert roster.users[0] == User(
        "ada", "ada", *names, "ada@example.edu", None, ids, True, None, Status.ACTIVE, 2
    )
    assert (roster.users[1].given_name, roster.users[1].enabled) == ("寶", False)
    assert roster.roles[1] == Role(
        "r2", "bao", "primary", "ext:lecturer", "physics", None, None, Status.ACTIVE, 3
    )
    assert roster.enrollments == (
        Enrollment(
            "e1", "optics-a", "ada", "student", False, date(2026, 9, 1), date(2027, 1, 31), Status.ACTIVE, 2
        ),
        Enrollment("e2", "optics-a", "bao", "teacher", True, None, None, Status.ACTIVE, 3),
    )


def test_no_password_is_ever_read(read_good: Read) -> None:
    assert "opensesame" not in repr(read_good())


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("users.csv", "ada,,,true", ",,,true", (2, "sourcedId", Rule.REQUIRED)),
        ("users.csv", "Lovelace", "", (2, "familyName", Rule.REQUIRED)),
        ("users.csv", "true", "yes", (2, "enabledUser", Rule.BOOLEAN)),
        ("users.csv", "bao,,,false", "ada,,,false", (3, "sourcedId", Rule.DUPLICATE_ID)),
        ("users.csv", "opensesame", "opensesame,more", (2, None, Rule.COLUMN_COUNT)),
        ("users.csv", ",opensesame", "", (2, None, Rule.COLUMN_COUNT)),
        ("users.csv", "familyName", "surname", (1, "familyName", Rule.HEADER_MISSING)),
        ("users.csv", "password", "email", (1, "email", Rule.HEADER_DUPLICATE)),
        ("orgs.csv", "local", "galaxy", (2, "type", Rule.ENUMERATION)),
        ("orgs.csv", "local", "ext:", (2, "type", Rule.ENUMERATION)),
        ("orgs.csv", "NH,\n", "NH,physics\n", (2, "parentSourcedId", Rule.REFERENCE_CYCLE)),
        ("orgs.csv", "uni,,", "u" * 256 + ",,", (2, "sourcedId", Rule.IDENTIFIER)),
        ("academicSessions.csv", "2026-09-01", "1/09/2026", (2, "startDate", Rule.DATE)),
        ("academicSessions.csv", "2026-09-01", "2026-02-30", (2, "startDate", Rule.DATE)),
        ("academicSessions.csv", "2027-08-31", "2026-08-31", (2, "endDate", Rule.DATE_ORDER)),
        ("academicSessions.csv", ",,2027", ",,26/27", (2, "schoolYear", Rule.YEAR)),
        ("classes.csv", "A,optics", "A,optik", (2, "courseSourcedId", Rule.REFERENCE)),
        ("classes.csv", "autumn,", "spring,", (2, "termSourcedIds", Rule.REFERENCE)),
        ("classes.csv", "autumn,year", ",", (2, "termSourcedIds", Rule.REQUIRED)),
        ("roles.csv", "ext:lecturer", "lecturer", (3, "role", Rule.ENUMERATION)),
        ("roles.csv", "primary", "first", (2, "roleType", Rule.ENUMERATION)),
        ("roles.csv", "ada,", "eve,", (2, "userSourcedId", Rule.REFERENCE)),
        ("enrollments.csv", "2027-01-31", "soon", (2, "endDate", Rule.DATE)),
        ("enrollments.csv", "ada,", "eve,", (2, "userSourcedId", Rule.REFERENCE)),
        ("enrollments.csv", "teacher", "guardian", (3, "role", Rule.ENUMERATION)),
        ("manifest.csv", "version,1.2", "version,1.1", (3, "value", Rule.MANIFEST_VERSION)),
        ("manifest.csv", "users,bulk", "users,some", (7, "value", Rule.MANIFEST_MODE)),
        ("manifest.csv", "users,bulk", "users,", (7, "value", Rule.MANIFEST_MODE)),
        ("manifest.csv", "file.users,bulk", "file.orgs,delta", (7, "propertyName", Rule.DUPLICATE_ID)),
        ("manifest.csv", "version,1.2", "version", (3, None, Rule.COLUMN_COUNT)),
    ],
)
def test_what_cannot_be_understood_blocks_the_set(
    read_changed: Read, file: str, old: str, new: str, fault: tuple[int, str | None, Rule]
) -> None:
    roster = read_changed(file, old, new)
    assert (file, *fault) in errors(roster)
    assert not roster.is_loadable


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("users.csv", "true", "TRUE", (2, "enabledUser", Rule.BOOLEAN)),
        ("users.csv", "Lovelace", " Lovelace ", (2, "familyName", Rule.SPACES)),
        ("users.csv", "familyName", "FamilyName", (1, "FamilyName", Rule.HEADER_SPELLING)),
        ("orgs.csv", "local", "Local", (2, "type", Rule.ENUMERATION)),
        ("orgs.csv", "uni,,,U", "uni,Active,,U", (2, "status", Rule.ENUMERATION)),
        ("academicSessions.csv", "2026-09-01", "2026-09-01T00:00:00Z", (2, "startDate", Rule.DATE)),
        ("academicSessions.csv", "2026-09-01", "20260901", (2, "startDate", Rule.DATE)),
        ("roles.csv", "primary", "PRIMARY", (2, "roleType", Rule.ENUMERATION)),
        ("roles.csv", "orgSourcedId", "orgSourcedId,,", (1, "", Rule.HEADER_UNNAMED)),
        ("manifest.csv", "users,bulk", "users,Bulk", (7, "value", Rule.MANIFEST_MODE)),
    ],
)
def test_what_has_one_reading_is_read_and_named(
    read_changed: Read,
    read_good: Read,
    file: str,
    old: str,
    new: str,
    fault: tuple[int, str | None, Rule],
) -> None:
    roster = read_changed(file, old, new)
    assert [(name, row, column or "", rule) for name, row, column, rule in warnings(roster)][:1] == [
        (file, *fault)
    ]
    assert roster.is_loadable
    good = read_good()
    assert (roster.orgs, roster.academic_sessions, roster.users, roster.roles) == (
        good.orgs,
        good.academic_sessions,
        good.users,
        good.roles,
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("users.csv", "ada@example.edu", "ada at example", (2, "email", Rule.EMAIL)),
        ("users.csv", "{LDAP:1},", "{LDAP:1", (2, "userIds", Rule.USER_IDS)),
        ("users.csv", "ada,,,true", "ada,,1/05/2023,true", (2, "dateLastModified", Rule.DATE_TIME)),
        ("orgs.csv", "department,,uni", "department,,gone", (3, "parentSourcedId", Rule.REFERENCE)),
        ("courses.csv", "year,", "gone,", (2, "schoolYearSourcedId", Rule.REFERENCE)),
        ("classes.csv", "scheduled", "sometimes", (2, "classType", Rule.ENUMERATION)),
        ("classes.csv", "scheduled", "", (2, "classType", Rule.REQUIRED)),
        ("enrollments.csv", "uni,", "gone,", (2, "schoolSourcedId", Rule.REFERENCE)),
        ("users.csv", "password", "shoe size", (1, "shoe size", Rule.HEADER_UNKNOWN)),
    ],
)
def test_what_only_describes_or_points_is_left_out_and_named(
    read_changed: Read, file: str, old: str, new: str, fault: tuple[int, str | None, Rule]
) -> None:
    roster = read_changed(file, old, new)
    assert warnings(roster) == [(file, *fault)]
    assert roster.is_loadable
    assert len(roster.enrollments) == 2


def test_a_left_out_value_is_not_in_the_record(read_changed: Read) -> None:
    assert read_changed("users.csv", "ada@example.edu", "ada at example").users[0].email is None
    assert read_changed("orgs.csv", "department,,uni", "department,,gone").orgs[1].parent_sourced_id is None


def test_misspelt_columns_are_read_as_what_they_mean(read_changed: Read) -> None:
    roster = read_changed("users.csv", "password", "prefferedGivenName")
    assert warnings(roster) == [("users.csv", 1, "prefferedGivenName", Rule.HEADER_SPELLING)]
    assert roster.users[0].preferred_given_name == "opensesame"


def test_a_fault_names_the_column_as_the_file_does(read_good: Read) -> None:
    users = "SourcedId,Status,status2,EnabledUser,userName,givenName,familyName,eMail\n"
    people = "ada,Active,,TRUE,ada,Ada,L,a@x.org\nbao,,,true,ADA,Bao,H,a@x.org\n"
    roster = read_good({"users.csv": users + people, "roles.csv": None, "enrollments.csv": None})
    named = {(row, column, rule) for file, row, column, rule in warnings(roster) if file == "users.csv"}
    assert {
        (2, "EnabledUser", Rule.BOOLEAN),
        (2, "Status", Rule.ENUMERATION),
        (3, "userName", Rule.DUPLICATE_VALUE),
        (3, "eMail", Rule.DUPLICATE_VALUE),
    } <= named
    assert roster.wording.column("users", "email") == "eMail"


def test_extension_columns_and_the_order_of_columns_are_free(read_changed: Read) -> None:
    roster = read_changed("users.csv", "password", "metadata.shoe_size")
    assert roster.faults == ()


def test_extra_empty_cells_are_let_pass_and_named(read_changed: Read) -> None:
    roster = read_changed("users.csv", "opensesame", "opensesame,,")
    assert warnings(roster) == [("users.csv", 2, None, Rule.COLUMN_COUNT)]
    assert len(roster.users) == 2


def test_a_row_of_unknown_status_is_skipped(read_changed: Read) -> None:
    roster = read_changed("enrollments.csv", "e1,,", "e1,inactive,")
    assert warnings(roster) == [("enrollments.csv", 2, "status", Rule.STATUS)]
    assert roster.is_loadable
    assert [enrollment.sourced_id for enrollment in roster.enrollments] == ["e2"]


def test_a_skipped_row_that_others_need_blocks_the_set(read_changed: Read) -> None:
    roster = read_changed("users.csv", "ada,,", "ada,inactive,")
    assert errors(roster) == [
        ("roles.csv", 2, "userSourcedId", Rule.REFERENCE),
        ("enrollments.csv", 2, "userSourcedId", Rule.REFERENCE),
    ]


def test_a_broken_row_is_named_once_and_not_again_by_those_that_point_at_it(read_changed: Read) -> None:
    assert errors(read_changed("users.csv", "Lovelace", "")) == [
        ("users.csv", 2, "familyName", Rule.REQUIRED)
    ]


def test_a_file_without_a_needed_column_is_given_up_with_one_error(read_changed: Read) -> None:
    roster = read_changed("users.csv", "familyName", "surname")
    assert errors(roster) == [("users.csv", 1, "familyName", Rule.HEADER_MISSING)]
    assert roster.users == ()


def test_what_needs_a_row_that_is_to_be_deleted_goes_with_it(read_changed: Read) -> None:
    roster = read_changed("classes.csv", "optics-a,,", "optics-a,tobedeleted,")
    assert {enrollment.status for enrollment in roster.enrollments} == {Status.TO_BE_DELETED}
    assert warnings(roster) == [
        ("classes.csv", 2, "status", Rule.DELETED_IN_BULK),
        ("enrollments.csv", 2, "classSourcedId", Rule.REFERENCE_DELETED),
        ("enrollments.csv", 3, "classSourcedId", Rule.REFERENCE_DELETED),
    ]


def test_an_optional_pointer_at_a_deleted_row_deletes_nothing(read_changed: Read) -> None:
    roster = read_changed("academicSessions.csv", "year,,", "year,tobedeleted,")
    assert roster.courses[0].status is Status.ACTIVE
    assert roster.academic_sessions[1].status is Status.ACTIVE


def test_a_user_name_held_by_two_people_is_named(read_changed: Read) -> None:
    roster = read_changed("users.csv", "false,bao", "false,ADA")
    assert warnings(roster) == [("users.csv", 3, "username", Rule.DUPLICATE_VALUE)]


def test_a_pointer_into_a_file_that_is_absent_is_kept_and_named(read_good: Read) -> None:
    manifest = "propertyName,value\noneroster.version,1.2\n"
    manifest += "".join(
        f"file.{name},{'absent' if name == 'courses' else 'bulk'}\n"
        for name in ("orgs", "academicSessions", "courses", "users", "classes", "roles", "enrollments")
    )
    roster = read_good({"manifest.csv": manifest, "courses.csv": None})
    assert warnings(roster) == [("classes.csv", 2, "courseSourcedId", Rule.REFERENCE_OUTSIDE)]
    assert roster.classes[0].course_sourced_id == "optics"
    assert roster.is_loadable
    roster = read_good({"manifest.csv": manifest})
    assert warnings(roster)[0] == ("courses.csv", None, None, Rule.FILE_UNDECLARED)
    assert roster.courses == ()


def test_a_delta_may_point_at_what_came_before_and_must_say_its_status(read_good: Read) -> None:
    manifest = "propertyName,value\noneroster.version,1.2\nfile.users,delta\n" + "".join(
        f"file.{name},absent\n" for name in ("orgs", "academicSessions", "courses", "classes", "roles")
    )
    manifest += "file.enrollments,delta\n"
    enrollments = (
        "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role\n"
        "e9,tobedeleted,2026-10-01T08:00:00Z,optics-a,uni,old-student,student\n"
    )
    users = "sourcedId,status,enabledUser,username,givenName,familyName\nada,{},true,ada,Ada,Lovelace\n"
    changed = {"manifest.csv": manifest, "enrollments.csv": enrollments}
    others = dict.fromkeys(("orgs.csv", "academicSessions.csv", "courses.csv", "classes.csv", "roles.csv"))
    roster = read_good({**changed, **others, "users.csv": users.format("active")})
    assert roster.is_loadable
    assert roster.modes["enrollments"] is Mode.DELTA
    assert roster.enrollments[0].user_sourced_id == "old-student"
    assert roster.enrollments[0].status is Status.TO_BE_DELETED
    assert Rule.DELETED_IN_BULK not in {fault.rule for fault in roster.faults}
    roster = read_good({**changed, **others, "users.csv": users.format("")})
    assert errors(roster) == [("users.csv", 2, "status", Rule.REQUIRED)]
    roster = read_good({**changed, **others, "users.csv": users.replace("status", "state")})
    assert errors(roster) == [("users.csv", 1, "status", Rule.HEADER_MISSING)]


def test_files_that_are_missing_or_twice_there_block_the_set(read_good: Read) -> None:
    assert errors(read_good({"users.csv": None})) == [("users.csv", None, None, Rule.FILE_MISSING)]
    assert errors(read_good({"manifest.csv": None})) == [("manifest.csv", None, None, Rule.FILE_MISSING)]
    assert ("users.csv", None, None, Rule.FILE_AMBIGUOUS) in errors(read_good({"Users.csv": ""}))
    assert errors(read_good({"users.csv": ""})) == [("users.csv", 1, None, Rule.HEADER_MISSING)]
    assert errors(read_good({"users.csv": "sourcedId\n".encode("utf-16")}))[0] == (
        "users.csv",
        1,
        None,
        Rule.ENCODING,
    )


def test_unknown_files_and_names_in_another_case_are_named(read_good: Read) -> None:
    roster = read_good({"notes.csv": "x", "lineItems.csv": "x", "resources.csv": "x"})
    assert {(file, rule) for file, _, _, rule in warnings(roster)} == {
        ("notes.csv", Rule.FILE_UNKNOWN),
        ("lineItems.csv", Rule.FILE_NOT_IMPORTED),
        ("resources.csv", Rule.FILE_NOT_IMPORTED),
    }


class WatchedFiles(MemoryFiles):
    """Remembers which files were opened."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(files)
        self.opened: set[str] = set()

    def open(self, name: str):
        self.opened.add(name)
        return super().open(name)


def test_sensitive_and_unknown_files_are_never_opened() -> None:
    closed = {"demographics.csv", "Demographics.CSV", "userFlags.csv", "relationships.csv", "notes.csv"}
    files = WatchedFiles(dict.fromkeys({*closed, "orgs.csv", "users.csv", "roles.csv"}, b"name\n"))
    read_roster(files)
    assert files.opened == {"orgs.csv", "users.csv", "roles.csv"}


SDS = {
    "orgs.csv": b"sourcedId,name,type,parentSourcedId\nuni,Uni,university,\n",
    "users.csv": b"sourcedId,username,givenName,familyName,password\nada,ada@x,Ada,L,secret\n",
    "roles.csv": b"userSourcedId,orgSourcedId,role,isPrimary\nada,uni,professor,TRUE\n",
    "classes.csv": b"sourcedId,orgSourcedId,title\nk/1,uni,Optics\n",
    "enrollments.csv": b"classSourcedId,userSourcedId,role\nk/1,ada,student\nk/1,ada,student\n",
}


def test_a_set_of_school_data_sync_is_known_by_its_shape() -> None:
    roster = read_roster(MemoryFiles(SDS))
    assert roster.flavour is Flavour.SDS_2_1
    assert roster.is_loadable
    assert roster.roles == (
        Role("ada/uni/professor", "ada", "primary", "professor", "uni", None, None, Status.ACTIVE, 2),
    )
    assert (roster.users[0].enabled, roster.classes[0].course_sourced_id) == (True, None)


def test_a_set_says_what_it_calls_its_files_and_columns(read_good: Read) -> None:
    theirs, ours = read_roster(MemoryFiles({**SDS, "Courses.CSV": b""})).wording, read_good().wording
    assert (theirs.file("courses"), theirs.file("orgs")) == ("Courses.CSV", "orgs.csv")
    assert (theirs.column("courses", "code"), ours.column("courses", "code")) == ("code", "courseCode")
    assert (theirs.column("users", "enabled"), ours.column("users", "enabled")) == (None, "enabledUser")


def test_an_enrollment_said_twice_without_identifier_is_one() -> None:
    roster = read_roster(MemoryFiles(SDS))
    assert [enrollment.sourced_id for enrollment in roster.enrollments] == ["k%2F1/ada/student"]
    assert warnings(roster) == [("enrollments.csv", 3, None, Rule.DUPLICATE_ROW)]


def test_a_set_of_school_data_sync_has_people_and_organisations() -> None:
    files = {name: content for name, content in SDS.items() if name not in ("users.csv", "orgs.csv")}
    missing = {
        file for file, _, _, rule in errors(read_roster(MemoryFiles(files))) if rule is Rule.FILE_MISSING
    }
    assert missing == {"users.csv", "orgs.csv"}


def test_a_folder_gives_its_csv_files_only(tmp_path) -> None:
    for name in ("users.csv", "orgs.CSV", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "folder.csv").mkdir()
    source = FolderFiles(tmp_path)
    assert source.names() == ["orgs.CSV", "users.csv"]
    with source.open("users.csv") as stream:
        assert stream.read() == b"x"
    with pytest.raises(InvalidInput, match="not a folder"):
        FolderFiles(tmp_path / "users.csv")


def test_every_rule_has_a_sentence() -> None:
    assert all(rule.sentence for rule in Rule)

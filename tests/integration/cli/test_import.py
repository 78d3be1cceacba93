"""`import oneroster`: a set of files comes in whole, and what is wrong is named by file, row and column."""

from pathlib import Path

import pytest

from tests.integration.cli.commands import Commands

FILES = {
    "manifest": (
        "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\n"
        "file.academicSessions,bulk\nfile.orgs,bulk\nfile.courses,bulk\nfile.classes,bulk\nfile.users,bulk\n"
        "file.roles,bulk\nfile.enrollments,bulk\nsource.systemName,test\nsource.systemCode,1\n"
    ),
    "orgs": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\no1,,,University,school,,\n",
    "academicSessions": (
        "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear\n"
        "t1,,,Autumn,term,2026-09-01,2027-01-31,,2027\n"
    ),
    "courses": (
        "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,"
        "subjectCodes\nc1,,,,Astronomy,AST1,,o1,,\n"
    ),
    "classes": (
        "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,"
        "schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods\n"
        "k1,,,Astronomy A,,c1,A,scheduled,,o1,t1,,,\n"
    ),
    "users": (
        "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,"
        "identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,"
        "preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns\n"
        "u1,,,true,caroline,,Caroline,Herschel,,,,,,,,,,,,,o1,\n"
    ),
    "roles": (
        "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,"
        "userProfileSourcedId\nr1,,,u1,primary,student,,,o1,\n"
    ),
    "enrollments": (
        "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,"
        "endDate\ne1,,,k1,o1,u1,student,,,\n"
    ),
}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / f"{name}.csv").write_text(content)
    return tmp_path


@pytest.fixture(scope="module")
def importing(fediflow: Commands) -> str:
    fediflow.ok("tenant", "create", "--slug", "cli-importing", "--name", "en=I", "--shard", "two")
    return "cli-importing"


def test_a_dry_run_reports_and_changes_nothing_and_an_import_can_be_repeated(
    fediflow: Commands, importing: str, files: Path
) -> None:
    words = ("import", "oneroster", str(files), "--tenant", importing)
    tried = fediflow.ok(*words, "--dry-run")
    assert (tried["dry_run"], tried["loaded"], tried["errors"]) == (True, False, 0)
    first = fediflow.ok(*words)
    assert first["loaded"] is True
    counts = {row["file"]: row for row in first["counts"]}
    assert counts["courses"]["created"] == 1
    assert counts["enrollments"]["created"] == 1
    assert first["counts"] == tried["counts"]
    second = {row["file"]: row for row in fediflow.ok(*words)["counts"]}
    assert second["courses"]["created"] == 0
    assert "Imported: 0 errors" in fediflow(*words).stdout


def test_a_set_with_errors_is_refused_and_each_is_named(
    fediflow: Commands, importing: str, files: Path
) -> None:
    courses = files / "courses.csv"
    courses.write_text(courses.read_text().replace("o1", "nowhere"))
    words = ("import", "oneroster", str(files), "--tenant", importing)
    outcome = fediflow(*words)
    assert outcome.code == 1
    assert "Nothing was imported" in outcome.stdout
    refused = fediflow(*words, "--json")
    assert refused.code == 1
    (fault,) = [fault for fault in refused.json["faults"] if fault["severity"] == "error"]
    assert (fault["file"], fault["row"], fault["column"], fault["value"], fault["rule"]) == (
        "courses.csv",
        2,
        "orgSourcedId",
        "nowhere",
        "reference",
    )


def test_what_was_found_while_loading_is_named_with_its_row(
    fediflow: Commands, importing: str, files: Path
) -> None:
    roles = files / "roles.csv"
    ended = "r2,,,u1,primary,teacher,2020-09-01,2021-01-31,o1,\n"
    roles.write_text(f"{roles.read_text()}{ended}r3,,,u1,secondary,guardian,,,o1,\n")
    words = ("import", "oneroster", str(files), "--tenant", importing, "--dry-run")
    found = fediflow.ok(*words)
    (fault,) = [fault for fault in found["faults"] if fault["rule"] == "role_unknown"]
    assert [fault[name] for name in ("file", "row", "column", "value")] == [
        "roles.csv",
        4,
        "role",
        "guardian",
    ]
    (counts,) = [row for row in found["counts"] if row["file"] == "roles"]
    assert (counts["ended"], counts["skipped"]) == (1, 1)
    assert "ended" in fediflow(*words).stdout


def test_a_folder_or_tenant_that_is_not_there_is_3(fediflow: Commands, importing: str, files: Path) -> None:
    fediflow("import", "oneroster", str(files / "no"), "--tenant", importing).failed(3, "there is no folder")
    fediflow("import", "oneroster", str(files), "--tenant", "nowhere").failed(
        3, "there is no tenant 'nowhere'"
    )
    words = ("import", "oneroster", str(files), "--tenant", importing, "--by", "nobody")
    fediflow(*words).failed(3, "there is nobody at cli-importing whose handle is nobody")

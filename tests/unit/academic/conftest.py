"""A small OneRoster set that is right in every way, to be broken by one rule at a time."""

from collections.abc import Callable

import pytest

from academic.oneroster.records import RosterSet
from academic.oneroster.sources import MemoryFiles
from academic.oneroster.validating import read_roster

GOOD_SET = {
    "manifest.csv": """propertyName,value
manifest.version,1.0
oneroster.version,1.2
file.orgs,bulk
file.academicSessions,bulk
file.courses,bulk
file.users,bulk
file.classes,bulk
file.roles,bulk
file.enrollments,bulk
source.systemName,Registry
""",
    "orgs.csv": """sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
uni,,,Universität Nordhafen,local,NH,
physics,,,"Physics, and
more",department,,uni
""",
    "academicSessions.csv": """sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear
year,,,2026/27,schoolYear,2026-09-01,2027-08-31,,2027
autumn,,,Autumn,semester,2026-09-01,2027-01-31,year,2027
""",
    "courses.csv": """sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects
optics,,,year,Optics,PHY2,"13, 14",physics,"Physics,Physics"
""",
    "users.csv": """sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,email,password
ada,,,true,ada,"{LDAP:1},{LTI:x y}",Ada,Lovelace,ada@example.edu,opensesame
bao,,,false,bao,,寶,黃,,opensesame
""",
    "classes.csv": """sourcedId,status,dateLastModified,title,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds
optics-a,,,Optics A,optics,A,scheduled,Room 1,uni,"autumn,year"
""",
    "roles.csv": """sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId
r1,,,ada,primary,student,2026-09-01,,uni
r2,,,bao,primary,ext:lecturer,,,physics
""",
    "enrollments.csv": """sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate
e1,,,optics-a,uni,ada,student,,2026-09-01,2027-01-31
e2,,,optics-a,uni,bao,teacher,true,,
""",
}

ReadBroken = Callable[..., RosterSet]


@pytest.fixture
def read_good() -> Callable[..., RosterSet]:
    """Reads the good set, with files put in place of its own, or (None) taken away."""

    def read(files: dict[str, str | bytes | None] | None = None) -> RosterSet:
        merged: dict[str, str | bytes | None] = {**GOOD_SET, **(files or {})}
        return read_roster(
            MemoryFiles(
                {
                    name: text if isinstance(text, bytes) else text.encode()
                    for name, text in merged.items()
                    if text is not None
                }
            )
        )

    return read


@pytest.fixture
def read_changed(read_good: Callable[..., RosterSet]) -> ReadBroken:
    """Reads the good set after replacing one text in one file."""

    def read(file: str, old: str, new: str) -> RosterSet:
        assert old in GOOD_SET[file]
        return read_good({file: GOOD_SET[file].replace(old, new, 1)})

    return read

"""A OneRoster set of any size, the same each time."""

from collections.abc import Iterator
from random import Random

from academic.oneroster.sources import MemoryFiles

_MANIFEST = """propertyName,value
manifest.version,1.0
oneroster.version,1.2
file.orgs,bulk
file.academicSessions,bulk
file.courses,bulk
file.users,bulk
file.classes,bulk
file.roles,bulk
file.enrollments,bulk
"""
_GIVEN = ("Ada", "Bao", "Chidi", "Dilnoza", "Emre", "Farida", "Goro", "Hélène", "Ines", "Jōji")
_FAMILY = ("Lovelace", "黃", "Okafor", "Karimova", "Öztürk", "Haddad", "高橋", "Dubois", "Müller", "Sato")


def roster_set(*, users: int, enrollments: int) -> MemoryFiles:
    """So many people in a university, each enrolled in a few of its classes."""
    random = Random(4)
    courses, classes = max(users // 30, 1), max(users // 15, 1)
    return MemoryFiles(
        {
            f"{name}.csv": "".join(lines).encode()
            for name, lines in {
                "manifest": [_MANIFEST],
                "orgs": _orgs(),
                "academicSessions": _sessions(),
                "courses": _courses(courses),
                "classes": _classes(classes, courses),
                "users": _users(users),
                "roles": _roles(users),
                "enrollments": _enrollments(random, users, classes, enrollments),
            }.items()
        }
    )


def _orgs() -> Iterator[str]:
    yield "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
    yield "uni,,,University,local,UNI,\n"
    for number in range(20):
        yield f"dep-{number},,,Department {number},department,D{number},uni\n"


def _sessions() -> Iterator[str]:
    yield "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear\n"
    yield "year,,,2026/27,schoolYear,2026-09-01,2027-08-31,,2027\n"
    yield "autumn,,,Autumn,semester,2026-09-01,2027-01-31,year,2027\n"
    yield "spring,,,Spring,semester,2027-02-01,2027-08-31,year,2027\n"


def _courses(count: int) -> Iterator[str]:
    yield "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects\n"
    for number in range(count):
        yield f"course-{number},,,year,Course {number},C{number},,dep-{number % 20},\n"


def _classes(count: int, courses: int) -> Iterator[str]:
    yield (
        "sourcedId,status,dateLastModified,title,courseSourcedId,classCode,classType,location,"
        "schoolSourcedId,termSourcedIds\n"
    )
    for number in range(count):
        course, term = number % courses, ("autumn", "spring")[number % 2]
        yield f"class-{number},,,Course {course} {number},course-{course},K{number},scheduled,,uni,{term}\n"


def _users(count: int) -> Iterator[str]:
    yield "sourcedId,status,dateLastModified,enabledUser,username,givenName,familyName,email,identifier\n"
    for number in range(count):
        given, family = _GIVEN[number % 10], _FAMILY[number // 10 % 10]
        yield f"user-{number},,,true,u{number},{given},{family},u{number}@example.edu,M{number:07}\n"


def _roles(count: int) -> Iterator[str]:
    yield "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId\n"
    for number in range(count):
        role = "teacher" if number % 20 == 0 else "student"
        yield f"role-{number},,,user-{number},primary,{role},,,uni\n"


def _enrollments(random: Random, users: int, classes: int, count: int) -> Iterator[str]:
    yield (
        "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,"
        "beginDate,endDate\n"
    )
    each = min(max(count // users, 1), classes)
    number = 0
    for user in range(users):
        role = "teacher" if user % 20 == 0 else "student"
        for chosen in random.sample(range(classes), each):
            yield f"enr-{number},,,class-{chosen},uni,user-{user},{role},,,\n"
            number += 1

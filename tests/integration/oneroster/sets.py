"""A small set that is right, to be changed by a test."""

from academic.oneroster.sources import MemoryFiles

HEADERS = {
    "manifest": "propertyName,value",
    "orgs": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
    "academicSessions": "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear",
    "courses": "sourcedId,status,dateLastModified,title,courseCode,orgSourcedId",
    "classes": "sourcedId,status,dateLastModified,title,courseSourcedId,classCode,classType,location,"
    "schoolSourcedId,termSourcedIds",
    "users": "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,email",
    "roles": "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId",
    "enrollments": "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,"
    "beginDate,endDate",
}
ROWS = {
    "orgs": ["uni,,,Nordhafen,local,NH,", "physics,,,Physics,department,,uni"],
    "academicSessions": [
        "year,,,2026/27,schoolYear,2026-09-01,2027-08-31,,2027",
        "autumn,,,Autumn,semester,2026-09-01,2027-01-31,year,2027",
        "spring,,,Spring,semester,2027-02-01,2027-08-31,year,2027",
    ],
    "courses": ["optics,,,Optics,PHY2,physics"],
    "classes": ["optics-a,,,Optics A,optics,A,scheduled,Room 1,uni,autumn"],
    "users": [
        "ada,,,true,ada,{LDAP:1},Ada,Lovelace,ada@example.edu",
        "bao,,,true,bao,,寶,黃,bao@example.edu",
        "eve,,,true,eve,,Eve,Okafor,",
    ],
    "roles": ["r1,,,ada,primary,student,,,uni", "r2,,,bao,primary,ext:lecturer,,,physics"],
    "enrollments": [
        "e1,,,optics-a,uni,ada,student,,,",
        "e2,,,optics-a,uni,bao,teacher,true,,",
        "e3,,,optics-a,uni,eve,student,,,",
    ],
}
FILES = tuple(ROWS)
Changes = dict[str, dict[str, str | None]]


def roster(
    changes: Changes | None = None, *, mode: str = "bulk", absent: tuple[str, ...] = ()
) -> MemoryFiles:
    """The set with rows put in the place of those with their sourcedId, added, or (None) taken away."""
    texts = {"manifest": _manifest(mode, absent)}
    for name in FILES:
        if name in absent:
            continue
        rows: dict[str, str | None] = {row.split(",")[0]: row for row in ROWS[name]}
        rows |= (changes or {}).get(name, {})
        texts[name] = "\n".join([HEADERS[name], *(row for row in rows.values() if row is not None)]) + "\n"
    return MemoryFiles({f"{name}.csv": text.encode() for name, text in texts.items()})


def delta(rows: dict[str, list[str]]) -> MemoryFiles:
    """A set of changes only."""
    absent = tuple(name for name in FILES if name not in rows)
    texts = {name: "\n".join([HEADERS[name], *given]) + "\n" for name, given in rows.items()}
    texts["manifest"] = _manifest("delta", absent)
    return MemoryFiles({f"{name}.csv": text.encode() for name, text in texts.items()})


def _manifest(mode: str, absent: tuple[str, ...]) -> str:
    said = [f"file.{name},{'absent' if name in absent else mode}" for name in FILES]
    return "\n".join([HEADERS["manifest"], "manifest.version,1.0", "oneroster.version,1.2", *said]) + "\n"

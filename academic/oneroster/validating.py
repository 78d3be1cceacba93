"""A file set to a `RosterSet`: everything it says and everything that is wrong with it, without any database."""

from typing import cast

from academic.oneroster.columns import FileSpec
from academic.oneroster.faults import FaultLog, Rule
from academic.oneroster.header import read_header
from academic.oneroster.manifest import FILES, Plan, plan_files
from academic.oneroster.reading import read_rows
from academic.oneroster.records import (
    AcademicSession,
    Class,
    Course,
    Enrollment,
    Mode,
    Org,
    Record,
    Role,
    RosterSet,
    User,
)
from academic.oneroster.references import Register
from academic.oneroster.rows import RowReader
from academic.oneroster.sources import FileSource


def read_roster(source: FileSource) -> RosterSet:
    """The whole set. It is loadable when it has no errors; the records are then complete and point at each other."""
    faults = FaultLog()
    plan = plan_files(source, faults=faults)
    register = Register(plan.modes)
    read = {spec.name: _read_file(source, spec, plan, register, faults) for spec in FILES[plan.flavour]}
    return RosterSet(
        flavour=plan.flavour,
        modes=plan.modes,
        orgs=cast("tuple[Org, ...]", read["orgs"]),
        academic_sessions=cast("tuple[AcademicSession, ...]", read["academicSessions"]),
        courses=cast("tuple[Course, ...]", read["courses"]),
        classes=cast("tuple[Class, ...]", read["classes"]),
        users=cast("tuple[User, ...]", read["users"]),
        roles=cast("tuple[Role, ...]", read["roles"]),
        enrollments=cast("tuple[Enrollment, ...]", read["enrollments"]),
        faults=tuple(faults.faults),
        error_count=faults.error_count,
        warning_count=faults.warning_count,
    )


def _read_file(
    source: FileSource, spec: FileSpec, plan: Plan, register: Register, faults: FaultLog
) -> tuple[Record, ...]:
    mode = plan.modes[spec.name]
    file = plan.names.get(spec.name)
    if file is None:
        if mode is not Mode.ABSENT:
            register.give_up(spec.name)
        return ()
    with source.open(file) as stream:
        rows = read_rows(stream, file=file, faults=faults)
        number, cells = next(rows, (1, []))
        if not cells:
            faults.error(Rule.HEADER_MISSING, file, number)
        header = cells and read_header(
            cells, number=number, file=file, spec=spec, needs_status=mode is Mode.DELTA, faults=faults
        )
        if not header:
            register.give_up(spec.name)
            return ()
        reader = RowReader(spec=spec, header=header, file=file, mode=mode, register=register, faults=faults)
        return reader.records(rows)

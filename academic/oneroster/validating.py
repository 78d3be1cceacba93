"""A file set to a `RosterSet`: everything it says and everything that is wrong with it, without any database."""

from collections.abc import Mapping
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
from academic.oneroster.wording import Wording

Columns = dict[tuple[str, str], str]


def read_roster(source: FileSource) -> RosterSet:
    """The whole set. It is loadable when it has no errors; the records are then complete and point at each other."""
    faults = FaultLog()
    plan = plan_files(source, faults=faults)
    register = Register(plan.modes)
    columns: Columns = {}
    read = {
        spec.name: _read_file(source, spec, plan, register, columns, faults) for spec in FILES[plan.flavour]
    }
    return RosterSet(
        flavour=plan.flavour,
        modes=plan.modes,
        wording=Wording(plan.names, columns),
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


def _called(spec: FileSpec, names: Mapping[str, str]) -> Columns:
    """What the columns of a file's fields are called; without a name of its own, a column has the standard's."""
    return {
        (spec.name, column.field): names.get(column.name, column.name)
        for column in spec.columns
        if column.field is not None
    }


def _read_file(
    source: FileSource, spec: FileSpec, plan: Plan, register: Register, columns: Columns, faults: FaultLog
) -> tuple[Record, ...]:
    mode = plan.modes[spec.name]
    columns |= _called(spec, {})
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
        columns |= _called(spec, header.names)
        reader = RowReader(spec=spec, header=header, file=file, mode=mode, register=register, faults=faults)
        return reader.records(rows)

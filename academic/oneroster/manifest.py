"""Which files of a set are read, and as what: the manifest's word, or the shape of a set that has none."""

from collections.abc import Mapping
from dataclasses import dataclass

from academic.oneroster.columns import FileSpec
from academic.oneroster.faults import FaultLog, Rule
from academic.oneroster.files import MANIFEST, NEVER_OPENED, NOT_IMPORTED, ONEROSTER, USER_PROFILES_HEADER
from academic.oneroster.reading import read_rows
from academic.oneroster.records import Flavour, Mode
from academic.oneroster.sds import SDS, SDS_REQUIRED
from academic.oneroster.sources import FileSource

FILES: Mapping[Flavour, tuple[FileSpec, ...]] = {Flavour.ONEROSTER_1_2: ONEROSTER, Flavour.SDS_2_1: SDS}

_NAMES = tuple(spec.name for spec in ONEROSTER)
_VERSION = "1.2"


@dataclass(frozen=True, slots=True)
class Plan:
    """The files to read by the standard's name, with the name each really has; `modes` has every imported file."""

    flavour: Flavour
    modes: Mapping[str, Mode]
    names: Mapping[str, str]


def plan_files(source: FileSource, *, faults: FaultLog) -> Plan:
    """What to read; whatever is missing, undeclared or left alone is named in the faults."""
    found = _found(source, faults)
    _name_what_is_left_alone(source, found, faults)
    if MANIFEST in found:
        return _by_manifest(source, found, faults)
    if "sourcedId" not in _header_of(source, found.get("roles"), ("sourcedId",)):
        return _by_shape(found, faults)
    faults.error(Rule.FILE_MISSING, f"{MANIFEST}.csv", expected="without it nobody knows bulk from delta")
    return _whole(Flavour.ONEROSTER_1_2, found)


def _found(source: FileSource, faults: FaultLog) -> dict[str, str]:
    by_lowered = {name.lower(): name for name in (MANIFEST, *_NAMES, *NOT_IMPORTED)}
    found: dict[str, str] = {}
    for name in source.names():
        known = by_lowered.get(name.lower().removesuffix(".csv"))
        if known is None:
            faults.warning(Rule.FILE_UNKNOWN, name)
        elif known in found:
            faults.error(Rule.FILE_AMBIGUOUS, name)
        else:
            found[known] = name
            if name != f"{known}.csv":
                faults.warning(Rule.FILE_NAME, name, expected=f"{known}.csv")
    return found


def _name_what_is_left_alone(source: FileSource, found: Mapping[str, str], faults: FaultLog) -> None:
    for name in sorted(NOT_IMPORTED & found.keys()):
        expected = "never opened" if name in NEVER_OPENED else ""
        faults.warning(Rule.FILE_NOT_IMPORTED, found[name], expected=expected)
    profiles = found.get("userProfiles")
    header = _header_of(source, profiles, USER_PROFILES_HEADER)
    for column in USER_PROFILES_HEADER:
        if profiles is not None and column not in header:
            faults.warning(Rule.HEADER_MISSING, profiles, 1, column)


def _by_manifest(source: FileSource, found: Mapping[str, str], faults: FaultLog) -> Plan:
    file = found[MANIFEST]
    said = _properties(source, file, faults)
    row, version = said.get("oneroster.version", (None, None))
    if version != _VERSION:
        faults.error(Rule.MANIFEST_VERSION, file, row, "value", version, expected=_VERSION)
    modes: dict[str, Mode] = {}
    names: dict[str, str] = {}
    for name in _NAMES:
        mode = _mode(said.get(f"file.{name}", (None, "")), name, found, file, faults)
        modes[name] = mode
        if mode is Mode.ABSENT and name in found:
            faults.warning(Rule.FILE_UNDECLARED, found[name])
        elif mode is not Mode.ABSENT and name not in found:
            faults.error(Rule.FILE_MISSING, f"{name}.csv", expected=f"the manifest says {mode}")
        elif mode is not Mode.ABSENT:
            names[name] = found[name]
    _name_blank_modes(said, names, file, faults)
    return Plan(Flavour.ONEROSTER_1_2, modes, names)


def _properties(source: FileSource, file: str, faults: FaultLog) -> dict[str, tuple[int | None, str]]:
    said: dict[str, tuple[int | None, str]] = {}
    with source.open(file) as stream:
        for number, cells in read_rows(stream, file=file, faults=faults):
            if len(cells) < 2:
                faults.error(Rule.COLUMN_COUNT, file, number, expected="propertyName,value")
            elif cells[0].strip() in said:
                faults.error(Rule.DUPLICATE_ID, file, number, "propertyName", cells[0])
            else:
                said[cells[0].strip()] = (number, cells[1].strip())
    return said


def _mode(
    said: tuple[int | None, str], name: str, found: Mapping[str, str], file: str, faults: FaultLog
) -> Mode:
    row, value = said
    lowered = value.lower()
    if lowered in tuple(Mode):
        if value != lowered:
            faults.warning(Rule.MANIFEST_MODE, file, row, "value", value, expected=lowered)
        return Mode(lowered)
    if value or name in found:
        faults.error(Rule.MANIFEST_MODE, file, row, "value", value, expected=f"bulk or delta for {name}")
    elif row is None:
        faults.warning(Rule.MANIFEST_MODE, file, None, "propertyName", f"file.{name}", expected="absent")
    return Mode.BULK if name in found else Mode.ABSENT


def _name_blank_modes(
    said: Mapping[str, tuple[int | None, str]], names: Mapping[str, str], file: str, faults: FaultLog
) -> None:
    for name, (row, value) in said.items():
        if name.startswith("file.") and not value and name.removeprefix("file.") not in names:
            faults.warning(Rule.MANIFEST_MODE, file, row, "value", value, expected=f"absent for {name}")


def _by_shape(found: Mapping[str, str], faults: FaultLog) -> Plan:
    for name in SDS_REQUIRED:
        if name not in found:
            faults.error(Rule.FILE_MISSING, f"{name}.csv")
    return _whole(Flavour.SDS_2_1, found)


def _whole(flavour: Flavour, found: Mapping[str, str]) -> Plan:
    modes = {name: Mode.BULK if name in found else Mode.ABSENT for name in _NAMES}
    return Plan(flavour, modes, {name: found[name] for name in _NAMES if name in found})


def _header_of(source: FileSource, file: str | None, without: tuple[str, ...]) -> tuple[str, ...]:
    """The names in a file's first row; `without` such a file. Its faults are named when it is read, if it is."""
    if file is None:
        return without
    with source.open(file) as stream:
        for _, cells in read_rows(stream, file=file, faults=FaultLog()):
            return tuple(cell.strip() for cell in cells)
    return ()

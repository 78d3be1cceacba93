"""A header row to the places of the columns that are needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from academic.oneroster.columns import FileSpec
from academic.oneroster.faults import FaultLog, Rule
from academic.oneroster.files import EXTENSION_PREFIX, HEADER_MISSPELT

STATUS = "status"
_MOST_COLUMNS = 1000


@dataclass(frozen=True, slots=True)
class Header:
    """Where columns are, and what the file calls them. Nameless ones at the end may be there in a row or not."""

    places: Mapping[str, int]
    names: Mapping[str, str]
    narrowest: int
    widest: int


def read_header(
    cells: Sequence[str], *, number: int, file: str, spec: FileSpec, needs_status: bool, faults: FaultLog
) -> Header | None:
    """The places of the standard's columns; None, with the error named, where the file cannot be read by them."""
    errors_before = faults.error_count
    names = [cell.strip() for cell in cells]
    if len(names) > _MOST_COLUMNS:
        faults.error(Rule.COLUMN_COUNT, file, number, expected=f"at most {_MOST_COLUMNS} columns")
        return None
    known = {STATUS, *spec.unread, *(column.name for column in spec.columns)}
    places: dict[str, int] = {}
    own: dict[str, str] = {}
    for place, name in enumerate(names):
        meant = _meant(name, known, number, file, faults)
        if meant in places:
            faults.error(Rule.HEADER_DUPLICATE, file, number, name)
        elif meant is not None:
            places[meant] = place
            own[meant] = name
    required = [column.name for column in spec.columns if column.required and not column.droppable]
    for name in [*required, STATUS] if needs_status else required:
        if name not in places:
            faults.error(Rule.HEADER_MISSING, file, number, name)
    if faults.error_count > errors_before:
        return None
    narrowest = max((place for place, name in enumerate(names) if name), default=-1) + 1
    return Header(places, own, narrowest, len(names))


def _meant(name: str, known: set[str], number: int, file: str, faults: FaultLog) -> str | None:
    """The standard's column that a name stands for, if any."""
    if name in known:
        return name
    if not name:
        faults.warning(Rule.HEADER_UNNAMED, file, number)
        return None
    if name.startswith(EXTENSION_PREFIX):
        return None
    by_lowered = {column.lower(): column for column in known}
    meant = HEADER_MISSPELT.get(name, by_lowered.get(name.lower()))
    if meant is None or meant not in known:
        faults.warning(Rule.HEADER_UNKNOWN, file, number, name)
        return None
    faults.warning(Rule.HEADER_SPELLING, file, number, name, expected=meant)
    return meant

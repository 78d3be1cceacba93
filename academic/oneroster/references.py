"""What points where: the identifiers of every file that was read, and what becomes of a pointer to nowhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from academic.oneroster.columns import ColumnSpec
from academic.oneroster.faults import FaultLog, Rule
from academic.oneroster.records import AcademicSession, Mode, Org

Tree = Org | AcademicSession


class Reach(Enum):
    """How much of a file the set shows."""

    WHOLE = auto()  # what is not there does not exist
    PART = auto()  # a delta, or a file that could not be read: whoever loads the set looks further
    NOTHING = auto()


@dataclass(slots=True)
class Target:
    """The rows of one file that others may point at."""

    reach: Reach
    ids: dict[str, str] = field(default_factory=dict)  # to themselves, so that equal texts are one object
    deleted: set[str] = field(default_factory=set)


class Register:
    """The targets by file."""

    def __init__(self, modes: Mapping[str, Mode]) -> None:
        self._targets = {file: Target(_REACH[mode]) for file, mode in modes.items()}

    def __getitem__(self, file: str) -> Target:
        return self._targets[file]

    def give_up(self, file: str) -> None:
        """The file could not be read, so nothing can be said about pointers into it."""
        self._targets[file].reach = Reach.PART


def follow(
    pointer: str, *, column: ColumnSpec, target: Target, file: str, row: int, faults: FaultLog
) -> str | None:
    """The identifier pointed at, or None where there is none; what that means is said in the faults."""
    kept = target.ids.get(pointer)
    if kept is not None or target.reach is Reach.PART:
        return kept or pointer
    if target.reach is Reach.NOTHING:
        faults.warning(Rule.REFERENCE_OUTSIDE, file, row, column.name, pointer, f"{column.refers_to}.csv")
        return pointer
    report = faults.error if column.required and not column.droppable else faults.warning
    report(Rule.REFERENCE, file, row, column.name, pointer, f"a sourcedId of {column.refers_to}.csv")
    return None


def settle_parents(
    records: Sequence[Tree], column: ColumnSpec, target: Target, file: str, faults: FaultLog
) -> Iterator[Tree]:
    """The records once all of a file is known: a parent that is nowhere is left out, a circle is an error."""
    parents = {record.sourced_id: record.parent_sourced_id for record in records}
    circles = _in_circles(parents)
    for record in records:
        if record.sourced_id in circles:
            faults.error(Rule.REFERENCE_CYCLE, file, record.row, column.name, record.parent_sourced_id)
        parent = record.parent_sourced_id
        if parent is not None:
            parent = follow(parent, column=column, target=target, file=file, row=record.row, faults=faults)
        yield record if parent == record.parent_sourced_id else replace(record, parent_sourced_id=None)


def _in_circles(parents: Mapping[str, str | None]) -> set[str]:
    """The identifiers that are their own ancestors; each is walked over once."""
    done: set[str] = set()
    circles: set[str] = set()
    for start in parents:
        path: dict[str, None] = {}
        at: str | None = start
        while at is not None and at not in done and at not in path:
            path[at] = None
            at = parents.get(at)
        if at is not None and at in path:
            walked = list(path)
            circles.update(walked[walked.index(at) :])
        done.update(path)
    return circles


_REACH = {Mode.BULK: Reach.WHOLE, Mode.DELTA: Reach.PART, Mode.ABSENT: Reach.NOTHING}

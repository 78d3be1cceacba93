"""Rows of one file to its records: every cell read, every pointer followed, every fault named."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple, cast
from urllib.parse import quote

from academic.oneroster.columns import ColumnSpec, FileSpec
from academic.oneroster.faults import FaultLog, Rule
from academic.oneroster.header import STATUS, Header
from academic.oneroster.reading import NumberedRow
from academic.oneroster.records import AcademicSession, Mode, Org, Record, Status
from academic.oneroster.references import Register, Target, follow, settle_parents

_ID = "sourcedId"
_ABSENT_VALUES: dict[str, object] = {"enabled": True, "primary": False, "kind": "secondary"}
_STATUSES = {"": Status.ACTIVE, **{str(status): status for status in Status}}


class _Planned(NamedTuple):
    """A column with its place in the row and in the record."""

    at: int
    to: int | None
    spec: ColumnSpec
    target: Target | None


class RowReader:
    """Reads the rows of one file; what it has seen is in the register."""

    def __init__(
        self, *, spec: FileSpec, header: Header, file: str, mode: Mode, register: Register, faults: FaultLog
    ) -> None:
        self._spec = spec
        self._header = header
        self._file = file
        self._mode = mode
        self._faults = faults
        self._make = cast(Callable[..., Record], spec.record)  # the values' types are those of the columns
        self._own = register[spec.name]
        self._status_at = header.places.get(STATUS)
        self._status_name = header.names.get(STATUS, STATUS)
        self._id_name = header.names.get(_ID, _ID)
        self._fields = {name: place for place, name in enumerate(spec.record_fields)}
        self._columns = [
            self._planned(column, register) for column in spec.columns if column.name in header.places
        ]
        self._empty = _empty_record(spec)
        self._id_at = [header.places.get(name) for name in spec.id_from]
        self._span = [self._fields[name] for name in spec.span or ()]
        self._unique = [
            (planned.spec.name, planned.to, set[str]())
            for planned in self._columns
            if planned.to is not None and planned.spec.field in spec.unique
        ]

    def records(self, rows: Iterable[NumberedRow]) -> tuple[Record, ...]:
        """All records that could be read."""
        read = (self._record(number, cells) for number, cells in rows)
        for column in (planned.spec for planned in self._columns):
            if column.refers_to == self._spec.name:
                trees = [cast(Org | AcademicSession, record) for record in read if record]
                return tuple(settle_parents(trees, column, self._own, self._file, self._faults))
        return tuple(record for record in read if record)

    def _planned(self, column: ColumnSpec, register: Register) -> _Planned:
        to = None if column.field is None else self._fields[column.field]
        is_own = column.refers_to == self._spec.name
        target = None if column.refers_to is None or is_own else register[column.refers_to]
        named = replace(column, name=self._header.names[column.name])
        return _Planned(self._header.places[column.name], to, named, target)

    def _record(self, number: int, cells: Sequence[str]) -> Record | None:
        if not self._has_its_cells(number, cells):
            return None
        status = self._status(number, cells)
        if status is None:
            return None
        values = self._empty.copy()
        is_whole = True
        for at, to, spec, target in self._columns:
            text = cells[at].strip()
            if text != cells[at]:
                self._faults.warning(Rule.SPACES, self._file, number, spec.name, cells[at])
            if text:
                is_whole &= self._read(spec, target, to, number, text, values)
            elif spec.required:
                is_whole &= self._complain(spec, number, Rule.REQUIRED, text)
        if self._spec.id_from:
            values[0] = "/".join(quote(cells[at].strip(), safe="") for at in self._id_at if at is not None)
        values[-1] = status if status is Status.TO_BE_DELETED else self._status_by_targets(number, values)
        if not self._is_new(number, values) or not is_whole or not self._is_ordered(number, values):
            return None
        self._name_doubles(number, values)
        return self._make(*values, number)

    def _has_its_cells(self, number: int, cells: Sequence[str]) -> bool:
        count, widest = len(cells), self._header.widest
        if self._header.narrowest <= count <= widest:
            return True
        expected = f"{widest} cells, not {count}"
        if count > widest and not any(cells[widest:]):
            self._faults.warning(Rule.COLUMN_COUNT, self._file, number, expected=expected)
            return True
        self._faults.error(Rule.COLUMN_COUNT, self._file, number, expected=expected)
        return False

    def _status(self, number: int, cells: Sequence[str]) -> Status | None:
        """None for a row that is skipped: nobody can say what its status asks for."""
        if self._status_at is None:
            return Status.ACTIVE
        text = cells[self._status_at].strip()
        status = _STATUSES.get(text) or _STATUSES.get(text.lower())
        if status is None:
            self._faults.warning(
                Rule.STATUS, self._file, number, self._status_name, text, "active, tobedeleted"
            )
        elif not text and self._mode is Mode.DELTA:
            self._faults.error(
                Rule.REQUIRED, self._file, number, self._status_name, text, "active, tobedeleted"
            )
        elif text not in _STATUSES:
            self._faults.warning(Rule.ENUMERATION, self._file, number, self._status_name, text, status)
        if status is Status.TO_BE_DELETED and self._mode is Mode.BULK:
            self._faults.warning(Rule.DELETED_IN_BULK, self._file, number, self._status_name, text)
        return status

    def _read(
        self,
        spec: ColumnSpec,
        target: Target | None,
        to: int | None,
        number: int,
        text: str,
        values: list[object],
    ) -> bool:
        """Puts the cell's value into the record; false where the record cannot be had without it."""
        value, broken, is_readable, expected = spec.read(text)
        if broken is not None:
            if not is_readable:
                return self._complain(spec, number, broken, text, expected)
            meant = expected or (value if isinstance(value, str) else "")
            self._faults.warning(broken, self._file, number, spec.name, text, meant)
        if value == () and spec.required:
            return self._complain(spec, number, Rule.REQUIRED, text)
        if target is not None:
            value = self._follow(spec, target, number, value)
            if not value and spec.required and not spec.droppable:
                return False
        if to is not None:
            values[to] = value
        return True

    def _complain(self, spec: ColumnSpec, number: int, rule: Rule, text: str, expected: str = "") -> bool:
        report = self._faults.warning if spec.droppable else self._faults.error
        report(rule, self._file, number, spec.name, text, expected)
        return spec.droppable

    def _follow(self, spec: ColumnSpec, target: Target, number: int, value: object) -> object:
        if isinstance(value, str):
            return target.ids.get(value) or self._find(spec, target, number, value)
        found = [self._find(spec, target, number, pointer) for pointer in cast(tuple[str, ...], value)]
        return tuple(pointer for pointer in found if pointer is not None)

    def _find(self, spec: ColumnSpec, target: Target, number: int, pointer: str) -> str | None:
        return follow(pointer, column=spec, target=target, file=self._file, row=number, faults=self._faults)

    def _status_by_targets(self, number: int, values: Sequence[object]) -> Status:
        """What needs a row that is to be deleted goes with it."""
        for _, to, spec, target in self._columns:
            if target is None or not target.deleted or to is None or spec.is_list or not spec.required:
                continue
            if values[to] in target.deleted:
                pointer = cast(str, values[to])
                self._faults.warning(Rule.REFERENCE_DELETED, self._file, number, spec.name, pointer)
                return Status.TO_BE_DELETED
        return Status.ACTIVE

    def _is_new(self, number: int, values: Sequence[object]) -> bool:
        """Registers the row, also a broken one: what points at it is not to blame."""
        sourced_id = cast("str | None", values[0])
        if not sourced_id:
            return True
        if sourced_id in self._own.ids:
            if self._spec.id_from:
                self._faults.warning(Rule.DUPLICATE_ROW, self._file, number, None, sourced_id)
            else:
                self._faults.error(Rule.DUPLICATE_ID, self._file, number, self._id_name, sourced_id)
            return False
        self._own.ids[sourced_id] = sourced_id
        if values[-1] is Status.TO_BE_DELETED:
            self._own.deleted.add(sourced_id)
        return True

    def _is_ordered(self, number: int, values: Sequence[object]) -> bool:
        if not self._span:
            return True
        first, last = (values[place] for place in self._span)
        if first is None or last is None or first <= last:  # type: ignore[operator]  # both are days
            return True
        column = next(spec.name for _, to, spec, _ in self._columns if to == self._span[1])
        self._faults.error(Rule.DATE_ORDER, self._file, number, column, str(last), f"not before {first}")
        return False

    def _name_doubles(self, number: int, values: Sequence[object]) -> None:
        for name, place, seen in self._unique:
            if values[place] is None or values[-1] is Status.TO_BE_DELETED:
                continue
            value = cast(str, values[place])
            if value.casefold() in seen:
                self._faults.warning(Rule.DUPLICATE_VALUE, self._file, number, name, value)
            seen.add(value.casefold())


def _empty_record(spec: FileSpec) -> list[object]:
    """The record's values where a file says nothing: what the absence of a value means."""
    lists = {"grades", "subjects", "term_sourced_ids", "user_ids"}
    return [() if name in lists else _ABSENT_VALUES.get(name) for name in spec.record_fields]

"""Bytes of a CSV file to rows, one at a time, each with the line it begins on; whatever is broken becomes a fault."""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from academic.oneroster.faults import FaultLog, Rule

LONGEST_CELL = 65_536  # characters; below the csv module's own limit of 131,072
LONGEST_LINE = 1 << 20  # bytes; a longer one is not read into memory

NumberedRow = tuple[int, list[str]]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_rows(stream: BinaryIO, *, file: str, faults: FaultLog) -> Iterator[NumberedRow]:
    """Rows in order, the header among them; blank lines are passed over, broken rows are faults and left out."""
    lines = _Lines(stream, file, faults)
    reader = csv.reader(lines, strict=True)
    while True:
        number = reader.line_num + 1
        lines.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            faults.error(Rule.CSV_SYNTAX, file, number)
            continue
        if lines.is_long and any(len(cell) > LONGEST_CELL for cell in cells):
            faults.error(Rule.CELL_LENGTH, file, number, expected=f"at most {LONGEST_CELL} characters")
        elif lines.is_broken or not cells:
            continue
        elif not any(cells):
            faults.warning(Rule.BLANK_ROW, file, number)
        else:
            yield number, cells


class _Lines:
    """Decoded lines for the csv module; knows whether the row that is being read had something wrong."""

    def __init__(self, stream: BinaryIO, file: str, faults: FaultLog) -> None:
        self._stream = stream
        self._file = file
        self._faults = faults
        self._number = 0
        self._length = 0
        self.is_broken = False

    @property
    def is_long(self) -> bool:
        """Whether the row could hold a cell over the limit."""
        return self._length > LONGEST_CELL

    def begin_row(self) -> None:
        """Forget the row before."""
        self._length = 0
        self.is_broken = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = self._stream.readline(LONGEST_LINE)
        self._number += 1
        if not raw:
            raise StopIteration
        if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
            self._faults.error(Rule.LINE_LENGTH, self._file, self._number)
            raise StopIteration
        if self._number == 1:
            raw = raw.removeprefix(_BYTE_ORDER_MARK)
            if raw.startswith(_UTF_16_MARKS):
                self._faults.error(Rule.ENCODING, self._file, 1, expected="not UTF-16")
                raise StopIteration
        if b"\0" in raw:
            self._refuse(Rule.NUL)
        self._length += len(raw)
        return self._decoded(raw)

    def _decoded(self, raw: bytes) -> str:
        try:
            return raw.decode()
        except UnicodeDecodeError:
            self._refuse(Rule.ENCODING)
            return raw.decode(errors="replace")

    def _refuse(self, rule: Rule) -> None:
        self.is_broken = True
        self._faults.error(rule, self._file, self._number)

"""Rows out of bytes, whatever the bytes are."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academic.oneroster.faults import Fault, FaultLog, Rule
from academic.oneroster.reading import LONGEST_CELL, LONGEST_LINE, read_rows
from academic.oneroster.sources import MemoryFiles
from academic.oneroster.validating import read_roster


def rows_of(content: bytes) -> tuple[list[tuple[int, list[str]]], list[tuple[Rule, int | None]]]:
    faults = FaultLog()
    rows = list(read_rows(BytesIO(content), file="users.csv", faults=faults))
    return rows, [(fault.rule, fault.row) for fault in faults.faults]


@pytest.mark.parametrize(
    "content", [b"a,b\n1,2\n", b"a,b\r\n1,2\r\n", b"a,b\n1,2", b"\xef\xbb\xbfa,b\r\n1,2", b'"a","b"\n1,"2"\n']
)
def test_line_ends_byte_order_mark_quotes_and_a_missing_last_newline_make_no_difference(
    content: bytes,
) -> None:
    assert rows_of(content) == ([(1, ["a", "b"]), (2, ["1", "2"])], [])


def test_rows_carry_the_line_they_begin_on() -> None:
    rows, faults = rows_of(b'a,b\r\n"two\r\nlines",2\r\n\r\n3,"say ""three"""\r\n')
    assert rows == [(1, ["a", "b"]), (2, ["two\r\nlines", "2"]), (5, ["3", 'say "three"'])]
    assert faults == []


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (b"x\0,2", Rule.NUL),
        (b"\xff,2", Rule.ENCODING),
        (b'"x"y,2', Rule.CSV_SYNTAX),
        (b"x\ry,2", Rule.CSV_SYNTAX),
        (b"x" * (LONGEST_CELL + 1) + b",2", Rule.CELL_LENGTH),
        (b",", Rule.BLANK_ROW),
    ],
)
def test_a_broken_row_is_named_and_the_rows_around_it_are_read(row: bytes, rule: Rule) -> None:
    rows, faults = rows_of(b"a,b\n" + row + b"\n3,4\n")
    assert rows == [(1, ["a", "b"]), (3, ["3", "4"])]
    assert faults == [(rule, 2)]


def test_a_cell_of_the_longest_length_is_read() -> None:
    rows, faults = rows_of(b"x" * LONGEST_CELL + b",2\n")
    assert (len(rows[0][1][0]), faults) == (LONGEST_CELL, [])


def test_a_quote_that_is_never_closed_is_named() -> None:
    assert rows_of(b'a,b\n1,"2\n3,4\n') == ([(1, ["a", "b"])], [(Rule.CSV_SYNTAX, 2)])


def test_a_line_without_end_is_not_read_into_memory() -> None:
    stream = BytesIO(b"a,b\n" + b"x" * (LONGEST_LINE * 3))
    faults = FaultLog()
    assert list(read_rows(stream, file="users.csv", faults=faults)) == [(1, ["a", "b"])]
    assert [fault.rule for fault in faults.faults] == [Rule.LINE_LENGTH]
    assert stream.tell() <= LONGEST_LINE + 4


def test_a_flood_of_faults_is_counted_but_not_kept() -> None:
    faults = FaultLog()
    list(read_rows(BytesIO(b"\0\n" * 5000), file="users.csv", faults=faults))
    assert (faults.error_count, len(faults.faults)) == (5000, FaultLog.kept_of_each)


def test_a_fault_keeps_the_value_out_of_its_representation_and_short() -> None:
    faults = FaultLog()
    faults.error(Rule.EMAIL, "users.csv", 2, "email", "ada@" * 100)
    (fault,) = faults.faults
    assert isinstance(fault, Fault)
    assert "ada" not in repr(fault)
    assert fault.value is not None
    assert len(fault.value) == 120


@given(st.binary(max_size=400))
def test_no_bytes_crash_the_reader(content: bytes) -> None:
    rows, faults = rows_of(content)
    assert all(number >= 1 and cells for number, cells in rows)
    if content.strip(b"\r\n") and not rows:
        assert faults or content == b"\xef\xbb\xbf"


HEADERS = st.sampled_from(
    [b"sourcedId,name,type\n", b"sourcedId,status,name,type,parentSourcedId\n", b"propertyName,value\n", b""]
)
CONTENTS = st.builds(
    lambda header, rows: header + rows,
    HEADERS,
    st.binary(max_size=60) | st.text(alphabet='a1,"\n\r{}:-Tsé\0', max_size=60).map(str.encode),
)
FILES = st.sampled_from(
    [
        *(
            "manifest.csv",
            "orgs.csv",
            "users.csv",
            "roles.csv",
            "Roles.csv",
            "classes.csv",
            "userProfiles.csv",
        ),
        *("demographics.csv", "enrollments.csv", "academicSessions.csv", "courses.csv", "other.csv"),
    ]
)


@given(st.dictionaries(FILES, CONTENTS, max_size=8))
def test_no_files_crash_the_import(files: dict[str, bytes]) -> None:
    roster = read_roster(MemoryFiles(files))
    assert roster.error_count + roster.warning_count >= len(roster.faults)
    assert roster.is_loadable == (roster.error_count == 0)

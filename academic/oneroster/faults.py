"""What is wrong with a file set: each fault with its file, row, column, value and rule.

How bad a fault is follows one rule. It is an **error**, and blocks the whole file set, unless
1. the value has exactly one reading (another case, a date with a time, a known misspelling, spaces around it): it is
   read that way, with a warning;
2. the value is not loaded, or only describes or points (an e-mail address, an optional parent that is not there): it
   is left out, with a warning. A day that somebody's membership begins or ends is never left out: without it the
   person would have other rights than the file says;
3. the row's status is none of the standard's, so that nothing can be said about the row: it is skipped, with a
   warning. A kept row that cannot do without it then has an error of its own.
Nothing is guessed: 1/05/2023 is the first of May for one half of the world.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """An error blocks the file set, a warning is reported."""

    ERROR = "error"
    WARNING = "warning"


class Rule(StrEnum):
    """The rule that was broken; `sentence` says it to a person."""

    FILE_MISSING = "file_missing"
    FILE_AMBIGUOUS = "file_ambiguous"
    FILE_NAME = "file_name"
    FILE_UNDECLARED = "file_undeclared"
    FILE_UNKNOWN = "file_unknown"
    FILE_NOT_IMPORTED = "file_not_imported"
    MANIFEST_VERSION = "manifest_version"
    MANIFEST_MODE = "manifest_mode"
    ENCODING = "encoding"
    NUL = "nul"
    LINE_LENGTH = "line_length"
    CELL_LENGTH = "cell_length"
    CSV_SYNTAX = "csv_syntax"
    BLANK_ROW = "blank_row"
    COLUMN_COUNT = "column_count"
    HEADER_MISSING = "header_missing"
    HEADER_DUPLICATE = "header_duplicate"
    HEADER_UNNAMED = "header_unnamed"
    HEADER_UNKNOWN = "header_unknown"
    HEADER_SPELLING = "header_spelling"
    SPACES = "spaces"
    REQUIRED = "required"
    IDENTIFIER = "identifier"
    STATUS = "status"
    DELETED_IN_BULK = "deleted_in_bulk"
    ENUMERATION = "enumeration"
    BOOLEAN = "boolean"
    DATE = "date"
    DATE_TIME = "date_time"
    YEAR = "year"
    EMAIL = "email"
    USER_IDS = "user_ids"
    DATE_ORDER = "date_order"
    DUPLICATE_ID = "duplicate_id"
    DUPLICATE_ROW = "duplicate_row"
    DUPLICATE_VALUE = "duplicate_value"
    REFERENCE = "reference"
    REFERENCE_OUTSIDE = "reference_outside"
    REFERENCE_DELETED = "reference_deleted"
    REFERENCE_CYCLE = "reference_cycle"
    # Found while loading: what the database knows is needed to see them.
    TEXT_LENGTH = "text_length"
    CODE_TAKEN = "code_taken"
    EMAIL_TAKEN = "email_taken"
    USER_ID_TAKEN = "user_id_taken"
    SAME_OBJECT = "same_object"
    ERASED = "erased"
    STAYS_SUSPENDED = "stays_suspended"
    COURSE_FROM_CLASS = "course_from_class"
    NO_TERM = "no_term"
    SEVERAL_TERMS = "several_terms"
    SESSION_DATES = "session_dates"
    ROLE_UNKNOWN = "role_unknown"
    NOT_BEGUN = "not_begun"
    SEVERAL_ENROLLMENTS = "several_enrollments"
    DECIDED_HERE = "decided_here"

    @property
    def sentence(self) -> str:
        """The rule in words."""
        return _SENTENCES[self]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong. `value` may be somebody's data: it is for the person who imports and stays out of `repr`."""

    file: str
    row: int | None  # the line of the file on which the row begins; the header is on line 1
    column: str | None
    value: str | None = field(repr=False)
    rule: Rule
    severity: Severity
    expected: str = ""


class FaultLog:
    """Collects faults: counts all of them, keeps the first few of each kind, so that a broken million is no flood."""

    kept_of_each = 100
    kept_at_all = 10_000

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.error_count = 0
        self.warning_count = 0
        self._seen: Counter[tuple[str, str | None, Rule, Severity]] = Counter()

    def error(
        self,
        rule: Rule,
        file: str,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
        expected: str = "",
    ) -> None:
        """Something that blocks the file set."""
        self._add(Fault(file, row, column, _shortened(value), rule, Severity.ERROR, expected))

    def warning(
        self,
        rule: Rule,
        file: str,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
        expected: str = "",
    ) -> None:
        """Something to know about."""
        self._add(Fault(file, row, column, _shortened(value), rule, Severity.WARNING, expected))

    def _add(self, fault: Fault) -> None:
        if fault.severity is Severity.ERROR:
            self.error_count += 1
        else:
            self.warning_count += 1
        kind = (fault.file, fault.column, fault.rule, fault.severity)
        if self._seen[kind] < self.kept_of_each and len(self.faults) < self.kept_at_all:
            self._seen[kind] += 1
            self.faults.append(fault)


_LONGEST_VALUE = 120


def _shortened(value: str | None) -> str | None:
    return value if value is None or len(value) <= _LONGEST_VALUE else value[: _LONGEST_VALUE - 1] + "…"


_SENTENCES = {
    Rule.FILE_MISSING: "the file is declared or required, and is not there",
    Rule.FILE_AMBIGUOUS: "two files differ only in the case of their names",
    Rule.FILE_NAME: "the name of the file is written in another case than the standard's",
    Rule.FILE_UNDECLARED: "the manifest calls the file absent, so it is not read",
    Rule.FILE_UNKNOWN: "the file is not one of the standard's and is not opened",
    Rule.FILE_NOT_IMPORTED: "the file is not imported",
    Rule.MANIFEST_VERSION: "the file set is OneRoster 1.2",
    Rule.MANIFEST_MODE: "the manifest says bulk, delta or absent for each file",
    Rule.ENCODING: "files are encoded in UTF-8",
    Rule.NUL: "text has no U+0000",
    Rule.LINE_LENGTH: "a line is too long to be one, reading of the file stops",
    Rule.CELL_LENGTH: "a cell is too long",
    Rule.CSV_SYNTAX: "rows are written as RFC 4180 says (quotes are closed, doubled within, and only around a cell)",
    Rule.BLANK_ROW: "the row has nothing in it and is skipped",
    Rule.COLUMN_COUNT: "a row has as many cells as the header",
    Rule.HEADER_MISSING: "a required column is not there",
    Rule.HEADER_DUPLICATE: "a column is there twice",
    Rule.HEADER_UNNAMED: "a column has no name and is ignored",
    Rule.HEADER_UNKNOWN: "a column is not one of the standard's and is ignored",
    Rule.HEADER_SPELLING: "the name of a column is misspelt, and read as what it is meant to be",
    Rule.SPACES: "a value has spaces around it, which are taken away",
    Rule.REQUIRED: "a required value is empty",
    Rule.IDENTIFIER: "an identifier has at most 255 characters",
    Rule.STATUS: "a status is active or tobedeleted; the row is skipped",
    Rule.DELETED_IN_BULK: "a bulk file holds no rows to be deleted; read as one nevertheless",
    Rule.ENUMERATION: "the value is one of a list",
    Rule.BOOLEAN: "the value is true or false",
    Rule.DATE: "a date is written YYYY-MM-DD",
    Rule.DATE_TIME: "a moment is written YYYY-MM-DDThh:mm:ss.sssZ",
    Rule.YEAR: "a school year is the four digits of the year in which it ends",
    Rule.EMAIL: "the value is an e-mail address; left out",
    Rule.USER_IDS: "the value is written {type:id},{type:id}; left out",
    Rule.DATE_ORDER: "the last day is not before the first",
    Rule.DUPLICATE_ID: "an identifier is used once per file",
    Rule.DUPLICATE_ROW: "the row says what an earlier row said and is skipped",
    Rule.DUPLICATE_VALUE: "the value belongs to one person only",
    Rule.REFERENCE: "the row that this one points at is not there",
    Rule.REFERENCE_OUTSIDE: "the row points into a file that the set does not have",
    Rule.REFERENCE_DELETED: "the row depends on one that is to be deleted, so it is to be deleted too",
    Rule.REFERENCE_CYCLE: "a row is its own ancestor",
    Rule.TEXT_LENGTH: "a title has at most 500 characters, a name 150, and no control characters",
    Rule.CODE_TAKEN: "a code is used once, in a term or at all; the sourcedId is taken instead where that is free",
    Rule.EMAIL_TAKEN: "the address is the primary one of somebody else here; left out",
    Rule.USER_ID_TAKEN: "an identifier belongs to one person only, and none says who signs in; left out",
    Rule.SAME_OBJECT: "two rows mean one and the same object here; the later one is skipped",
    Rule.ERASED: "the person was erased here and is skipped",
    Rule.STAYS_SUSPENDED: "a suspension is lifted by a person and not by a file; the person stays suspended",
    Rule.COURSE_FROM_CLASS: "the course is nowhere, so it is made from the class",
    Rule.NO_TERM: "a class is taught in a term, and neither the class nor its course names one",
    Rule.SEVERAL_TERMS: "a class in several terms is loaded into the first, and lasts until the end of the last",
    Rule.SESSION_DATES: "an academic session lies within the one around it; loaded outside of it",
    Rule.ROLE_UNKNOWN: "the role has no counterpart here, or is not given by a file; left out",
    Rule.NOT_BEGUN: "the role begins on a later day, and is loaded then",
    Rule.SEVERAL_ENROLLMENTS: "a person is enrolled once in a class; the strongest role is kept",
    Rule.DECIDED_HERE: "what a person decided here about an enrollment is not undone by a file",
}
"""The rules in words."""

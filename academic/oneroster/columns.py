"""How a file of the set is described: its columns, what they mean, where they point and what must be there."""

from dataclasses import dataclass, fields

from academic.oneroster.records import Record
from academic.oneroster.values import (
    Reader,
    one_of,
    read_date,
    read_date_time,
    read_email,
    read_id,
    read_list,
    read_text,
)


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One column. Without a `field` it is checked and not kept; `droppable` says an unreadable value is left out."""

    name: str
    field: str | None = None
    read: Reader = read_text
    required: bool = False
    droppable: bool = False
    refers_to: str | None = None  # a file's name
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class FileSpec:
    """One file. `id_from` names the columns that stand for a missing `sourcedId`."""

    name: str
    record: type[Record]
    columns: tuple[ColumnSpec, ...]
    unread: frozenset[str] = frozenset()
    id_from: tuple[str, ...] = ()
    span: tuple[str, str] | None = None  # fields with a first and a last day
    unique: tuple[str, ...] = ()  # fields that say who somebody is

    @property
    def record_fields(self) -> tuple[str, ...]:
        """The record's fields in order, but the row's number, which is no cell's."""
        return tuple(field.name for field in fields(self.record) if field.name != "row")


def id_column() -> ColumnSpec:
    """`sourcedId`."""
    return ColumnSpec("sourcedId", "sourced_id", read_id, required=True)


def text_column(name: str, field: str, *, required: bool = False) -> ColumnSpec:
    """Any text."""
    return ColumnSpec(name, field, required=required)


def list_column(name: str, field: str) -> ColumnSpec:
    """Values between commas."""
    return ColumnSpec(name, field, read_list, is_list=True)


def day_column(name: str, field: str, *, required: bool = False) -> ColumnSpec:
    """A day; never left out where it cannot be read."""
    return ColumnSpec(name, field, read_date, required=required)


def reference_column(name: str, field: str | None, file: str, *, required: bool = False) -> ColumnSpec:
    """The sourcedId of a row of a file."""
    return ColumnSpec(name, field, read_id, required=required, droppable=field is None, refers_to=file)


def references_column(name: str, field: str, file: str, *, required: bool = False) -> ColumnSpec:
    """Several of them."""
    return ColumnSpec(name, field, read_list, required=required, refers_to=file, is_list=True)


def kind_column(
    name: str, field: str | None, values: tuple[str, ...], *, required: bool = True
) -> ColumnSpec:
    """One of a list, or an extension of it."""
    read = one_of(values, is_extensible=True)
    return ColumnSpec(name, field, read, required=required, droppable=field is None)


CHANGED = ColumnSpec("dateLastModified", None, read_date_time, droppable=True)
EMAIL = ColumnSpec("email", "email", read_email, droppable=True)
SESSION_DAYS = (
    day_column("startDate", "starts_on", required=True),
    day_column("endDate", "ends_on", required=True),
)
NAMES = (
    text_column("username", "username", required=True),
    text_column("givenName", "given_name", required=True),
    text_column("familyName", "family_name", required=True),
    EMAIL,
)

SESSION_KINDS = ("gradingPeriod", "semester", "schoolYear", "term")

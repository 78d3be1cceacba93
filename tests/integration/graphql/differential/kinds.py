"""What an object type of the schema is over plain rows, and the few ways in which its fields are read off them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from tests.integration.graphql.differential.rows import Row, Rows, Viewer

Scalar = Callable[[Row, Rows, Viewer], Any]


def _always(row: Row) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Kind:
    """One object type."""

    name: str
    prefix: str
    table: str
    scalars: Mapping[str, Scalar]
    texts: Mapping[str, Callable[[Row, Rows], Mapping[str, str] | None]] = field(default_factory=dict)
    ones: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # field -> kind, column
    lists: Mapping[str, tuple[str, Callable[[Row, Rows, Viewer], list[Row]]]] = field(default_factory=dict)
    objects: Mapping[str, tuple[str, Callable[[Row, Rows, Viewer], Row | None]]] = field(default_factory=dict)
    manies: Mapping[str, tuple[str, str, str]] = field(
        default_factory=dict
    )  # field -> kind, its column, order
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    filters: Mapping[str, Callable[[Row, Any, Rows], bool]] = field(default_factory=dict)
    # Of manies: what else their rows must be, and the column that theirs equals where it is not the id.
    where: Mapping[str, Callable[[Row, Rows, Viewer], bool]] = field(default_factory=dict)
    local: Mapping[str, str] = field(default_factory=dict)
    # Arguments other than the id by which one is looked up, where no filter is one.
    keys: Mapping[str, Scalar] = field(default_factory=dict)
    is_listed: Callable[[Row], bool] = _always
    is_ordered: bool = True  # its lists take `orderBy`
    is_newest_first: bool = False


def written_moment(value: datetime | None) -> str | None:
    """As the API writes a moment."""
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment_of(given: str | int) -> datetime:
    """The moment that a text, or a number of milliseconds, says."""
    return (
        datetime.fromisoformat(given) if isinstance(given, str) else datetime.fromtimestamp(given / 1000, UTC)
    )


def number_of(global_id: str) -> int:
    """The row's id."""
    return int(global_id.rpartition("_")[2])


def column(name: str) -> Scalar:
    """The column as it is."""
    return lambda row, rows, viewer: row[name]


def columns(**names: str) -> dict[str, Scalar]:
    """Fields that are columns: GraphQL's name to the column's."""
    return {name: column(one) for name, one in names.items()}


def enum(name: str) -> Scalar:
    """A column of a closed set."""
    return lambda row, rows, viewer: None if row[name] is None else row[name].upper()


def moment(name: str) -> Scalar:
    """A column that is a moment."""
    return lambda row, rows, viewer: written_moment(row[name])


def points_to(name: str) -> Callable[[Row, Any, Rows], bool]:
    """The filter by an id that a column holds."""
    return lambda row, value, rows: bool(row[name] == number_of(value))


def day(name: str) -> Scalar:
    """A column that is a day."""

    def read(row: Row, rows: Rows, viewer: Viewer) -> str | None:
        value: date | None = row[name]
        return None if value is None else value.isoformat()

    return read


def texts(*names: str) -> dict[str, Callable[[Row, Rows], Any]]:
    """Texts in several languages that are columns of their own name."""
    return {name: lambda row, rows, name=name: row[name] for name in names}


STAMPS = {
    "createdAt": moment("created_at"),
    "updatedAt": moment("updated_at"),
    "version": column("version"),
}
COMMON = {"UPDATED_AT": ("updated_at", "id"), "ID": ("id",)}  # orders

"""What belongs to a row: the rows of a table that name it, its attributes, its ids elsewhere."""

from collections.abc import Callable
from typing import Any

from tests.integration.graphql.differential.rows import Row, Rows, Viewer


def owned(
    table: str, column: str, *order: str, personal: bool = False
) -> Callable[[Row, Rows, Viewer], list[Row]]:
    """The rows of a table that belong to a row; what is personal only to who reads people, and to its person."""

    def read(row: Row, rows: Rows, viewer: Viewer) -> list[Row]:
        is_shown = not personal or viewer.reads_all or row["id"] == viewer.id
        return rows.of(table, column, row["id"], *order) if is_shown else []

    return read


def attributes_of(table: str, column: str) -> Callable[[Row, Rows, Viewer], list[Row]]:
    """Its attributes whose values the viewer reads."""

    def read(row: Row, rows: Rows, viewer: Viewer) -> list[Row]:
        return [
            one for one in rows.of(table, column, row["id"], "definition_id") if rows.reads_value(viewer, one)
        ]

    return read


def credits_of(row: Row, rows: Rows, viewer: Viewer) -> list[Row]:
    """Its credits, which stand in a column."""
    return list(row["credits"])


def external_ids(owner: str, *, personal: bool = False) -> dict[str, tuple[str, Any]]:
    """Its ids elsewhere."""
    read = owned(f"{owner}_external_ids", f"{owner}_id", "type", "value", personal=personal)
    return {"externalIds": ("ExternalId", read)}

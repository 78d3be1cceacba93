"""The filters that several object types have, over plain rows."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.integration.graphql.differential.kinds import number_of
from tests.integration.graphql.differential.rows import Row, Rows


def is_(name: str) -> Callable[[Row, Any, Rows], bool]:
    """The column is the value."""
    return lambda row, value, rows: bool(row[name] == value)


def is_state(name: str) -> Callable[[Row, Any, Rows], bool]:
    """The column, of a closed set, is the value."""
    return lambda row, value, rows: bool(row[name] == value.name.lower())


def since(row: Row, value: Any, rows: Rows) -> bool:
    """It was changed at the moment or later."""
    return bool(row["updated_at"] >= datetime.fromisoformat(value))


def external(table: str, owner: str) -> Callable[[Row, Any, Rows], bool]:
    """It has the id elsewhere."""

    def matches(row: Row, value: Any, rows: Rows) -> bool:
        return any(
            (one["type"], one["value"], one[owner]) == (value["type"], value["value"], row["id"])
            for one in rows.tables[table]
        )

    return matches


def has_attribute(table: str, column: str) -> Callable[[Row, Any, Rows], bool]:
    """Its field of that name has the value."""

    def matches(row: Row, value: Any, rows: Rows) -> bool:
        (definition,) = rows.of("attribute_definitions", "name", value["name"])
        of_field = [
            one for one in rows.of(table, column, row["id"]) if one["definition_id"] == definition["id"]
        ]
        return any(one["value"] == value["value"] for one in of_field)

    return matches


def in_term(row: Row, value: Any, rows: Rows) -> bool:
    """Its offering is of the term."""
    offering = rows.get("offerings", row["offering_id"])
    return offering is not None and offering["academic_session_id"] == number_of(value)

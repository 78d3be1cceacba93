"""Who sees which saved search, set of synonyms and pin, written a second time over plain rows."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.graphql.differential.rows import Row, Viewer

TABLES = ("saved_searches", "search_synonyms", "search_pins", "search_pin_results")


def sees(viewer: "Viewer", table: str, row: "Row") -> bool:
    """Whether the viewer, who is signed in, sees this row of one of `TABLES`."""
    if table == "saved_searches":
        return bool(row["user_id"] == viewer.id)
    return viewer.role in ("tenant_admin", "registrar")

"""Who sees which notification and which provider to sign in by, written a second time over plain rows."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.graphql.differential.rows import Row, Viewer

TABLES = ("notifications", "notification_preferences", "openid_providers")
SIGN_IN_METHODS = "sign_in_methods"
"""The providers as buttons: those that people can sign in by just now."""
SHOWN = (*TABLES, SIGN_IN_METHODS)


def sees(viewer: "Viewer", table: str, row: "Row") -> bool:
    """Whether the viewer, who is signed in, sees this row of one of `SHOWN`."""
    match table:
        case "notifications":
            return bool(row["is_shown"] and row["user_id"] == viewer.id)
        case "openid_providers":
            return viewer.role == "tenant_admin"
    return True

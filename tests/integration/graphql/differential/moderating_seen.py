"""Who sees what of moderation and of the delivery queue, written a second time over plain rows."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.integration.graphql.differential.social_seen import moderates, own_actor

if TYPE_CHECKING:
    from tests.integration.graphql.differential.rows import Row, Rows, Viewer

_QUEUE = ("tenant_hosts", "deliveries", "dead_letters", "delivery_commands")
# Beside those that `social_seen` reads and nobody is shown as they are.
TABLES = ("reports", "moderation_actions", "domain_policies", *_QUEUE)
SHOWN = (*TABLES, "held_posts", "blocks", "mutes", "muted_domains")


def sees(rows: "Rows", viewer: "Viewer", table: str, row: "Row") -> bool:
    """Whether the viewer, who is signed in, sees this row of one of `SHOWN`."""
    match table:
        case "reports":
            own = own_actor(rows, viewer)
            return moderates(viewer) or (own is not None and row["reporter_id"] == own)
        case "moderation_actions" | "held_posts" | "domain_policies":
            return moderates(viewer)
        case "blocks":
            return bool(row["actor_id"] == own_actor(rows, viewer))
        case "mutes":
            lasts = row["until"] is None or row["until"] > datetime.now(UTC)
            return bool(lasts and row["user_id"] == viewer.id)
        case "muted_domains":
            return bool(row["user_id"] == viewer.id)
    return viewer.role == "tenant_admin"

"""What people are told, and the providers they sign in by, in the differential test: rows, columns, and who sees which."""

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from federation.notifications.model import DEFAULTS
from federation.tables.notifications import notification_preferences, notifications
from federation.tables.signin import openid_providers
from tests.integration.graphql.differential.asked import Enum
from tests.integration.graphql.differential.kinds import (
    STAMPS,
    Kind,
    column,
    columns,
    enum,
    moment,
    written_moment,
)
from tests.integration.graphql.differential.rows import Row, Rows, Viewer
from tests.integration.graphql.differential.telling_seen import SIGN_IN_METHODS

Made = list[dict[str, Any]]
_AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
_KINDS = [kind.value for kind in DEFAULTS]
_SOCIAL = ("follow", "mention", "reply", "like", "announce", "moved")


def rows(tenant: Mapping[str, Any], people: list[int], chance: random.Random) -> list[tuple[Any, Made]]:
    """Notifications of `people`, what some of them chose, and a few providers; ids of actors, posts, … are those of the others."""
    told = [_notice(tenant, n, people, chance) for n in range(1, 301)]
    chosen = [_choice(tenant, one, kind, chance) for one in people for kind in chance.sample(_KINDS, 6)]
    providers = [_provider(tenant, n, chance) for n in range(1, 6)]
    return [(notifications, told), (notification_preferences, chosen), (openid_providers, providers)]


def values(rows: Rows, chance: Any) -> dict[str, Callable[[Kind], Any]]:
    """What filters are asked with."""
    return {"isRead": lambda kind: chance.random() < 0.5}


def unread(rows: Rows, viewer: Viewer) -> int:
    """How many notifications the viewer has not read."""
    own = rows.of("notifications", "user_id", viewer.id)
    return sum(one["is_shown"] and not one["is_read"] for one in own)


def preferences(rows: Rows, viewer: Viewer) -> list[Row]:
    """How the viewer is told of each kind: what they chose, else what holds until they do."""
    chosen = {one["kind"]: one for one in rows.of("notification_preferences", "user_id", viewer.id)}
    return [
        chosen.get(kind, {"kind": kind, "in_app": default.in_app, "email": default.email.value})
        for kind, default in DEFAULTS.items()
    ]


def _of_details(name: str, default: Any = None) -> Any:
    return lambda row, rows, viewer: row["details"].get(name, default)


def _until(row: Row, rows: Rows, viewer: Viewer) -> str | None:
    until = row["details"].get("until")
    return until and written_moment(datetime.fromisoformat(until))


def _of_matching(name: str) -> Any:
    return lambda row, rows, viewer: row["matching"] and row["matching"][name]


def _is_kind(row: Row, value: Enum, rows: Rows) -> bool:
    return bool(row["kind"] == value.name.lower())


TELLING_KINDS = (
    Kind(
        "Notification",
        "notification",
        "notifications",
        {
            "kind": enum("kind"),
            "state": _of_details("state"),
            "until": _until,
            "changed": _of_details("changed", []),
            "about": _of_details("about"),
            "searchName": _of_details("search"),
            "matchCount": _of_details("count"),
            "matches": _of_details("matches", []),
            "isRead": column("is_read"),
            "readAt": moment("read_at"),
            "createdAt": moment("created_at"),
        },
        ones={
            "actor": ("Actor", "actor_id"),
            "post": ("Post", "post_id"),
            "enrollment": ("Enrollment", "enrollment_id"),
            "offering": ("Offering", "offering_id"),
        },
        orders={"ID": ("id",)},
        filters={"kind": _is_kind, "isRead": lambda row, value, rows: row["is_read"] is value},
        is_newest_first=True,
    ),
    Kind(
        "NotificationPreference",
        "",
        "",
        {"kind": enum("kind"), "inApp": column("in_app"), "email": enum("email")},
    ),
    Kind(
        "OpenidProvider",
        "provider",
        "openid_providers",
        {
            **columns(
                name="name",
                issuer="issuer",
                clientId="client_id",
                requestedScopes="requested_scopes",
                assertedScopes="asserted_scopes",
                neverReassigns="never_reassigns",
                isEnabled="is_enabled",
            ),
            "hasClientSecret": lambda row, *_: row["client_secret"] is not None,
            "provisioning": enum("provisioning"),
            "matchingClaim": _of_matching("claim"),
            "matchingType": _of_matching("type"),
            **STAMPS,
        },
        orders={"ID": ("id",)},
        is_ordered=False,
    ),
    Kind(
        "SignInMethod",
        "",
        SIGN_IN_METHODS,
        {"name": column("name"), "startPath": lambda row, *_: f"/auth/openid/{row['id']}"},
        orders={"ID": ("id",)},
        is_ordered=False,
    ),
)
TELLING_ROOTS = {
    "notifications": ("Notification", "ID"),
    "openidProviders": ("OpenidProvider", "ID"),
    "signInMethods": ("SignInMethod", "ID"),
}
# Root fields that are no list and have no argument: what they are of, and its values.
OWN_ROOTS: Mapping[str, tuple[str | None, Callable[[Rows, Viewer], Any]]] = {
    "unreadNotificationsCount": (None, unread),
    "notificationPreferences": ("NotificationPreference", preferences),
}


def _notice(
    tenant: Mapping[str, Any], number: int, people: list[int], chance: random.Random
) -> dict[str, Any]:
    kind, is_read = chance.choice(_KINDS), chance.random() < 0.5
    is_social = kind in _SOCIAL
    details = {
        "request_decided": {"state": "active"},
        "seat_offered": {"until": "2026-05-01T10:00:00+02:00"},
        "offering_changed": {"changed": ["title", "place"]},
        "import_finished": {"state": "failed", "about": "import_1"},
        "report_filed": {"about": f"report_{number}"},
        "saved_search": {"about": "search_1", "search": "Ada", "count": 2, "matches": ["course_1", "post_2"]},
    }
    return {
        **tenant,
        "id": number,
        "user_id": chance.choice(people),
        "kind": kind,
        "once_key": f"once:{number}",
        "actor_id": chance.randint(1300, 1329) if is_social else None,
        "post_id": chance.randint(1, 220) if is_social and kind != "follow" else None,
        "enrollment_id": None if is_social else chance.choice((None, chance.randint(1, 260))),
        "offering_id": None if is_social else chance.choice((None, chance.randint(1, 80))),
        "details": details.get(kind, {}),
        "is_read": is_read,
        "is_shown": chance.random() < 0.8,
        "read_at": _AT if is_read else None,
        "created_at": _AT,
    }


def _choice(tenant: Mapping[str, Any], person: int, kind: str, chance: random.Random) -> dict[str, Any]:
    email = chance.choice(("at_once", "daily", "never"))
    in_app = chance.random() < 0.5
    return {**tenant, "user_id": person, "kind": kind, "in_app": in_app, "email": email, "updated_at": _AT}


def _provider(tenant: Mapping[str, Any], number: int, chance: random.Random) -> dict[str, Any]:
    provisioning = ("just_in_time", "external_id", "invitation")[number % 3]
    matching = {"claim": "studentNumber", "type": "sis"} if provisioning == "external_id" else None
    return {
        **tenant,
        "id": number,
        "name": f"Campus “{number}”",
        "issuer": f"https://idp{number}.example",
        "client_id": "fediflow",
        "client_secret": chance.choice((None, b"encrypted")),
        "requested_scopes": ["openid", "email"],
        "provisioning": provisioning,
        "matching": matching,
        "asserted_scopes": chance.choice(([], ["uni.example"])),
        "never_reassigns": chance.random() < 0.5,
        "is_enabled": number % 2 == 1,
        "created_at": _AT,
        "updated_at": _AT,
    }

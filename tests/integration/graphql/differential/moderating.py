"""Moderation and the delivery queue in the differential test: rows, what GraphQL calls their columns, and who sees which."""

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from federation.hosts.blocklists import DomainRule, write_blocklist
from federation.tables.delivery import dead_letters, deliveries, delivery_commands, tenant_hosts
from federation.tables.hosts import domain_policies
from federation.tables.moderation import moderation_actions
from kernel.ids import EPOCH_MS, NODE_BITS, SEQUENCE_BITS
from tests.integration.graphql.differential.asked import Enum
from tests.integration.graphql.differential.kinds import (
    STAMPS,
    Kind,
    columns,
    enum,
    moment,
    points_to,
)
from tests.integration.graphql.differential.rows import Row, Rows, Viewer
from tests.integration.graphql.differential.social_seen import moderates

SETTINGS = "federationSettings"
SETTINGS_FIELDS = (
    "mode",
    "requiresSignedFetch",
    "linksOfStrangers",
    "version",
    "domainPoliciesCsv",
    "__typename",
)
Made = list[dict[str, Any]]
_AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
_LATER = datetime(2099, 1, 1, tzinfo=UTC)
_CLASSES = ("INTERACTIVE", "NORMAL", "BULK")
_HOSTS = ("far.example", "spam.example:8443", "eu.noisy.example", "silent.example", "held.example")


def rows(tenant: Mapping[str, Any], people: list[int], chance: random.Random) -> list[tuple[Any, Made]]:
    """What moderators did, rules, and a queue; actors and reports have the ids that `social_rows` gives them."""
    return [
        (moderation_actions, [_action(tenant, n, people, chance) for n in range(1, 61)]),
        (domain_policies, [_policy(tenant, n, people, chance) for n in range(1, 41)]),
        (tenant_hosts, [_host(tenant, n, host, chance) for n, host in enumerate(_HOSTS)]),
        (deliveries, [_delivery(tenant, n, chance) for n in range(60)]),
        (dead_letters, [_letter(tenant, n, chance) for n in range(1, 41)]),
        (delivery_commands, [_command(tenant, n, people, chance) for n in range(1, 21)]),
    ]


def values(rows: Rows, chance: Any) -> dict[str, Callable[[Kind], Any]]:
    """What filters are asked with."""
    return {
        "target": lambda kind: f"actor_{chance.choice(rows.tables['reports'])['target_id']}",
        "report": lambda kind: f"report_{chance.choice(rows.tables['reports'])['id']}",
        "domain": lambda kind: chance.choice(rows.tables["domain_policies"])["domain"],
        "action": lambda kind: Enum(chance.choice(("ALLOW", "LIMIT", "BLOCK"))),
        "host": lambda kind: chance.choice(_HOSTS),
    }


def settings(rows: Rows, viewer: Viewer) -> Mapping[str, Any] | None:
    """What holds while nothing was set; the rules as the command line writes them."""
    if not moderates(viewer):
        return None
    rules = [
        DomainRule(one["domain"], one["action"], one["policy_reason"])
        for one in rows.tables["domain_policies"]
    ]
    return {
        "mode": "OPEN",
        "requiresSignedFetch": "NEVER",
        "linksOfStrangers": 5,
        "version": 1,
        "domainPoliciesCsv": write_blocklist(rules),
        "__typename": "FederationSettings",
    }


def _reported(row: Row, rows: Rows, viewer: Viewer) -> list[Row]:
    return rows.of("report_posts", "report_id", row["id"], "post_id")


def _class(row: Row, rows: Rows, viewer: Viewer) -> str:
    return _CLASSES[row["class"]]


def _state(row: Row, rows: Rows, viewer: Viewer) -> str:
    never = datetime(1, 1, 1, tzinfo=UTC)
    if row["paused_at"] is not None or row["state"] == "paused":
        return "PAUSED"
    if (row["last_failure_at"] or never) > (row["last_success_at"] or never):
        return "FAILING"
    return "UNTRIED" if row["last_success_at"] is None else "WORKING"


def _rate(row: Row, rows: Rows, viewer: Viewer) -> float | None:
    tried = row["delivered"] + row["failed"]
    return row["delivered"] / tried if tried else None


def _waiting(row: Row, rows: Rows, viewer: Viewer) -> int:
    return len(rows.of("deliveries", "host", row["host"]))


def _is(name: str) -> Callable[[Row, Any, Rows], bool]:
    return lambda row, value, rows: bool(row[name] == value)


def _is_state(name: str) -> Callable[[Row, Any, Rows], bool]:
    return lambda row, value, rows: bool(row[name] == value.name.lower())


_CREATED = {"createdAt": moment("created_at")}
_FAILED = {
    **columns(host="host", attempts="attempts", lastStatus="last_status", lastError="last_error"),
    "deliveryClass": _class,
    **_CREATED,
}
_SENT = {"activity": ("Activity", "activity_id"), "sender": ("Actor", "signer_id")}
_LISTED: dict[str, Any] = {"orders": {"ID": ("id",)}, "is_ordered": False}
MODERATION_KINDS = (
    Kind("ReportedPost", "", "report_posts", {}, ones={"post": ("Post", "post_id")}),
    Kind(
        "Report",
        "report",
        "reports",
        {
            **columns(complaint="complaint", isRemote="is_remote", isForwarded="is_forwarded"),
            "state": enum("state"),
            "handledAt": moment("handled_at"),
            **STAMPS,
        },
        ones={
            "reporter": ("Actor", "reporter_id"),
            "target": ("Actor", "target_id"),
            "handledBy": ("User", "handled_by_id"),
        },
        lists={"posts": ("ReportedPost", _reported)},
        manies={"actions": ("ModerationAction", "report_id", "ID")},
        filters={"state": _is_state("state"), "target": points_to("target_id")},
        is_newest_first=True,
        **_LISTED,
    ),
    Kind(
        "ModerationAction",
        "moderation",
        "moderation_actions",
        {
            "action": enum("action"),
            **columns(domain="domain", reason="moderation_reason"),
            **columns(setting="setting", before="value_before", after="value_after"),
            **_CREATED,
        },
        ones={
            "actor": ("Actor", "actor_id"),
            "post": ("Post", "post_id"),
            "report": ("Report", "report_id"),
            "moderator": ("User", "moderator_id"),
        },
        filters={"actor": points_to("actor_id"), "report": points_to("report_id")},
        is_newest_first=True,
        **_LISTED,
    ),
    Kind(
        "HeldPost",
        "",
        "held_posts",
        {**columns(why="why"), **_CREATED},
        ones={"post": ("Post", "post_id")},
        orders={"ID": ("post_id",)},
        is_ordered=False,
    ),
    Kind(
        "Block",
        "",
        "blocks",
        _CREATED,
        ones={"blocked": ("Actor", "blocked_id")},
        is_newest_first=True,
        **_LISTED,
    ),
    Kind(
        "Mute",
        "",
        "mutes",
        {"until": moment("until"), **_CREATED},
        ones={"muted": ("Actor", "muted_id")},
        is_newest_first=True,
        **_LISTED,
    ),
    Kind(
        "MutedDomain",
        "",
        "muted_domains",
        {**columns(domain="domain"), **_CREATED},
        orders={"DOMAIN": ("domain",)},
        is_ordered=False,
    ),
    Kind(
        "DomainPolicy",
        "domain",
        "domain_policies",
        {**columns(domain="domain", reason="policy_reason"), "action": enum("action"), **STAMPS},
        ones={"setBy": ("User", "set_by_id")},
        orders={"DOMAIN": ("domain",)},
        filters={"domain": _is("domain"), "action": _is_state("action")},
    ),
    Kind(
        "FederationHost",
        "",
        "tenant_hosts",
        {
            **columns(
                host="host",
                software="software",
                softwareVersion="software_version",
                delivered="delivered",
                failed="failed",
                latencyMs="latency_ms",
                lastError="last_error",
            ),
            "state": _state,
            "successRate": _rate,
            "waiting": _waiting,
            "oldestDueAge": lambda row, rows, viewer: None,  # what waits here is not due
            "lastSuccessAt": moment("last_success_at"),
            "lastFailureAt": moment("last_failure_at"),
            "pausedAt": moment("paused_at"),
            "updatedAt": moment("updated_at"),
        },
        orders={"HOST": ("host",)},
        filters={"host": _is("host")},
        is_ordered=False,
    ),
    Kind(
        "Delivery",
        "delivery",
        "deliveries",
        {**_FAILED, "notBefore": moment("not_before")},
        ones=_SENT,
        filters={"host": _is("host")},
        **_LISTED,
    ),
    Kind(
        "DeadLetter",
        "letter",
        "dead_letters",
        {**_FAILED, "endReason": enum("end_reason"), "diedAt": moment("died_at")},
        ones=_SENT,
        filters={"host": _is("host")},
        is_newest_first=True,
        **_LISTED,
    ),
    Kind(
        "DeliveryCommand",
        "command",
        "delivery_commands",
        {
            "command": enum("command"),
            **columns(subject="subject", affected="affected"),
            "doneAt": moment("done_at"),
            **_CREATED,
        },
        ones={"requestedBy": ("User", "requested_by_id")},
        is_newest_first=True,
        **_LISTED,
    ),
)
MODERATION_ROOTS = {
    "reports": ("Report", "ID"),
    "moderationActions": ("ModerationAction", "ID"),
    "heldPosts": ("HeldPost", "ID"),
    "blocks": ("Block", "ID"),
    "mutes": ("Mute", "ID"),
    "mutedDomains": ("MutedDomain", "DOMAIN"),
    "domainPolicies": ("DomainPolicy", "DOMAIN"),
    "federationHosts": ("FederationHost", "HOST"),
    "deliveries": ("Delivery", "ID"),
    "deadLetters": ("DeadLetter", "ID"),
    "deliveryCommands": ("DeliveryCommand", "ID"),
}


def _action(
    tenant: Mapping[str, Any], number: int, people: list[int], chance: random.Random
) -> dict[str, Any]:
    about = chance.choice(("actor_id", "post_id", "domain"))
    names = {"actor_id": "limit_actor", "post_id": "delete_post", "domain": "block_host"}
    return {
        **tenant,
        "id": number,
        "action": names[about],
        "actor_id": chance.randint(1300, 1329) if about == "actor_id" else None,
        "post_id": chance.randint(1, 220) if about == "post_id" else None,
        "domain": "evil.example" if about == "domain" else None,
        "setting": "mode" if number % 7 == 0 else None,
        "value_before": chance.choice((None, "limit", "allow")) if about == "domain" else None,
        "value_after": "block" if about == "domain" else None,
        "report_id": chance.choice((None, chance.randint(1, 17))),
        "moderation_reason": 'because of "that"',
        "moderator_id": chance.choice([0, *people]),
        "created_at": _AT,
    }


def _policy(
    tenant: Mapping[str, Any], number: int, people: list[int], chance: random.Random
) -> dict[str, Any]:
    return {
        **tenant,
        "id": number,
        "domain": f"{chance.choice('abc')}{number}.example",
        "action": chance.choice(("allow", "limit", "block")),
        "policy_reason": chance.choice((None, "Spam", 'They say "buy", often', "=1+1")),
        "set_by_id": chance.choice([None, *people]),
        "created_at": _AT,
        "updated_at": _AT,
    }


def _host(tenant: Mapping[str, Any], number: int, host: str, chance: random.Random) -> dict[str, Any]:
    return {
        **tenant,
        "host": host,
        "delivered": 3 * number,
        "failed": number,
        "latency_ms": None if number == 0 else 12.25,
        "last_success_at": _AT if number > 1 else None,
        "last_failure_at": _AT.replace(hour=11 + 2 * (number % 2)) if number else None,
        "last_error": "no answer" if number else None,
        "paused_at": _AT if number == 3 else None,
        "state": "paused" if number == 4 else "open",
        "software": "mastodon" if number else None,
        "software_version": "4.4" if number else None,
    }


def _queued(tenant: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    host = chance.choice(_HOSTS)
    return {
        **tenant,
        "host": host,
        "inbox": f"https://{host}/inbox",
        "activity_id": chance.randint(1, 9),
        "signer_id": chance.randint(1000, 1020),
        "class": chance.randint(0, 2),
        "attempts": chance.randint(0, 3),
        "last_status": chance.choice((None, 503)),
        "last_error": chance.choice((None, "no answer")),
        "created_at": _AT,
    }


def _delivery(tenant: Mapping[str, Any], number: int, chance: random.Random) -> dict[str, Any]:
    ms = int(datetime.now(UTC).timestamp() * 1000) - EPOCH_MS
    return {
        **_queued(tenant, chance),
        "id": (ms << (NODE_BITS + SEQUENCE_BITS)) + number,
        "not_before": _LATER,
    }


def _letter(tenant: Mapping[str, Any], number: int, chance: random.Random) -> dict[str, Any]:
    return {**_queued(tenant, chance), "id": number, "end_reason": chance.choice(("refused", "expired"))}


def _command(
    tenant: Mapping[str, Any], number: int, people: list[int], chance: random.Random
) -> dict[str, Any]:
    is_done = chance.random() < 0.5
    return {
        **tenant,
        "id": number,
        "command": chance.choice(("retry_host", "pause_host")),
        "subject": chance.choice(_HOSTS),
        "requested_by_id": chance.choice(people),
        "done_at": _AT if is_done else None,
        "affected": 4 if is_done else None,
    }

"""Identities in the differential test: rows, what GraphQL calls their columns, who sees which, and looking up by one."""

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from federation.tables.identities import federation_identities, identity_changes, identity_conflicts
from tests.integration.graphql.differential.asked import Enum, Field
from tests.integration.graphql.differential.rows import Row, Rows, Viewer

Given = Callable[[str, Any], Any]
LOOK_UP = "userByIdentity"
_AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
_KINDS = ("oidc_subject", "eduperson_subject_id", "activitypub_actor", "european_student_identifier")
_ISSUERS = ("https://idp.one.test", "https://idp.two.test")
_SHOWN = "urn:schac:personalUniqueCode:int:esi:…"


def rows(
    tenant: Mapping[str, Any], people: list[int], chance: random.Random
) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Identities of every kind, their histories, and cases in every state."""
    held = [_identity(tenant, n, chance.choice(people), chance) for n in range(1, 121)]
    changed = [_change(tenant, n, chance.choice(held), people, chance) for n in range(1, 301)]
    cases = [_case(tenant, n, chance.choice(held), people, chance) for n in range(1, 61)]
    return [(federation_identities, held), (identity_changes, changed), (identity_conflicts, cases)]


def shown_value(row: Row, rows: Rows, viewer: Viewer) -> str:
    """What is encrypted is not shown."""
    return _SHOWN if row["identity_value"] is None else str(row["identity_value"])


def look_up(key: str, rows: Rows, chance: random.Random, given: Given, fields: tuple[Field, ...]) -> Field:
    """Asks for the person of an identity, or of one that nobody has."""
    row = chance.choice([one for one in rows.tables["federation_identities"] if one["identity_value"]])
    value = chance.choice((row["identity_value"], row["identity_value"], f"x{row['identity_value']}"))
    if row["kind"] == "activitypub_actor":
        value = row["identity_value"]
    arguments = {
        "kind": given("IdentityKind!", Enum(row["kind"].upper())),
        "value": given("String!", value),
    }
    if row["kind"] == "oidc_subject":
        arguments["issuer"] = given("String", row["issuer"])
    return Field(LOOK_UP, key, arguments, fields)


def found(asked: Field, rows: Rows, viewer: Viewer) -> int | None:
    """The person who has the identity that is asked for, where the viewer may read it."""
    wanted = (asked.value("kind").name.lower(), asked.value("issuer", ""), asked.value("value"))
    for one in rows.tables["federation_identities"]:
        if (one["kind"], one["issuer"], one["lookup_key"]) == wanted and rows.sees(
            viewer, "federation_identities", one
        ):
            return int(one["user_id"])
    return None


def _identity(tenant: Mapping[str, Any], number: int, person: int, chance: random.Random) -> dict[str, Any]:
    kind = chance.choice(_KINDS)
    value = {
        "oidc_subject": f"Subject-{number}",
        "eduperson_subject_id": f"s{number}@differential.test",
        "activitypub_actor": f"https://social.test/users/{number}",
    }.get(kind)
    verified = chance.choice((None, "provider", "rel_me", "administrator"))
    return {
        **tenant,
        "id": number,
        "user_id": person,
        "kind": kind,
        "issuer": chance.choice(_ISSUERS) if kind == "oidc_subject" else "",
        "name_identifier_type": chance.choice((None, "pairwise")) if kind == "oidc_subject" else None,
        "identity_value": value,
        "encrypted_value": b"x" if value is None else None,
        "lookup_key": value or f"index-{number}",
        "actor_address": value if kind == "activitypub_actor" else None,
        "actor_instance": "social.test" if kind == "activitypub_actor" else None,
        "verified_at": _AT if verified else None,
        "verified_by": verified,
        "last_used_at": chance.choice((None, _AT)),
        "created_at": _AT,
        "updated_at": _AT,
    }


def _change(
    tenant: Mapping[str, Any], number: int, of: Mapping[str, Any], people: list[int], chance: random.Random
) -> dict[str, Any]:
    return {
        **tenant,
        "id": number,
        "identity_id": of["id"],
        "user_id": chance.choice((of["user_id"], chance.choice(people))),
        "kind": of["kind"],
        "change": chance.choice(("linked", "verified", "unlinked", "claimed", "merged", "rejected")),
        "changed_by_id": chance.choice((None, chance.choice(people))),
        "change_reason": chance.choice((None, 'because of a "paper"')),
        "created_at": _AT,
    }


def _case(
    tenant: Mapping[str, Any], number: int, of: Mapping[str, Any], people: list[int], chance: random.Random
) -> dict[str, Any]:
    # of each identity one open case at most has a claimant: those of even numbers are decided
    state = "open" if number % 2 else chance.choice(("merged", "rejected"))
    return {
        **tenant,
        "id": number,
        "identity_id": of["id"],
        "holder_id": of["user_id"],
        "claimant_id": None if state == "open" else chance.choice(people),
        "claim": chance.choice((None, "Ada L.")),
        "state": state,
        "decision_reason": None if state == "open" else "papers",
        "decided_by_id": None if state == "open" else chance.choice(people),
        "decided_at": None if state == "open" else _AT,
        "created_at": _AT,
        "updated_at": _AT,
    }

"""People in the differential test: what GraphQL calls their columns, and those of what is theirs."""

from typing import Any

from tests.integration.graphql.differential.identities import shown_value
from tests.integration.graphql.differential.kinds import (
    COMMON,
    STAMPS,
    Kind,
    columns,
    enum,
    moment,
    written_moment,
)
from tests.integration.graphql.differential.matching import external, has_attribute, is_, is_state, since
from tests.integration.graphql.differential.owned import attributes_of, external_ids, owned
from tests.integration.graphql.differential.rows import Row, Rows, Viewer
from tests.integration.graphql.differential.social import actor_of


def _last_sign_in(row: Row, rows: Rows, viewer: Viewer) -> str | None:
    return written_moment(row["last_sign_in_at"]) if viewer.reads_all or viewer.id == row["id"] else None


def _is_searchable(row: Row, rows: Rows, viewer: Viewer) -> bool | None:
    return row["is_searchable"] if viewer.reads_all or viewer.id == row["id"] else None


def _with_role(row: Row, value: Any, rows: Rows) -> bool:
    return any(one["role"] == value.name.lower() for one in rows.of("role_assignments", "user_id", row["id"]))


PEOPLE_KINDS = (
    Kind(
        "UserEmail",
        "",
        "",
        {**columns(address="address", isPrimary="is_primary"), "verifiedAt": moment("verified_at")},
    ),
    Kind(
        "FederationIdentity",
        "identity",
        "federation_identities",
        {
            **columns(
                issuer="issuer",
                nameIdentifierType="name_identifier_type",
                actorAddress="actor_address",
                actorInstance="actor_instance",
            ),
            "kind": enum("kind"),
            "value": shown_value,
            "verifiedAt": moment("verified_at"),
            "verifiedBy": enum("verified_by"),
            "lastUsedAt": moment("last_used_at"),
            **STAMPS,
        },
        ones={"user": ("User", "user_id")},
        manies={"changes": ("IdentityChange", "identity_id", "ID")},
        orders={"ID": ("id",)},
    ),
    Kind(
        "IdentityChange",
        "",
        "identity_changes",
        {
            "kind": enum("kind"),
            "change": enum("change"),
            **columns(reason="change_reason"),
            "createdAt": moment("created_at"),
        },
        ones={"user": ("User", "user_id"), "changedBy": ("User", "changed_by_id")},
        orders={"ID": ("id",)},
    ),
    Kind(
        "IdentityConflict",
        "conflict",
        "identity_conflicts",
        {
            "state": enum("state"),
            **columns(claim="claim", reason="decision_reason"),
            "decidedAt": moment("decided_at"),
            **STAMPS,
        },
        ones={
            "identity": ("FederationIdentity", "identity_id"),
            "holder": ("User", "holder_id"),
            "claimant": ("User", "claimant_id"),
            "decidedBy": ("User", "decided_by_id"),
        },
        orders={"ID": ("id",)},
        filters={"state": is_state("state")},
    ),
    Kind(
        "PersonalAccessToken",
        "token",
        "personal_access_tokens",
        {
            **columns(name="name", scopes="scopes"),
            **{
                name: moment(column)
                for name, column in (
                    ("createdAt", "created_at"),
                    ("expiresAt", "expires_at"),
                    ("revokedAt", "revoked_at"),
                )
            },
        },
        orders={"ID": ("id",)},
    ),
    Kind(
        "RoleAssignment",
        "role",
        "role_assignments",
        {"role": enum("role"), "createdAt": moment("created_at")},
        ones={"orgUnit": ("OrgUnit", "org_unit_id"), "user": ("User", "user_id")},
    ),
    Kind(
        "User",
        "user",
        "users",
        {
            **columns(
                handle="handle",
                givenName="given_name",
                familyName="family_name",
                displayName="display_name",
                preferredLanguage="preferred_language",
                pronouns="pronouns",
                biography="biography",
                avatarUrl="avatar_url",
            ),
            "status": enum("status"),
            "lastSignInAt": _last_sign_in,
            "isSearchable": _is_searchable,
            **STAMPS,
        },
        lists={
            "emails": ("UserEmail", owned("user_emails", "user_id", "id", personal=True)),
            "roles": ("RoleAssignment", owned("role_assignments", "user_id", "id", personal=True)),
            **external_ids("user", personal=True),
            "attributes": ("Attribute", attributes_of("user_attributes", "user_id")),
            "identities": (
                "FederationIdentity",
                owned("federation_identities", "user_id", "id", personal=True),
            ),
        },
        manies={
            "identityChanges": ("IdentityChange", "user_id", "ID"),
            "enrollments": ("Enrollment", "user_id", "ID"),
            "personalAccessTokens": ("PersonalAccessToken", "user_id", "ID"),
        },
        objects={"actor": ("Actor", actor_of("user_id"))},
        orders={"NAME": ("sort_name", "id"), **COMMON},
        filters={
            "handle": is_("handle"),
            "status": is_state("status"),
            "role": _with_role,
            "updatedSince": since,
            "externalId": external("user_external_ids", "user_id"),
            "attribute": has_attribute("user_attributes", "user_id"),
        },
    ),
)


PEOPLE_ROOTS = {"users": ("User", "NAME"), "identityConflicts": ("IdentityConflict", "ID")}
PEOPLE_SINGLE = {"user": "User"}

"""Signing in at the institution's own OpenID provider."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from federation.tables.uses import MOMENT, SIGN_IN
from kernel.tables import (
    DataClass,
    DataUse,
    column,
    index,
    one_of,
    references,
    row_id,
    tenant_table,
    timestamps,
    unique,
    version,
)

PROVISIONINGS = ("just_in_time", "external_id", "invitation")

_SECRET = DataUse(DataClass.SECRET, "sign-in at the institution's provider", "until replaced")
_VERIFIER = DataUse(DataClass.SECRET, "sign-in at the institution's provider", "10 minutes")

openid_providers = tenant_table(
    "openid_providers",
    row_id(),
    column("name", Text),  # on the button
    column("issuer", Text),
    column("client_id", Text),
    column(
        "client_secret", LargeBinary, nullable=True, data=_SECRET
    ),  # encrypted; null: a public client with PKCE alone
    column("requested_scopes", ARRAY(Text), server_default=text("'{openid,profile,email}'")),
    column("provisioning", Text),
    # Which claim is compared with which type of external id, where people are found by one: {"claim": …, "type": …}.
    column("matching", JSONB, nullable=True),
    # Scopes that the provider may assert in scoped ids (subject-id, principal names), beside the tenant's domains.
    column("asserted_scopes", ARRAY(Text), server_default=text("'{}'")),
    column("never_reassigns", Boolean, server_default=text("false")),  # principal names may be taken for ids
    column("is_enabled", Boolean, server_default=text("true")),
    *timestamps(),
    version(),
    unique("issuer", "client_id"),
    one_of("provisioning", PROVISIONINGS),
    CheckConstraint("(provisioning = 'external_id') = (matching is not null)", name="matching"),
)

# A sign-in on its way: begun by a link's ticket (no binding yet), sent to the provider, come back (used), completed. The
# state's hash (before, the ticket's) is what the browser must bring back.
openid_flows = tenant_table(
    "openid_flows",
    row_id(),
    column("provider_id", BigInteger),
    column("state_hash", Text),
    # Of the cookie: the browser that comes back is the one that went. Null: it has not gone yet.
    column("binding_hash", Text, nullable=True),
    column("nonce", Text, nullable=True, data=SIGN_IN),
    column("code_verifier", LargeBinary, nullable=True, data=_VERIFIER),  # encrypted
    column("return_to", Text),
    column("linking_user_id", BigInteger, nullable=True, data=SIGN_IN),  # who links instead of signing in
    column("invitation_hash", Text, nullable=True, data=SIGN_IN),
    # What the frontend that asked keeps the verifier of (S256), where it does.
    column("completion_challenge", Text, nullable=True),
    # The code that the frontend exchanges, and what for: a session of this person, or these claims to be linked.
    column("completion_hash", Text, nullable=True, data=_VERIFIER),
    column("signed_in_user_id", BigInteger, nullable=True, data=SIGN_IN),
    column("claims", LargeBinary, nullable=True, data=_VERIFIER),  # encrypted
    column("created_at", MOMENT),
    column("expires_at", MOMENT),
    column("used_at", MOMENT, nullable=True),
    column("completed_at", MOMENT, nullable=True),
    references("openid_providers", "provider_id", on_delete="CASCADE"),
    unique("state_hash"),
    unique("completion_hash"),
)
index(openid_flows, "expires_at")

# Who may come in by invitation: made for a person's row that nobody signed in to yet.
invitations = tenant_table(
    "invitations",
    row_id(),
    column("user_id", BigInteger, data=SIGN_IN),
    column("secret_hash", Text, data=_SECRET),
    column("created_by_id", BigInteger, nullable=True, data=SIGN_IN),
    column("created_at", MOMENT),
    column("expires_at", MOMENT),
    column("used_at", MOMENT, nullable=True),
    references("users", "user_id", on_delete="CASCADE"),
    unique("secret_hash"),
)
index(invitations, "user_id", "id")

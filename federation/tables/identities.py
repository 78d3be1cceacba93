"""What a person is called at home and abroad, and what was decided where two claim the same."""

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, Text, text

from federation.tables.uses import IDENTITY, MOMENT, STUDENT_NUMBER
from kernel.tables import column, index, one_of, references, row_id, tenant_table, timestamps, unique, version

IDENTITY_KINDS = (
    "oidc_subject",
    "saml_subject",
    "activitypub_actor",
    "eduperson_subject_id",
    "eduperson_pairwise_id",
    "eduperson_principal_name",
    "schac_home_organization",
    "european_student_identifier",
)
IDENTITY_CHANGES = ("linked", "verified", "unlinked", "claimed", "merged", "rejected")
VERIFICATIONS = ("provider", "signed_activity", "rel_me", "administrator", "import")
CONFLICT_STATES = ("open", "merged", "rejected")

# `lookup_key` is the normalised value, or the blind index of an encrypted one; with kind and issuer it names one person.
federation_identities = tenant_table(
    "federation_identities",
    row_id(),
    column("user_id", BigInteger, data=IDENTITY),
    column("kind", Text),
    column("issuer", Text, server_default=text("''")),  # of subjects: the provider's; of others empty
    column("name_identifier_type", Text, nullable=True),  # SAML's Format, or OIDC's public or pairwise
    column("identity_value", Text, nullable=True, data=IDENTITY),
    column("encrypted_value", LargeBinary, nullable=True, data=STUDENT_NUMBER),
    column("lookup_key", Text, data=IDENTITY),
    column("actor_address", Text, nullable=True, data=IDENTITY),
    column("actor_instance", Text, nullable=True),
    column("actor_public_key", Text, nullable=True),
    column("verified_at", MOMENT, nullable=True),
    column("verified_by", Text, nullable=True),
    column("last_used_at", MOMENT, nullable=True, data=IDENTITY),
    *timestamps(),
    version(),
    references("users", "user_id", on_delete="CASCADE"),
    unique("kind", "issuer", "lookup_key"),
    one_of("kind", IDENTITY_KINDS),
    one_of("verified_by", VERIFICATIONS),
    CheckConstraint("num_nonnulls(identity_value, encrypted_value) = 1", name="one_value"),
)
index(federation_identities, "user_id", "id")

identity_changes = tenant_table(
    "identity_changes",
    row_id(),
    column("identity_id", BigInteger),
    column("user_id", BigInteger, data=IDENTITY),
    column("kind", Text),
    column("change", Text),
    column("changed_by_id", BigInteger, nullable=True, data=IDENTITY),  # null: a provider or a remote server
    column("change_reason", Text, nullable=True, data=IDENTITY),
    column("created_at", MOMENT),
    one_of("kind", IDENTITY_KINDS),
    one_of("change", IDENTITY_CHANGES),
    append_only=True,
)
index(identity_changes, "user_id", "id")
index(identity_changes, "identity_id", "id")

identity_conflicts = tenant_table(
    "identity_conflicts",
    row_id(),
    column("identity_id", BigInteger),  # the one that another person has
    column("holder_id", BigInteger, data=IDENTITY),
    column(
        "claimant_id", BigInteger, nullable=True, data=IDENTITY
    ),  # null: a person who was to be created by signing in
    column("claim", Text, nullable=True, data=IDENTITY),  # what the provider said of that person: a name
    column("state", Text, server_default=text("'open'")),
    column("decision_reason", Text, nullable=True, data=IDENTITY),
    column("decided_by_id", BigInteger, nullable=True, data=IDENTITY),
    column("decided_at", MOMENT, nullable=True),
    *timestamps(),
    version(),
    references("federation_identities", "identity_id", on_delete="CASCADE"),
    references("users", "holder_id", on_delete="CASCADE"),
    references("users", "claimant_id", on_delete="CASCADE"),
    one_of("state", CONFLICT_STATES),
    CheckConstraint("(state = 'open') = (decided_at is null)", name="decided"),
)
index(identity_conflicts, "state", "id")
index(identity_conflicts, "identity_id", "claimant_id", where="state = 'open'", unique=True)

# A proof of control of a remote actor that was begun: its code must come back signed, or stand on the actor's page.
identity_proofs = tenant_table(
    "identity_proofs",
    row_id(),
    column("user_id", BigInteger, data=IDENTITY),
    column("actor_address", Text, data=IDENTITY),
    column("code_hash", Text),
    column("created_at", MOMENT),
    column("expires_at", MOMENT),
    references("users", "user_id", on_delete="CASCADE"),
    unique("code_hash"),
)
index(identity_proofs, "user_id", "id")
index(identity_proofs, "expires_at")

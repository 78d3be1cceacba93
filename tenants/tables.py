"""The tables of people, their roles and credentials (shard), and of tenants and shards (directory)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from kernel.tables import (
    SCHEMA,
    DataClass,
    DataUse,
    attribute_values,
    column,
    directory_table,
    external_ids,
    index,
    language_texts,
    one_of,
    references,
    row_id,
    sort_key,
    tenant_table,
    timestamps,
    unique,
    version,
)

ROLES = ("tenant_admin", "registrar", "instructor", "student", "analyst", "auditor")
USER_STATUSES = ("active", "suspended", "deleted")
ORG_UNIT_KINDS = ("university", "faculty", "school", "department", "institute", "branch", "other")
ATTRIBUTE_OWNERS = ("user", "org_unit", "course", "offering")
ATTRIBUTE_TYPES = ("text", "integer", "boolean", "date", "choice")
TENANT_STATUSES = ("active", "suspended")
REVOCATION_KINDS = ("tenant", "user", "session", "token")

_MOMENT = DateTime(timezone=True)
_PERSON = DataUse(DataClass.PERSONAL, "study administration", "until erasure")
_SIGN_IN = DataUse(DataClass.PERSONAL, "sign-in", "until housekeeping deletes what has ended, or erasure")
_REPEATING = DataUse(DataClass.PERSONAL, "answering a repeated request once", "7 days")
_SECRET = DataUse(DataClass.SECRET, "sign-in", "until replaced")

# What a process may do with rows of the directory, beyond reading them. The worker is also the operator's commands.
_ENTERED = ("select", "insert", "update")
_ROWS = ("select", "insert", "update", "delete")

# ---- directory -----------------------------------------------------------------------------------------------------

shards = directory_table(
    "shards",
    column("id", Integer, Identity(), primary_key=True),
    column("name", Text, unique=True),
    column("host", Text),
    column("port", Integer),
    column("database", Text),
    column("created_at", _MOMENT, server_default=text("now()")),
    worker=_ENTERED,
)

tenants = directory_table(
    "tenants",
    column("id", BigInteger, Identity(), primary_key=True),
    column("slug", Text, unique=True),
    column("name", JSONB),
    column("status", Text, server_default=text("'active'")),
    column("shard_id", Integer),
    column("region", Text),
    column("time_zone", Text),
    column("languages", ARRAY(Text)),
    column("settings", JSONB, server_default=text("'{}'")),
    column("documents_only", Boolean, server_default=text("false")),  # only what was published is answered
    column("country", Text, nullable=True),  # ISO 3166-1 alpha-2
    column("subdivision", Text, nullable=True),  # ISO 3166-2
    column("latitude", Double, nullable=True),
    column("longitude", Double, nullable=True),
    *timestamps(),
    version(),
    ForeignKeyConstraint(["shard_id"], [f"{SCHEMA}.shards.id"]),
    one_of("status", TENANT_STATUSES),
    CheckConstraint("slug ~ '^[a-z][a-z0-9-]{1,38}[a-z0-9]$'", name="slug"),
    CheckConstraint("cardinality(languages) >= 1", name="languages"),
    CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
    CheckConstraint("subdivision ~ '^[A-Z]{2}-[A-Z0-9]{1,3}$'", name="subdivision"),
    CheckConstraint("left(subdivision, 2) = coalesce(country, '')", name="subdivision_of_country"),
    CheckConstraint("latitude between -90 and 90 and longitude between -180 and 180", name="place"),
    CheckConstraint("(latitude is null) = (longitude is null)", name="point"),
    worker=_ENTERED,
)

tenant_domains = directory_table(
    "tenant_domains",
    column("domain", Text, primary_key=True),
    column("tenant_id", BigInteger),
    column("is_primary", Boolean, server_default=text("false")),
    ForeignKeyConstraint(["tenant_id"], [f"{SCHEMA}.tenants.id"], ondelete="CASCADE"),
    worker=_ROWS,
)

identity_providers = directory_table(
    "identity_providers",
    column("tenant_id", BigInteger),
    column("issuer", Text),
    column("jwks_uri", Text),
    column("audience", Text),
    column("created_at", _MOMENT, server_default=text("now()")),
    PrimaryKeyConstraint("tenant_id", "issuer"),
    ForeignKeyConstraint(["tenant_id"], [f"{SCHEMA}.tenants.id"], ondelete="CASCADE"),
    worker=_ROWS,
)

node_leases = directory_table(
    "node_leases",
    column("node", SmallInteger, primary_key=True, autoincrement=False),
    column("holder", Text),
    column("expires_at", _MOMENT),
    column("reserved_until_ms", BigInteger),
    CheckConstraint("node between 0 and 1023", name="node"),
    app=_ENTERED,
    worker=_ENTERED,
)

# One row; its lock makes the order of commits the order of positions (revocations are rare).
revocation_clock = directory_table(
    "revocation_clock",
    column("only", Boolean, primary_key=True, server_default=text("true")),
    column("position", BigInteger, server_default=text("0")),
    CheckConstraint('"only"', name="only"),
    app=("select", "update"),
    worker=("select", "update"),
)

revocations = directory_table(
    "revocations",
    column("position", BigInteger, primary_key=True, autoincrement=False),
    column("tenant_id", BigInteger),
    column("kind", Text),
    column("subject_id", BigInteger),
    column("event_id", Text),
    column("created_at", _MOMENT, server_default=text("now()")),
    UniqueConstraint("event_id"),
    one_of("kind", REVOCATION_KINDS),
    app=("select", "insert"),
    worker=("select", "insert", "delete"),
)
Index("revocations_created_at_idx", revocations.c.created_at)

# Which migration a shard has reached, and idempotent files' checksum, so that a fleet run can resume.
shard_versions = directory_table(
    "shard_versions",
    column("shard_id", Integer, primary_key=True, autoincrement=False),
    column("version", Text),
    column("idempotent_checksum", Text),
    column("migrated_at", _MOMENT, server_default=text("now()")),
    ForeignKeyConstraint(["shard_id"], [f"{SCHEMA}.shards.id"], ondelete="CASCADE"),
)

# ---- org units -----------------------------------------------------------------------------------------------------

org_units = tenant_table(
    "org_units",
    row_id(),
    column("parent_id", BigInteger, nullable=True),
    column("code", Text),
    *language_texts("name"),
    column("kind", Text),
    column("status", Text, server_default=text("'active'")),
    *timestamps(),
    version(),
    references("org_units", "parent_id"),
    unique("code"),
    one_of("kind", ORG_UNIT_KINDS),
    one_of("status", ("active", "archived")),
)
index(org_units, "parent_id", "code", "id")
index(org_units, "updated_at", "id")

# Closure of the tree, each unit its own ancestor at depth 0: "this unit and everything below it" is one index probe.
org_unit_ancestors = tenant_table(
    "org_unit_ancestors",
    column("ancestor_id", BigInteger),
    column("descendant_id", BigInteger),
    column("depth", Integer),
    references("org_units", "ancestor_id", on_delete="CASCADE"),
    references("org_units", "descendant_id", on_delete="CASCADE"),
    key=("descendant_id", "ancestor_id"),
)
index(org_unit_ancestors, "ancestor_id", "descendant_id")

# ---- people --------------------------------------------------------------------------------------------------------

users = tenant_table(
    "users",
    row_id(),
    column("handle", Text, data=_PERSON),
    column("given_name", Text, data=_PERSON),
    column("family_name", Text, data=_PERSON),
    column("display_name", Text, data=_PERSON),
    sort_key("sort_name", "display_name", data=_PERSON),
    column("preferred_language", Text, nullable=True, data=_PERSON),
    column("pronouns", Text, nullable=True, data=_PERSON),
    column("biography", Text, nullable=True, data=_PERSON),
    column("avatar_url", Text, nullable=True, data=_PERSON),
    column("status", Text, server_default=text("'active'")),
    column("last_sign_in_at", _MOMENT, nullable=True, data=_PERSON),
    # Whether members of the institution find the person by search; what is shown of people is decided elsewhere.
    column("is_searchable", Boolean, server_default=text("false"), data=_PERSON),
    *timestamps(),
    version(),
    unique("handle"),
    one_of("status", USER_STATUSES),
    CheckConstraint("handle ~ '^[a-z0-9][a-z0-9._-]{0,62}$'", name="handle"),
    CheckConstraint("length(display_name) between 1 and 300", name="display_name"),
    CheckConstraint("length(biography) <= 5000", name="biography"),
)
index(users, "updated_at", "id")
index(users, "sort_name", "id")
index(users, "status", "id")
index(users, "status", "sort_name", "id")

user_emails = tenant_table(
    "user_emails",
    row_id(),
    column("user_id", BigInteger),
    column("address", Text, data=_PERSON),
    column("address_key", Text, data=_PERSON),  # folded for comparison
    column("is_primary", Boolean, server_default=text("false")),
    column("verified_at", _MOMENT, nullable=True),
    references("users", "user_id", on_delete="CASCADE"),
    CheckConstraint("length(address) between 3 and 320", name="address"),
)
index(user_emails, "user_id", "id")
index(user_emails, "address_key", where="is_primary", unique=True)
Index(
    "user_emails_one_primary_key",
    user_emails.c.tenant_id,
    user_emails.c.user_id,
    unique=True,
    postgresql_where=text("is_primary"),
)

user_external_ids = external_ids("user", data=_PERSON)
org_unit_external_ids = external_ids("org_unit")

role_assignments = tenant_table(
    "role_assignments",
    row_id(),
    column("user_id", BigInteger, data=_PERSON),
    column("role", Text),
    column("org_unit_id", BigInteger, nullable=True),  # null: in the whole tenant
    column("granted_by_id", BigInteger, nullable=True, data=_PERSON),
    column("created_at", _MOMENT),
    references("users", "user_id", on_delete="CASCADE"),
    references("org_units", "org_unit_id", on_delete="CASCADE"),
    ForeignKeyConstraint(
        ["tenant_id", "granted_by_id"],
        [f"{SCHEMA}.users.tenant_id", f"{SCHEMA}.users.id"],
        ondelete="SET NULL (granted_by_id)",
    ),
    UniqueConstraint("tenant_id", "user_id", "role", "org_unit_id", postgresql_nulls_not_distinct=True),
    one_of("role", ROLES),
)
index(role_assignments, "role", "user_id")

attribute_definitions = tenant_table(
    "attribute_definitions",
    row_id(),
    column("owner", Text),
    column("name", Text),
    column("value_type", Text),
    column("choices", ARRAY(Text), nullable=True),
    *language_texts("label"),
    column(
        "readable_by", ARRAY(Text)
    ),  # roles; 'owner' is the person a user's field is about, 'everyone' is all
    column("writable_by", ARRAY(Text)),
    column("is_filterable", Boolean, server_default=text("false")),
    column("created_at", _MOMENT),
    unique("owner", "name"),
    one_of("owner", ATTRIBUTE_OWNERS),
    one_of("value_type", ATTRIBUTE_TYPES),
    CheckConstraint("name ~ '^[a-z][a-zA-Z0-9_]{0,62}$'", name="name"),
)

user_attributes = attribute_values("user")
org_unit_attributes = attribute_values("org_unit")

# ---- signing in ----------------------------------------------------------------------------------------------------

credentials = tenant_table(
    "credentials",
    column("user_id", BigInteger, data=_SIGN_IN),
    column("password_hash", Text, data=_SECRET),
    column("changed_at", _MOMENT),
    references("users", "user_id", on_delete="CASCADE"),
    key=("user_id",),
)

sessions = tenant_table(
    "sessions",
    row_id(),
    column("user_id", BigInteger, data=_SIGN_IN),
    column("created_at", _MOMENT),
    column("expires_at", _MOMENT),
    column("ended_at", _MOMENT, nullable=True),
    column("end_reason", Text, nullable=True),
    references("users", "user_id", on_delete="CASCADE"),
)
index(sessions, "user_id", "id")
index(sessions, "expires_at")

refresh_tokens = tenant_table(
    "refresh_tokens",
    row_id(),
    column("session_id", BigInteger),
    column("secret_hash", Text, data=_SECRET),
    column("created_at", _MOMENT),
    column("used_at", _MOMENT, nullable=True),
    references("sessions", "session_id", on_delete="CASCADE"),
)
index(refresh_tokens, "session_id", "id")

personal_access_tokens = tenant_table(
    "personal_access_tokens",
    row_id(),
    column("user_id", BigInteger, data=_SIGN_IN),
    column("name", Text),
    column("secret_hash", Text, data=_SECRET),
    column("scopes", ARRAY(Text)),
    column("created_at", _MOMENT),
    column("expires_at", _MOMENT),
    column("revoked_at", _MOMENT, nullable=True),
    references("users", "user_id", on_delete="CASCADE"),
)
index(personal_access_tokens, "user_id", "id")

idempotency_keys = tenant_table(
    "idempotency_keys",
    column("principal_id", BigInteger, data=_REPEATING),
    column("mutation", Text),
    column("key", Text),
    column("input_hash", Text, data=_REPEATING),
    column("object_id", BigInteger),
    column("created_at", _MOMENT),
    CheckConstraint("length(key) between 1 and 255", name="key"),
    key=("principal_id", "mutation", "key"),
)
index(idempotency_keys, "created_at")

# ---- encrypted columns ---------------------------------------------------------------------------------------------

# A tenant's data keys (`kernel.crypto`), wrapped by the key-encryption key that `wrapped_by` names. Values say which key_id
# they are encrypted with; the newest that is not retired encrypts.
data_keys = tenant_table(
    "data_keys",
    column("key_id", SmallInteger),
    column("wrapped", LargeBinary, data=DataUse(DataClass.SECRET, "encrypting columns", "until replaced")),
    column("wrapped_by", Text),
    column("created_at", _MOMENT),
    column("retired_at", _MOMENT, nullable=True),
    CheckConstraint("key_id > 0", name="key_id"),
    key=("key_id",),
)

# ---- persisted documents -------------------------------------------------------------------------------------------

# A document's id is its client's own, or "sha256:" and the hash of its text; several clients may have the same document.
persisted_documents = tenant_table(
    "persisted_documents",
    column("document_id", Text),
    column("sha256", Text),
    column("body", Text),
    column("operations", ARRAY(Text)),
    column("clients", ARRAY(Text)),
    column("created_at", _MOMENT),
    CheckConstraint("document_id ~ '^(x-[A-Za-z0-9._~-]+:|sha256:)?[A-Za-z0-9._~-]+$'", name="document_id"),
    CheckConstraint("length(document_id) <= 128", name="document_id_length"),
    CheckConstraint("left(document_id, 7) <> 'sha256:' or document_id = 'sha256:' || sha256", name="hash"),
    CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
    CheckConstraint("length(body) between 1 and 100000", name="body"),
    CheckConstraint("cardinality(clients) >= 1", name="clients"),
    key=("document_id",),
)
index(persisted_documents, "sha256")

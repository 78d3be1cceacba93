"""Other servers as the whole platform knows them (directory), and what is let in and out."""

from sqlalchemy import BigInteger, CheckConstraint, Double, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from federation.tables.uses import MODERATION, MOMENT, PUBLISHED
from kernel.tables import column, directory_table, index, one_of, row_id, tenant_table, timestamps, version

BREAKERS = ("closed", "open", "half_open")
DOMAIN_ACTIONS = ("allow", "limit", "block")
FEDERATION_MODES = ("open", "allow_list", "limited", "closed")
SIGNATURE_KINDS = ("cavage", "rfc9421")

_WORK = ("select", "insert", "update", "delete")

remote_hosts = directory_table(
    "remote_hosts",
    column("host", Text, primary_key=True),  # with its port where it has one
    column("breaker", Text, server_default=text("'closed'")),
    column("open_until", MOMENT, nullable=True),
    column("paused_at", MOMENT, nullable=True),
    column("pause_reason", Text, nullable=True),
    column("failures", Integer, server_default=text("0")),  # in a row
    column("concurrency", Integer, server_default=text("4")),  # how many at once, learned
    column("delivered", BigInteger, server_default=text("0")),
    column("failed", BigInteger, server_default=text("0")),
    column("received", BigInteger, server_default=text("0")),
    column("refused", BigInteger, server_default=text("0")),
    column("latency_ms", Double, nullable=True),
    column("last_success_at", MOMENT, nullable=True),
    column("last_failure_at", MOMENT, nullable=True),
    column("last_error", Text, nullable=True),
    column("signature_kind", Text, nullable=True),  # the one it accepted last
    # NodeInfo, read at most daily.
    column("software", Text, nullable=True),
    column("software_version", Text, nullable=True),
    column("capabilities", JSONB, server_default=text("'{}'")),
    column("nodeinfo_at", MOMENT, nullable=True),
    column(
        "receive_limit", Integer, nullable=True
    ),  # activities a minute that are taken; null: the platform's
    column("inbox_full_until", MOMENT, nullable=True),  # so much of it waits that no more is taken
    *timestamps(),
    one_of("breaker", BREAKERS),
    one_of("signature_kind", SIGNATURE_KINDS),
    CheckConstraint("length(host) between 1 and 300", name="host"),
    app=("select", "insert", "update"),
    worker=_WORK,
)

# Keys of remote actors, for verifying what comes in. A negative entry says that there was none.
remote_keys = directory_table(
    "remote_keys",
    column("key_address", Text, primary_key=True, data=PUBLISHED),
    column("owner_address", Text, nullable=True, data=PUBLISHED),
    column("algorithm", Text, nullable=True),
    column("public_key", Text, nullable=True),
    column("fetched_at", MOMENT),
    column("failed_until", MOMENT, nullable=True),  # negative: not asked again before
    column("failure", Text, nullable=True),
    app=("select", "insert", "update"),
    worker=_WORK,
)
# Whether an actor was ever seen is asked before anything of theirs is looked at.
Index("remote_keys_owner_address_idx", remote_keys.c.owner_address)

# What the operator lets in and out of the whole platform.
platform_domains = directory_table(
    "platform_domains",
    column("domain", Text, primary_key=True),  # and all below it
    column("action", Text),
    column("reason_text", Text, nullable=True),
    column("created_at", MOMENT, server_default=text("now()")),
    one_of("action", DOMAIN_ACTIONS),
    worker=_WORK,
)

# ---- of one institution --------------------------------------------------------------------------------------------

federation_settings = tenant_table(
    "federation_settings",
    column("mode", Text, server_default=text("'open'")),
    column("requires_signed_fetch", Text, server_default=text("'never'")),
    column(
        "links_of_strangers", Integer, server_default=text("5")
    ),  # more links than that by unknown authors: held back
    column("updated_at", MOMENT),
    version(),
    one_of("mode", FEDERATION_MODES),
    one_of("requires_signed_fetch", ("never", "objects", "everything")),
    key=(),
)

domain_policies = tenant_table(
    "domain_policies",
    row_id(),
    column("domain", Text),
    column("action", Text),
    column("policy_reason", Text, nullable=True, data=MODERATION),
    column("set_by_id", BigInteger, nullable=True, data=MODERATION),
    *timestamps(),
    version(),
    one_of("action", DOMAIN_ACTIONS),
    CheckConstraint("domain ~ '^[a-z0-9.:-]+$' and length(domain) <= 300", name="domain"),
)
index(domain_policies, "domain", unique=True)
index(domain_policies, "action", "domain")

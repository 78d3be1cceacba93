"""The delivery queue of a shard: what goes where, host by host, and what could not be delivered.

A delivery is deleted when it is done. Nothing an index holds changes while it waits: trouble with a host moves the host's
lane, and trouble with one delivery sets `not_before`, which no index has.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Double,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    func,
    text,
)

from federation.tables.uses import IN_TRANSIT, MOMENT
from kernel.tables import column, one_of, queue_table

# Lower goes first: what a person waits for, news, and everything of which there is much (moves, exports, backfills).
INTERACTIVE, NORMAL, BULK = 0, 1, 2
# What it makes of those before it about the same object that were not delivered yet: nothing; earlier changes are pointless;
# all that began or changed it is.
KEEPS, CHANGES, ENDS = 0, 1, 2
DELIVERY_CLASSES = ("interactive", "normal", "bulk")
DELIVERY_ENDS = ("refused", "expired", "gone", "blocked", "cancelled")
COMMANDS = ("retry_host", "pause_host", "resume_host", "replay_dead_letters", "cancel_delivery")

# In ranges of ids, a day each: what is left of a day after a week is dead letters' business and the partition goes.
deliveries = queue_table(
    "deliveries",
    column("tenant_id", BigInteger),
    column("id", BigInteger),
    column("host", Text),
    column("inbox", Text, data=IN_TRANSIT),
    column("activity_id", BigInteger),
    column("signer_id", BigInteger),  # the actor whose key signs
    column("class", SmallInteger, server_default=text("1")),
    # What it is about: what one actor says of it goes to an inbox in order. Null: it has no order.
    column("object_key", BigInteger, nullable=True),
    column("object_effect", SmallInteger, server_default=text("0")),
    column("attempts", SmallInteger, server_default=text("0")),
    column("not_before", MOMENT, nullable=True),
    column("last_status", SmallInteger, nullable=True),
    column("last_error", Text, nullable=True),  # a kind and a sentence of ours, never what the server wrote
    column("created_at", MOMENT, server_default=text("now()")),
    PrimaryKeyConstraint("tenant_id", "id"),
    CheckConstraint("class between 0 and 2", name="class"),
    CheckConstraint("object_effect between 0 and 2", name="object_effect"),
    readable=(
        "tenant_id",
        "id",
        "host",
        "activity_id",
        "signer_id",
        "class",
        "attempts",
        "not_before",
        "last_status",
        "last_error",
        "created_at",
    ),
    partitioned=True,
)
Index(
    "deliveries_host_idx", deliveries.c.host, deliveries.c["class"], deliveries.c.tenant_id, deliveries.c.id
)
Index(
    "deliveries_object_idx",
    deliveries.c.tenant_id,
    deliveries.c.object_key,
    func.hashtext(deliveries.c.inbox),  # an address may be longer than what an index takes
    postgresql_where=text("object_key is not null"),
)

# One row a host and shard: when it is next due and who works on it. Narrow, and updated in place.
host_lanes = queue_table(
    "host_lanes",
    column("host", Text, primary_key=True),
    column("next_due_at", MOMENT),
    # Until then the host is left alone; else only deliveries that are tried again wait for it, and new ones do not.
    column("is_put_off", Boolean, server_default=text("false")),
    column("lease_until", MOMENT, nullable=True),
    column("leased_by", Text, nullable=True),
    column("failures", Integer, server_default=text("0")),  # in a row
    column("failing_since", MOMENT, nullable=True),
    column("last_tenant_id", BigInteger, nullable=True),  # whose turn it was last
)

dead_letters = queue_table(
    "dead_letters",
    column("tenant_id", BigInteger),
    column("id", BigInteger),  # the delivery's
    column("host", Text),
    column("inbox", Text, data=IN_TRANSIT),
    column("activity_id", BigInteger),
    column("signer_id", BigInteger),
    column("class", SmallInteger),
    column("object_key", BigInteger, nullable=True),
    column("object_effect", SmallInteger, server_default=text("0")),
    column("attempts", SmallInteger),
    column("end_reason", Text),
    column("last_status", SmallInteger, nullable=True),
    column("last_error", Text, nullable=True),
    column("created_at", MOMENT),
    column("died_at", MOMENT, server_default=text("now()")),
    PrimaryKeyConstraint("tenant_id", "id"),
    one_of("end_reason", DELIVERY_ENDS),
    readable=(
        "tenant_id",
        "id",
        "host",
        "activity_id",
        "signer_id",
        "class",
        "attempts",
        "end_reason",
        "last_status",
        "last_error",
        "created_at",
        "died_at",
    ),
)
Index("dead_letters_tenant_id_host_id_idx", dead_letters.c.tenant_id, dead_letters.c.host, dead_letters.c.id)
Index("dead_letters_died_at_idx", dead_letters.c.died_at)

# What an institution's operators asked for; a worker does it.
delivery_commands = queue_table(
    "delivery_commands",
    column("tenant_id", BigInteger),
    column("id", BigInteger),
    column("command", Text),
    column("subject", Text),  # a host, or a delivery's id
    column("requested_by_id", BigInteger),
    column("created_at", MOMENT, server_default=text("now()")),
    column("done_at", MOMENT, nullable=True),
    column("affected", Integer, nullable=True),
    PrimaryKeyConstraint("tenant_id", "id"),
    one_of("command", COMMANDS),
    readable=(
        "tenant_id",
        "id",
        "command",
        "subject",
        "requested_by_id",
        "created_at",
        "done_at",
        "affected",
    ),
)
Index("delivery_commands_waiting_idx", delivery_commands.c.id, postgresql_where=text("done_at is null"))

# A host as one institution may know it: how its own deliveries went. Kept by workers, a row a pair.
tenant_hosts = queue_table(
    "tenant_hosts",
    column("tenant_id", BigInteger),
    column("host", Text),
    column("delivered", BigInteger, server_default=text("0")),
    column("failed", BigInteger, server_default=text("0")),
    column("latency_ms", Double, nullable=True),
    column("last_success_at", MOMENT, nullable=True),
    column("last_failure_at", MOMENT, nullable=True),
    column("last_error", Text, nullable=True),
    column("paused_at", MOMENT, nullable=True),
    column("paused_by_id", BigInteger, nullable=True),
    # Copied from the directory's `remote_hosts` now and then: open, failing, trying or paused (by the platform).
    column("state", Text, server_default=text("'open'")),
    column("software", Text, nullable=True),
    column("software_version", Text, nullable=True),
    column("updated_at", MOMENT, server_default=text("now()")),
    PrimaryKeyConstraint("tenant_id", "host"),
    readable=(
        "tenant_id",
        "host",
        "delivered",
        "failed",
        "latency_ms",
        "last_success_at",
        "last_failure_at",
        "last_error",
        "paused_at",
        "state",
        "software",
        "software_version",
        "updated_at",
    ),
)

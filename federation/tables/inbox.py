"""What came in and was not worked on yet (directory): a verified activity is one row here before it is answered with 202."""

from sqlalchemy import (
    BigInteger,
    Identity,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    text,
)

from federation.tables.uses import IN_TRANSIT, MOMENT
from kernel.tables import column, directory_table

LANES = 64  # rows of one lane are worked on one after the other: those of one object of one institution are in one lane
CHAIRS = 32  # rows after the lanes: each worker leases one of them too, so that all know how many they are

# Narrow and kept for 30 days: an activity counts once in each institution.
inbox_receipts = directory_table(
    "inbox_receipts",
    column("tenant_id", BigInteger),
    column("address_hash", LargeBinary),  # SHA-256 of the activity's id, 16 bytes
    column("received_at", MOMENT, server_default=text("now()")),
    PrimaryKeyConstraint("tenant_id", "address_hash"),
    app=("select", "insert"),
    worker=("select", "insert", "delete"),
)
Index("inbox_receipts_received_at_idx", inbox_receipts.c.received_at)

# Deleted when it is done. In order per object: by `arrival`, which the server gives.
inbox_activities = directory_table(
    "inbox_activities",
    column("arrival", BigInteger, Identity(), primary_key=True),
    column("tenant_id", BigInteger),
    column("lane", SmallInteger),
    column("object_hash", BigInteger),  # what it is about; a later one of the same waits for it
    column("address", Text, data=IN_TRANSIT),
    column("actor_address", Text, data=IN_TRANSIT),
    column("type", Text),
    column("sender_host", Text),
    column("body", LargeBinary, data=IN_TRANSIT),
    column("received_at", MOMENT, server_default=text("now()")),
    column("attempts", SmallInteger, nullable=True),
    column("not_before", MOMENT, nullable=True),
    column("last_error", Text, nullable=True),
    app=("insert",),
    worker=("select", "insert", "update", "delete"),
)
Index("inbox_activities_lane_arrival_idx", inbox_activities.c.lane, inbox_activities.c.arrival)

inbox_lanes = directory_table(
    "inbox_lanes",
    column("lane", SmallInteger, primary_key=True, autoincrement=False),
    column("lease_until", MOMENT, nullable=True),
    column("leased_by", Text, nullable=True),
    app=(),
    worker=("select", "update"),
)

# What was taken in and then not stored, and why; without its contents. 30 days.
inbox_refusals = directory_table(
    "inbox_refusals",
    column("arrival", BigInteger, primary_key=True, autoincrement=False),
    column("tenant_id", BigInteger),
    column("sender_host", Text),
    column("type", Text),
    column("address", Text, data=IN_TRANSIT),
    column("why", Text),
    column("refused_at", MOMENT, server_default=text("now()")),
    app=(),
    worker=("select", "insert", "delete"),
)
Index("inbox_refusals_refused_at_idx", inbox_refusals.c.refused_at)

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
SET_ASIDE = -1  # instead of a lane: nobody works on it until an operator says so
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
_c = inbox_activities.c
# What is ready, server by server: whoever sent much is stepped over in one step.
Index(
    "inbox_activities_ready_idx",
    _c.lane,
    _c.sender_host,
    _c.arrival,
    postgresql_where=_c.not_before.is_(None),
)
# What waits for its time, or for an earlier one of the same object.
Index(
    "inbox_activities_waiting_idx",
    _c.lane,
    _c.not_before,
    _c.sender_host,
    postgresql_where=_c.not_before.is_not(None),
)
Index("inbox_activities_object_hash_arrival_idx", _c.object_hash, _c.arrival, postgresql_where=_c.lane >= 0)

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

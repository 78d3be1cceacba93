"""The outbox of a shard and how far each consumer has come."""

from sqlalchemy import BigInteger, DateTime, Index, Integer, Sequence, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from kernel.tables import SCHEMA, SHARD, column, queue_table

# Taken while the row lock of the changed object is held, so it orders the events of one object; it says nothing about
# the order of commits. That is what `position` is for, which only the relay writes.
outbox_sequence = Sequence("outbox_sequence", metadata=SHARD, schema=SCHEMA)

outbox = queue_table(
    "outbox",
    column("sequence", BigInteger, primary_key=True, server_default=outbox_sequence.next_value()),
    column("tenant_id", BigInteger),
    column("event", Text),  # e.g. "course.updated"
    column("object_type", Text),
    column("object_id", BigInteger),
    column("payload", JSONB, server_default=text("'{}'")),  # ids and states only, no personal data
    column("schema_version", Integer, server_default=text("1")),
    column("created_at", DateTime(timezone=True), server_default=text("now()")),
    column("position", BigInteger, nullable=True),
    # What gateways tell subscribers of (`kernel.outbox.reading`).
    readable=("tenant_id", "event", "object_id", "payload", "created_at", "position"),
)
# The relay looks for rows without a position; consumers read by position.
Index("outbox_position_idx", outbox.c.position, unique=True)
Index("outbox_unnumbered_idx", outbox.c.sequence, postgresql_where=text("position is null"))

# One row: the last position given out.
outbox_clock = queue_table(
    "outbox_clock",
    column("only", Integer, primary_key=True, autoincrement=False, server_default=text("1")),
    column("position", BigInteger, server_default=text("0")),
    readable=("position",),  # how much was written on the shard says nothing of anybody
)

outbox_consumers = queue_table(
    "outbox_consumers",
    column("name", Text, primary_key=True),
    column("position", BigInteger, server_default=text("0")),
    column("updated_at", DateTime(timezone=True), server_default=text("now()")),
    readable=("name", "position"),  # gateways ask what search has not heard of yet
)

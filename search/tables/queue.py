"""What indexing keeps for itself: what no engine took, what is to be read again, since when there is something to find."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    text,
)

from kernel.tables import column, one_of, queue_table, tenant_table

MOMENT = DateTime(timezone=True)
# Whose other documents a change touches: those of a course, of one in another unit, of an org unit and all below it, of a term,
# an actor, the institution.
CAUSES = ("course", "course_unit", "org_unit", "academic_session", "actor", "tenant")
KINDS = ("course", "offering", "org_unit", "user", "post")  # of `search.model`

# Documents that an engine refused, or that could not be made of their row, until the row is taken after all.
search_refusals = queue_table(
    "search_refusals",
    column("tenant_id", BigInteger),
    column("kind", Text),
    column("object_id", BigInteger),
    column("is_published", Boolean),  # of the federation-wide set
    column("why", Text),  # the engine's words for it, none of the document's
    column("attempts", Integer, server_default=text("1")),
    column("refused_at", MOMENT, server_default=text("now()")),  # for the first time
    column("tried_at", MOMENT, server_default=text("now()")),
    PrimaryKeyConstraint("tenant_id", "kind", "object_id", "is_published"),
    one_of("kind", KINDS),
)

# What touches more documents than one batch may hold is read page by page; until then nobody knows which are out of date.
search_fanouts = queue_table(
    "search_fanouts",
    column("tenant_id", BigInteger),
    column("cause", Text),
    column("object_id", BigInteger),
    column("stage", SmallInteger, server_default=text("0")),  # which of the cause's lists of rows
    column("after_id", BigInteger, server_default=text("0")),  # the last row of it that was read
    column("turn", BigInteger, server_default=text("1")),  # begins anew whenever something changed once more
    column("due_at", MOMENT, server_default=text("now()")),
    PrimaryKeyConstraint("tenant_id", "cause", "object_id"),
    one_of("cause", CAUSES),
    readable=("tenant_id", "cause", "object_id"),
)
Index("search_fanouts_due_at_idx", search_fanouts.c.due_at)

# What of the directory is in an institution's documents, as one text to compare.
search_institutions = queue_table(
    "search_institutions",
    column("tenant_id", BigInteger, primary_key=True, autoincrement=False),
    column("described_as", Text),
)

# One row: which engine's index holds what there is on this shard; none while one is filled in the place of another's.
search_fillings = queue_table(
    "search_fillings",
    column("only", Integer, primary_key=True, autoincrement=False, server_default=text("1")),
    column("engine", Text, server_default=text("''")),
    column("filled_at", MOMENT, server_default=text("now()")),
    # While one index takes the place of another: the position after which the new one has not heard of everything.
    column("replay_after", BigInteger, nullable=True),
    readable=("engine", "replay_after"),
)

# Since when others can find a row that was hidden before; a row without one since it was made.
search_appearances = tenant_table(
    "search_appearances",
    column("kind", Text),
    column("object_id", BigInteger),
    column("appeared_at", MOMENT),
    one_of("kind", KINDS),
    key=("kind", "object_id"),
)

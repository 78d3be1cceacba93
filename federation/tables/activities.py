"""Activities: what actors did, as it was sent or received."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Text

from federation.tables.posts import POST_VISIBILITIES
from federation.tables.uses import MOMENT, PUBLISHED
from kernel.tables import column, index, one_of, row_id, tenant_table

ACTIVITY_TYPES = (
    "Follow",
    "Accept",
    "Reject",
    "Undo",
    "Create",
    "Update",
    "Delete",
    "Like",
    "Announce",
    "Block",
    "Flag",
    "Add",
    "Remove",
    "Move",
    "Join",
    "Leave",
    "Invite",
    "TentativeAccept",
)

# In ranges of ids, a month each. No foreign keys: a partition is dropped, and what it names may be gone before.
activities = tenant_table(
    "activities",
    row_id(),
    column("address", Text, data=PUBLISHED),
    column("type", Text),
    column("actor_id", BigInteger, data=PUBLISHED),
    column("is_local", Boolean),
    column("visibility", Text),
    column("object_address", Text, nullable=True, data=PUBLISHED),
    column("object_type", Text, nullable=True),
    column("post_id", BigInteger, nullable=True),  # where the object is a post that is stored here
    column("object_actor_id", BigInteger, nullable=True, data=PUBLISHED),  # where it is an actor
    column(
        "document", Text, data=PUBLISHED
    ),  # JSON, as it is sent or was received: the body of every delivery
    column("published_at", MOMENT),
    column("created_at", MOMENT),
    one_of("type", ACTIVITY_TYPES),
    one_of("visibility", POST_VISIBILITIES),
    partitioned=True,
)
index(activities, "actor_id", "id")
index(activities, "type", "id")
index(activities, "post_id", "id")
index(activities, "object_actor_id", "id")
index(activities, "published_at", "id")

# Narrow, because a partitioned table cannot keep them unique: each activity is stored once in an institution.
activity_addresses = tenant_table(
    "activity_addresses",
    column("address", Text, data=PUBLISHED),
    column("activity_id", BigInteger),
    CheckConstraint("length(address) between 4 and 2048", name="address"),
    key=("address",),
)
index(activity_addresses, "activity_id")

"""Actors: people who opted in, courses, org units and the institution itself; and those of other servers."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from federation.tables.uses import KEY, MOMENT, PUBLISHED
from kernel.tables import (
    column,
    index,
    one_of,
    queue_table,
    references,
    row_id,
    tenant_table,
    timestamps,
    unique,
    version,
)

ACTOR_KINDS = ("person", "group", "organization", "service", "application")
# Withdrawn: the course is not public any more, the unit not in use, the person suspended. It may come back.
ACTOR_STATUSES = ("active", "moved", "withdrawn", "gone")
LIMITS = ("none", "limited", "suspended")
KEY_ALGORITHMS = ("rsa", "ed25519")
FOLLOW_STATES = ("pending", "accepted", "rejected")
# What of a person an actor may show; a person chooses.
SHOWS_FOLLOWS, SHOWS_LIKES = "follows", "likes"  # whom they follow and who follows them; what they like
EXPOSED_FIELDS = (
    "display_name",
    "biography",
    "avatar_url",
    "pronouns",
    "courses_taught",
    SHOWS_FOLLOWS,
    SHOWS_LIKES,
)

# A remote actor stands once in each institution that knows it: what one knows says nothing to another.
actors = tenant_table(
    "actors",
    row_id(),
    column("address", Text, data=PUBLISHED),  # its ActivityPub id, a URL
    column("kind", Text),
    column("is_local", Boolean),
    # Exactly one of these for a local actor, none for the institution's own and for remote ones.
    column("user_id", BigInteger, nullable=True, data=PUBLISHED),
    column("course_id", BigInteger, nullable=True),
    column("org_unit_id", BigInteger, nullable=True),
    column("host", Text),  # with its port where it has one
    column("preferred_username", Text, data=PUBLISHED),
    column("username_key", Text, data=PUBLISHED),  # folded for comparison
    column("display_name", Text, server_default=text("''"), data=PUBLISHED),
    column("biography", Text, server_default=text("''"), data=PUBLISHED),  # sanitised HTML
    column("avatar_url", Text, nullable=True, data=PUBLISHED),
    column("profile_url", Text, nullable=True, data=PUBLISHED),
    # Of remote actors; ours follow from the id (`federation.protocol.addresses`).
    column("inbox", Text, nullable=True, data=PUBLISHED),
    column("shared_inbox", Text, nullable=True),
    column("outbox", Text, nullable=True, data=PUBLISHED),
    column("followers_address", Text, nullable=True, data=PUBLISHED),
    column("also_known_as", ARRAY(Text), server_default=text("'{}'"), data=PUBLISHED),
    column("moved_to", Text, nullable=True, data=PUBLISHED),
    column(
        "attachments", JSONB, server_default=text("'[]'"), data=PUBLISHED
    ),  # [{name, value}], as shown on profiles
    column("exposed", ARRAY(Text), server_default=text("'{}'")),  # EXPOSED_FIELDS, of a local person
    column("is_discoverable", Boolean, server_default=text("false")),
    column("approves_followers", Boolean, server_default=text("false")),  # manuallyApprovesFollowers
    column("status", Text, server_default=text("'active'")),
    column("restriction", Text, server_default=text("'none'")),  # by moderators
    column("followers_count", Integer, server_default=text("0")),
    column("following_count", Integer, server_default=text("0")),
    column("posts_count", Integer, server_default=text("0")),
    column("fetched_at", MOMENT, nullable=True),
    *timestamps(),
    version(),
    unique("address"),
    references("users", "user_id", on_delete="CASCADE"),
    references("courses", "course_id", on_delete="CASCADE"),
    references("org_units", "org_unit_id", on_delete="CASCADE"),
    one_of("kind", ACTOR_KINDS),
    one_of("status", ACTOR_STATUSES),
    one_of("restriction", LIMITS),
    CheckConstraint("num_nonnulls(user_id, course_id, org_unit_id) <= 1", name="owner"),
    CheckConstraint("is_local or num_nonnulls(user_id, course_id, org_unit_id) = 0", name="remote"),
    CheckConstraint("is_local or inbox is not null", name="inbox"),
    CheckConstraint("length(address) between 8 and 2048", name="address"),
)
index(actors, "username_key", "host", unique=True)
index(actors, "user_id", where="user_id is not null", unique=True)
index(actors, "course_id", where="course_id is not null", unique=True)
index(actors, "org_unit_id", where="org_unit_id is not null", unique=True)
index(actors, "host", "id")
index(actors, "updated_at", "id")
# What pruning looks through.
index(actors, "is_local", "fetched_at", "id")

# Private keys are encrypted (`kernel.crypto`) and leave the process never; those of remote actors are in the directory.
actor_keys = tenant_table(
    "actor_keys",
    row_id(),
    column("actor_id", BigInteger),
    column("algorithm", Text),
    column("fragment", Text),  # the key's address is ACTOR#fragment
    column("public_key", Text),  # PEM for rsa, multibase for ed25519
    column("private_key", LargeBinary, data=KEY),
    column("created_at", MOMENT),
    # Of those that do not sign any more, or will only later: the first that signs beyond now is the one that signs.
    column("signs_until", MOMENT, nullable=True),  # by the clock of the shard; a newer one signs from then on
    column("published_until", MOMENT, nullable=True),  # what was signed with it can be verified until then
    references("actors", "actor_id", on_delete="CASCADE"),
    one_of("algorithm", KEY_ALGORITHMS),
    unique("actor_id", "fragment"),
)

# When an actor's newer keys begin to sign, which other servers are told then.
key_switches = queue_table(
    "key_switches",
    column("tenant_id", BigInteger),
    column("id", BigInteger),
    column("actor_id", BigInteger),
    column("due_at", MOMENT),
    PrimaryKeyConstraint("tenant_id", "id"),
)
Index("key_switches_due_at_idx", key_switches.c.due_at)

# Who follows whom; at least one of the two is ours.
follows = tenant_table(
    "follows",
    row_id(),
    column("follower_id", BigInteger, data=PUBLISHED),
    column("followed_id", BigInteger, data=PUBLISHED),
    column("state", Text),
    column("activity_address", Text, data=PUBLISHED),  # of the Follow, which Accept, Reject and Undo name
    *timestamps(),
    references("actors", "follower_id", on_delete="CASCADE"),
    references("actors", "followed_id", on_delete="CASCADE"),
    unique("follower_id", "followed_id"),
    one_of("state", FOLLOW_STATES),
    CheckConstraint("follower_id <> followed_id", name="another"),
)
index(follows, "followed_id", "state", "id")
index(follows, "follower_id", "state", "id")
# Whether one follows another, and by which row, asked for every row of a list: from the index alone, so that no other one
# is taken.
index(follows, "follower_id", "followed_id", "state", "id")
index(follows, "activity_address")

# Who moderates a group beside its course's staff; what groups feature (pinned) stands in `featured_posts`.
group_moderators = tenant_table(
    "group_moderators",
    column("group_id", BigInteger),
    column("actor_id", BigInteger, data=PUBLISHED),
    column("created_at", MOMENT),
    references("actors", "group_id", on_delete="CASCADE"),
    references("actors", "actor_id", on_delete="CASCADE"),
    key=("group_id", "actor_id"),
)

# A Move that a person announced: old followers are asked once.
actor_moves = tenant_table(
    "actor_moves",
    row_id(),
    column("actor_id", BigInteger, data=PUBLISHED),
    column("target_address", Text, data=PUBLISHED),
    column("followers_moved", Integer, server_default=text("0")),
    column("attempts", SmallInteger, server_default=text("0")),
    column("created_at", MOMENT),
    references("actors", "actor_id", on_delete="CASCADE"),
)
index(actor_moves, "actor_id", "id")

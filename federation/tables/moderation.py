"""Reports, what moderators did, and what each person does not want to see."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Text, text

from federation.tables.uses import MODERATION, MOMENT
from kernel.tables import column, index, one_of, references, row_id, tenant_table, timestamps, unique, version

REPORT_STATES = ("open", "resolved", "dismissed")
MODERATION_ACTIONS = (
    "limit_actor",
    "suspend_actor",
    "restore_actor",
    "delete_post",
    "limit_host",
    "block_host",
    "restore_host",
    "allow_host",
    "resolve_report",
    "dismiss_report",
    "release_post",
    "change_settings",
)

reports = tenant_table(
    "reports",
    row_id(),
    column(
        "reporter_id", BigInteger, nullable=True, data=MODERATION
    ),  # an actor; null: a remote server without a name
    column("target_id", BigInteger, data=MODERATION),  # the reported actor
    column("complaint", Text, server_default=text("''"), data=MODERATION),
    column("is_forwarded", Boolean, server_default=text("false")),  # a Flag went to the actor's server
    column("is_remote", Boolean, server_default=text("false")),  # came as a Flag
    column("activity_address", Text, nullable=True, data=MODERATION),
    column("state", Text, server_default=text("'open'")),
    column("handled_by_id", BigInteger, nullable=True, data=MODERATION),
    column("handled_at", MOMENT, nullable=True),
    *timestamps(),
    version(),
    references("actors", "reporter_id", on_delete="CASCADE"),
    references("actors", "target_id", on_delete="CASCADE"),
    one_of("state", REPORT_STATES),
    CheckConstraint("length(complaint) <= 5000", name="complaint"),
)
index(reports, "state", "id")
index(reports, "target_id", "id")
index(reports, "reporter_id", "id")

report_posts = tenant_table(
    "report_posts",
    column("report_id", BigInteger),
    column("post_id", BigInteger),
    references("reports", "report_id", on_delete="CASCADE"),
    references("posts", "post_id", on_delete="CASCADE"),
    key=("report_id", "post_id"),
)
index(report_posts, "post_id")

# Append-only: what reverses an action is another one.
moderation_actions = tenant_table(
    "moderation_actions",
    row_id(),
    column("action", Text),
    column("actor_id", BigInteger, nullable=True, data=MODERATION),
    column("post_id", BigInteger, nullable=True),
    column("domain", Text, nullable=True),
    # Of a rule or a setting: which one, and what it was and became; null: nothing.
    column("setting", Text, nullable=True),
    column("value_before", Text, nullable=True),
    column("value_after", Text, nullable=True),
    column("report_id", BigInteger, nullable=True),
    column("moderation_reason", Text, server_default=text("''"), data=MODERATION),
    column("moderator_id", BigInteger, data=MODERATION),
    column("created_at", MOMENT),
    one_of("action", MODERATION_ACTIONS),
    append_only=True,
)
index(moderation_actions, "actor_id", "id")
index(moderation_actions, "report_id", "id")

# Between actors, as ActivityPub's Block: neither sees the other.
blocks = tenant_table(
    "blocks",
    row_id(),
    column("actor_id", BigInteger, data=MODERATION),
    column("blocked_id", BigInteger, data=MODERATION),
    column("activity_address", Text, data=MODERATION),
    column("created_at", MOMENT),
    references("actors", "actor_id", on_delete="CASCADE"),
    references("actors", "blocked_id", on_delete="CASCADE"),
    unique("actor_id", "blocked_id"),
)
index(blocks, "blocked_id", "actor_id")
index(blocks, "actor_id", "id")
index(blocks, "activity_address")

# One-sided and silent, of a person.
mutes = tenant_table(
    "mutes",
    row_id(),
    column("user_id", BigInteger, data=MODERATION),
    column("muted_id", BigInteger, data=MODERATION),
    column("until", MOMENT, nullable=True),
    column("created_at", MOMENT),
    references("users", "user_id", on_delete="CASCADE"),
    references("actors", "muted_id", on_delete="CASCADE"),
    unique("user_id", "muted_id"),
)
# Whether one is muted, asked for every row of a timeline: from the index alone, so that no other one is taken.
index(mutes, "user_id", "muted_id", "until")
index(mutes, "muted_id", "user_id")
index(mutes, "user_id", "id")

muted_domains = tenant_table(
    "muted_domains",
    column("user_id", BigInteger, data=MODERATION),
    column("domain", Text, data=MODERATION),
    column("created_at", MOMENT),
    references("users", "user_id", on_delete="CASCADE"),
    key=("user_id", "domain"),
)

# Held back for a moderator: too many links by a stranger, a limited host.
held_posts = tenant_table(
    "held_posts",
    column("post_id", BigInteger),
    column("why", Text),
    column("created_at", MOMENT),
    references("posts", "post_id", on_delete="CASCADE"),
    key=("post_id",),
)

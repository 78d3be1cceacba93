"""What a person is told, how they want to be told, and the letters that go out."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from federation.tables.uses import MOMENT, NOTICE
from kernel.tables import column, index, one_of, queue_table, references, row_id, tenant_table, unique

NOTIFICATION_KINDS = (
    "follow",
    "follow_request",
    "follow_accepted",
    "mention",
    "reply",
    "like",
    "announce",
    "course_announcement",
    "direct_message",
    "request_decided",
    "promoted",
    "seat_offered",
    "offering_changed",
    "offering_cancelled",
    "import_finished",
    "report_filed",
    "identity_conflict",
    "moved",
    "saved_search",
)
EMAIL_TIMES = ("at_once", "daily", "never")
EMAIL_STATES = ("waiting", "sending", "sent", "failed", "dropped")

notifications = tenant_table(
    "notifications",
    row_id(),
    column("user_id", BigInteger, data=NOTICE),
    column("kind", Text),
    column("once_key", Text),  # what it tells of: told once to a person, however often its event is seen
    column("actor_id", BigInteger, nullable=True, data=NOTICE),
    column("post_id", BigInteger, nullable=True),
    column("enrollment_id", BigInteger, nullable=True),
    column("offering_id", BigInteger, nullable=True),
    column("details", JSONB, server_default=text("'{}'"), data=NOTICE),  # states and numbers for the text
    column("is_read", Boolean, server_default=text("false")),
    column("is_shown", Boolean, server_default=text("true")),  # false: chosen for e-mail alone
    column("read_at", MOMENT, nullable=True),
    column("created_at", MOMENT),
    references("users", "user_id", on_delete="CASCADE"),
    references("actors", "actor_id", on_delete="CASCADE"),
    references("posts", "post_id", on_delete="CASCADE"),
    references("enrollments", "enrollment_id", on_delete="CASCADE"),
    references("offerings", "offering_id", on_delete="CASCADE"),
    unique("user_id", "once_key"),
    one_of("kind", NOTIFICATION_KINDS),
)
index(notifications, "user_id", "is_shown", "id")
index(notifications, "user_id", "is_shown", "is_read", "id")
index(notifications, "user_id", "is_shown", "kind", "id")
index(notifications, "actor_id")
index(notifications, "post_id")

# What is not here is as `federation.notifications.model` says for the kind.
notification_preferences = tenant_table(
    "notification_preferences",
    column("user_id", BigInteger, data=NOTICE),
    column("kind", Text),
    column("in_app", Boolean),
    column("email", Text),
    column("updated_at", MOMENT),
    references("users", "user_id", on_delete="CASCADE"),
    one_of("kind", NOTIFICATION_KINDS),
    one_of("email", EMAIL_TIMES),
    key=("user_id", "kind"),
)

# A letter is one row with what it tells of; it is `sending` from before the server is asked until it said yes or no.
notification_emails = tenant_table(
    "notification_emails",
    row_id(),
    column("user_id", BigInteger, data=NOTICE),
    column("is_digest", Boolean),
    column("state", Text, server_default=text("'waiting'")),
    column("due_at", MOMENT),
    column("attempts", SmallInteger, server_default=text("0")),
    column("last_error", Text, nullable=True),
    column("message_id", Text),  # the letter's Message-ID, the same at every attempt
    column("sent_at", MOMENT, nullable=True),
    column("created_at", MOMENT),
    references("users", "user_id", on_delete="CASCADE"),
    one_of("state", EMAIL_STATES),
    CheckConstraint("attempts between 0 and 100", name="attempts"),
)
index(notification_emails, "state", "due_at", "id")
index(notification_emails, "user_id", "id")

notification_email_items = tenant_table(
    "notification_email_items",
    column("email_id", BigInteger),
    column("notification_id", BigInteger),
    references("notification_emails", "email_id", on_delete="CASCADE"),
    references("notifications", "notification_id", on_delete="CASCADE"),
    key=("email_id", "notification_id"),
)
index(notification_email_items, "notification_id")

# When workers look at which letter, of all institutions of the shard; a letter that came to its end has none.
due_emails = queue_table(
    "due_emails",
    column("tenant_id", BigInteger),
    column("id", BigInteger),  # the letter's
    column("due_at", MOMENT),
    PrimaryKeyConstraint("tenant_id", "id"),
)
# Institutions take turns, so each is asked by itself what is due.
Index("due_emails_tenant_id_due_at_idx", due_emails.c.tenant_id, due_emails.c.due_at)

"""Posts, what people do with them, and who is shown them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from federation.tables.uses import MOMENT, PUBLISHED
from kernel.tables import (
    SCHEMA,
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

POST_KINDS = ("note", "article", "event", "page", "question", "video", "audio", "image", "document")
POST_VISIBILITIES = ("public", "unlisted", "followers", "tenant", "direct")
MEDIA_TYPES = ("text/plain", "text/markdown", "text/html")
POST_STATES = ("published", "deleted")
DRAFT_STATES = ("draft", "scheduled")
TIMELINE_REASONS = ("followed", "announced", "group", "own", "mentioned")

# Ids of posts are the order in which they came to this institution, which is the order of every timeline.
posts = tenant_table(
    "posts",
    row_id(),
    column("address", Text, data=PUBLISHED),  # its ActivityPub id
    column("actor_id", BigInteger, data=PUBLISHED),
    column("is_local", Boolean),
    column("kind", Text, server_default=text("'note'")),
    column("state", Text, server_default=text("'published'")),  # deleted: a Tombstone, all texts are gone
    column("visibility", Text),
    column("language", Text, nullable=True),  # BCP 47, of `content`
    column("title", Text, nullable=True, data=PUBLISHED),
    column("content", Text, server_default=text("''"), data=PUBLISHED),  # sanitised HTML
    column(
        "content_map", JSONB, server_default=text("'{}'"), data=PUBLISHED
    ),  # other languages, sanitised HTML
    column("source", Text, nullable=True, data=PUBLISHED),  # as its author wrote it, in `source_media_type`
    column("source_media_type", Text, nullable=True),
    column("content_warning", Text, nullable=True, data=PUBLISHED),
    column("is_sensitive", Boolean, server_default=text("false")),
    column("page_url", Text, nullable=True, data=PUBLISHED),  # for browsers, of a remote post
    column("attachments", JSONB, server_default=text("'[]'"), data=PUBLISHED),  # [{mediaType, url, name}]
    column("in_reply_to_id", BigInteger, nullable=True),
    column("in_reply_to_address", Text, nullable=True, data=PUBLISHED),
    column("conversation_id", BigInteger),  # the id of the first post known of it
    column("context_address", Text, nullable=True, data=PUBLISHED),
    column("group_id", BigInteger, nullable=True),  # `audience`: the course or unit in whose feed it stands
    column(
        "is_announcement", Boolean, server_default=text("false")
    ),  # of a course's staff, sent by the group itself
    column("written_by_id", BigInteger, nullable=True, data=PUBLISHED),  # the user behind a group's own post
    column("published_at", MOMENT),  # as its author says
    column("edited_at", MOMENT, nullable=True),
    column("likes_count", Integer, server_default=text("0")),
    column("announces_count", Integer, server_default=text("0")),
    column("replies_count", Integer, server_default=text("0")),
    *timestamps(),
    version(),
    unique("address"),
    references("actors", "actor_id", on_delete="CASCADE"),
    ForeignKeyConstraint(
        ["tenant_id", "group_id"],
        [f"{SCHEMA}.actors.tenant_id", f"{SCHEMA}.actors.id"],
        ondelete="SET NULL (group_id)",
    ),
    ForeignKeyConstraint(
        ["tenant_id", "written_by_id"],
        [f"{SCHEMA}.users.tenant_id", f"{SCHEMA}.users.id"],
        ondelete="SET NULL (written_by_id)",
    ),
    one_of("kind", POST_KINDS),
    one_of("state", POST_STATES),
    one_of("visibility", POST_VISIBILITIES),
    one_of("source_media_type", MEDIA_TYPES),
    CheckConstraint("length(address) between 8 and 2048", name="address"),
)
index(posts, "actor_id", "id")
index(posts, "group_id", "id", where="group_id is not null")
index(posts, "conversation_id", "id")
index(posts, "in_reply_to_id", "id")
index(posts, "in_reply_to_address", where="in_reply_to_id is null and in_reply_to_address is not null")
index(posts, "visibility", "id")
index(posts, "visibility", "is_local", "id")
index(posts, "updated_at", "id")

# What was not published yet; publishing makes the post, with an id of that moment.
post_drafts = tenant_table(
    "post_drafts",
    row_id(),
    column("user_id", BigInteger, data=PUBLISHED),
    column("actor_id", BigInteger),  # in whose name: the person's own actor, or a group's
    column("state", Text),
    column("publish_at", MOMENT, nullable=True),
    column("document", JSONB, data=PUBLISHED),  # what `post` was given
    column("problem", Text, nullable=True),  # why it could not be published when its time came
    *timestamps(),
    version(),
    references("users", "user_id", on_delete="CASCADE"),
    references("actors", "actor_id", on_delete="CASCADE"),
    one_of("state", DRAFT_STATES),
    CheckConstraint("(state = 'scheduled') = (publish_at is not null)", name="publish_at"),
)
index(post_drafts, "user_id", "id")
index(post_drafts, "state", "publish_at", "id")

# When workers look at which draft, of all institutions of the shard. A row for each time that was set: what holds is
# the draft's own.
scheduled_drafts = queue_table(
    "scheduled_drafts",
    column("tenant_id", BigInteger),
    column("id", BigInteger),
    column("draft_id", BigInteger),
    column("publish_at", MOMENT),
    PrimaryKeyConstraint("tenant_id", "id"),
)
Index("scheduled_drafts_publish_at_idx", scheduled_drafts.c.publish_at)

post_versions = tenant_table(
    "post_versions",
    row_id(),
    column("post_id", BigInteger),
    column("version", Integer),  # the post's version that this was
    column("title", Text, nullable=True, data=PUBLISHED),
    column("content", Text, data=PUBLISHED),
    column("content_warning", Text, nullable=True, data=PUBLISHED),
    column("language", Text, nullable=True),
    column("replaced_at", MOMENT),
    references("posts", "post_id", on_delete="CASCADE"),
)
index(post_versions, "post_id", "id")

# Whom a post names or is addressed to; `direct` posts are seen by these.
post_mentions = tenant_table(
    "post_mentions",
    column("post_id", BigInteger),
    column("actor_id", BigInteger, data=PUBLISHED),
    column(
        "is_named", Boolean, server_default=text("true")
    ),  # false: addressed without being named in the text
    references("posts", "post_id", on_delete="CASCADE"),
    references("actors", "actor_id", on_delete="CASCADE"),
    key=("post_id", "actor_id"),
)
index(post_mentions, "actor_id", "post_id")

post_hashtags = tenant_table(
    "post_hashtags",
    column("tag", Text),  # folded (NFKC, case), without #
    column("post_id", BigInteger),
    column("spelling", Text),
    references("posts", "post_id", on_delete="CASCADE"),
    key=("tag", "post_id"),
)
index(post_hashtags, "post_id", "tag")

# One like and one announce per actor and post: the key says so.
likes = tenant_table(
    "likes",
    column("post_id", BigInteger),
    column("actor_id", BigInteger, data=PUBLISHED),
    column("activity_address", Text, data=PUBLISHED),
    column("created_at", MOMENT),
    references("posts", "post_id", on_delete="CASCADE"),
    references("actors", "actor_id", on_delete="CASCADE"),
    key=("post_id", "actor_id"),
)
index(likes, "actor_id", "post_id")
index(likes, "activity_address")

announces = tenant_table(
    "announces",
    row_id(),
    column("post_id", BigInteger),
    column("actor_id", BigInteger, data=PUBLISHED),
    column("activity_address", Text, data=PUBLISHED),
    column("visibility", Text),
    column("created_at", MOMENT),
    references("posts", "post_id", on_delete="CASCADE"),
    references("actors", "actor_id", on_delete="CASCADE"),
    unique("post_id", "actor_id"),
    one_of("visibility", POST_VISIBILITIES),
)
index(announces, "actor_id", "id")
index(announces, "activity_address")

featured_posts = tenant_table(
    "featured_posts",
    column("actor_id", BigInteger),
    column("post_id", BigInteger),
    column("created_at", MOMENT),
    references("actors", "actor_id", on_delete="CASCADE"),
    references("posts", "post_id", on_delete="CASCADE"),
    key=("actor_id", "post_id"),
)
index(featured_posts, "post_id")

# Home timelines, written when something is published (docs/decisions say why); an entry's id is its place.
timeline_entries = tenant_table(
    "timeline_entries",
    column("user_id", BigInteger, data=PUBLISHED),
    row_id(),
    column("post_id", BigInteger),
    column("announced_by_id", BigInteger, nullable=True, data=PUBLISHED),
    column("reason", Text),
    references("users", "user_id", on_delete="CASCADE"),
    references("posts", "post_id", on_delete="CASCADE"),
    references("actors", "announced_by_id", on_delete="CASCADE"),
    one_of("reason", TIMELINE_REASONS),
    key=("user_id", "id"),
)
index(timeline_entries, "user_id", "post_id", unique=True)
index(timeline_entries, "post_id")
index(timeline_entries, "announced_by_id", where="announced_by_id is not null")

# Conversations of which a person is a part: their direct posts and threads, newest first by `last_post_id`.
conversation_members = tenant_table(
    "conversation_members",
    column("user_id", BigInteger, data=PUBLISHED),
    row_id(),  # the conversation's: `posts.conversation_id`
    column("last_post_id", BigInteger),
    column("is_read", Boolean, server_default=text("false")),
    column("participants", ARRAY(BigInteger), server_default=text("'{}'"), data=PUBLISHED),  # actors
    references("users", "user_id", on_delete="CASCADE"),
    references("posts", "last_post_id", on_delete="CASCADE"),
    key=("user_id", "id"),
)
index(conversation_members, "user_id", "last_post_id", "id")
index(conversation_members, "last_post_id")
index(conversation_members, "id")

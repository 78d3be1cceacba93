"""How a person's own timeline and conversations are seen: by nobody else."""

from federation.entities.actors import ID
from federation.tables.posts import conversation_members, timeline_entries
from federation.visibility import entry_visible, own_row
from kernel.entities import Cardinality, Entity, Order, Relation, to_one
from tenants.model import Scope

TIMELINE_ENTRY = Entity(
    name="TimelineEntry",
    table=timeline_entries,
    visible_to=entry_visible,
    scope=Scope.POSTS_READ,
    newest_first=True,
    relations=(
        Relation("post", "Post", (("post_id", "id"),), Cardinality.ONE, vouched=True),  # by `entry_visible`
        to_one("announced_by", "Actor", "announced_by_id"),
    ),
    orders=(ID,),
)
CONVERSATION = Entity(
    name="Conversation",
    table=conversation_members,
    prefix="conversation",
    visible_to=own_row,
    scope=Scope.POSTS_READ,
    newest_first=True,
    relations=(
        to_one("last_post", "Post", "last_post_id"),
        Relation("posts", "Post", (("id", "conversation_id"),), Cardinality.MANY, order="ID"),
        Relation("participants", "Actor", (("participants", "id"),), Cardinality.LIST),
    ),
    orders=(Order("LAST_POST", ("last_post_id",)),),
)
ENTITIES = (TIMELINE_ENTRY, CONVERSATION)

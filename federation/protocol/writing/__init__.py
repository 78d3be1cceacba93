"""What we say, as documents ready for `orjson.dumps`: members in a fixed order, contexts that libraries carry.

Each function gives a whole document with its `@context`; embedded in another it loses it to the outer one.
"""

from federation.protocol.writing.activities import (
    Embedded,
    accept,
    add,
    announce,
    block,
    cite,
    create,
    delete,
    flag,
    follow,
    like,
    move,
    reject,
    remove,
    undo,
    update,
    write_activity,
)
from federation.protocol.writing.actors import write_actor
from federation.protocol.writing.collections import write_collection, write_items, write_page
from federation.protocol.writing.contexts import provable
from federation.protocol.writing.courses import write_course
from federation.protocol.writing.discovery import (
    NODEINFO_JSON,
    write_host_meta,
    write_nodeinfo,
    write_nodeinfo_links,
    write_webfinger,
)
from federation.protocol.writing.events import write_event, write_place
from federation.protocol.writing.posts import write_post, write_tombstone
from federation.protocol.writing.values import Document

__all__ = [
    "NODEINFO_JSON",
    "Document",
    "Embedded",
    "accept",
    "add",
    "announce",
    "block",
    "cite",
    "create",
    "delete",
    "flag",
    "follow",
    "like",
    "move",
    "provable",
    "reject",
    "remove",
    "undo",
    "update",
    "write_activity",
    "write_actor",
    "write_collection",
    "write_course",
    "write_event",
    "write_host_meta",
    "write_items",
    "write_nodeinfo",
    "write_nodeinfo_links",
    "write_page",
    "write_place",
    "write_post",
    "write_tombstone",
    "write_webfinger",
]

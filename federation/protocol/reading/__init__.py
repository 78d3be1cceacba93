"""Foreign documents as frozen values: tolerant of every form that servers send, strict in what comes out.

Bytes go in by `read_activity` or `read_document`; nothing but `Unreadable` comes out beside the values. No JSON-LD is
processed and no context fetched. `allow_http` is for loopback: without it actors and objects are https.
"""

from federation.protocol.reading.activities import (
    cited_activity,
    read_activity,
    read_activity_document,
    read_addressees,
)
from federation.protocol.reading.actors import is_actor, read_actor
from federation.protocol.reading.collections import read_collection
from federation.protocol.reading.discovery import read_nodeinfo, read_nodeinfo_links, read_webfinger
from federation.protocol.reading.documents import read_document
from federation.protocol.reading.errors import Unreadable
from federation.protocol.reading.keys import read_key
from federation.protocol.reading.posts import is_post, read_post, read_tombstone
from federation.protocol.reading.shapes.activities import (
    Addressees,
    CitedActivity,
    Document,
    ReceivedActivity,
    ReceivedCollection,
    Reference,
)
from federation.protocol.reading.shapes.actors import RemoteActor, RemoteField, RemoteKey, RemotePicture
from federation.protocol.reading.shapes.discovery import Finger, RemoteSoftware
from federation.protocol.reading.shapes.posts import (
    PollOption,
    RemoteAttachment,
    RemoteEmoji,
    RemoteMention,
    RemotePlace,
    RemotePoll,
    RemotePost,
    RemoteSchedule,
    RemoteSource,
    RemoteTombstone,
)

__all__ = [
    "Addressees",
    "CitedActivity",
    "Document",
    "Finger",
    "PollOption",
    "ReceivedActivity",
    "ReceivedCollection",
    "Reference",
    "RemoteActor",
    "RemoteAttachment",
    "RemoteEmoji",
    "RemoteField",
    "RemoteKey",
    "RemoteMention",
    "RemotePicture",
    "RemotePlace",
    "RemotePoll",
    "RemotePost",
    "RemoteSchedule",
    "RemoteSoftware",
    "RemoteSource",
    "RemoteTombstone",
    "Unreadable",
    "cited_activity",
    "is_actor",
    "is_post",
    "read_activity",
    "read_activity_document",
    "read_actor",
    "read_addressees",
    "read_collection",
    "read_document",
    "read_key",
    "read_nodeinfo",
    "read_nodeinfo_links",
    "read_post",
    "read_tombstone",
    "read_webfinger",
]

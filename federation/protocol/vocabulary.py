"""The words that every part of the protocol shares: the public collection, media types, and closed sets of kinds."""

from enum import StrEnum

AS_PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
"""Whom a public document is addressed to (ActivityPub section 5.6)."""

ACTIVITY_JSON = "application/activity+json"
LD_JSON = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
JRD_JSON = "application/jrd+json"

UNDETERMINED = "und"
"""The language of a text whose sender did not say it (ISO 639-2)."""


class ActivityKind(StrEnum):
    """The activities that are understood; `OTHER` is every other type, kept to be refused with its name."""

    FOLLOW = "Follow"
    ACCEPT = "Accept"
    TENTATIVE_ACCEPT = "TentativeAccept"
    REJECT = "Reject"
    UNDO = "Undo"
    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"
    LIKE = "Like"
    DISLIKE = "Dislike"
    EMOJI_REACT = "EmojiReact"
    ANNOUNCE = "Announce"
    BLOCK = "Block"
    FLAG = "Flag"
    ADD = "Add"
    REMOVE = "Remove"
    MOVE = "Move"
    JOIN = "Join"
    LEAVE = "Leave"
    INVITE = "Invite"
    VIEW = "View"
    OTHER = "Other"


class ActorKind(StrEnum):
    """What an actor is (ActivityStreams vocabulary, section 3.2)."""

    PERSON = "Person"
    GROUP = "Group"
    SERVICE = "Service"
    ORGANIZATION = "Organization"
    APPLICATION = "Application"


class ObjectKind(StrEnum):
    """What a post is to its readers; several ActivityStreams types may be one kind."""

    NOTE = "Note"
    ARTICLE = "Article"
    PAGE = "Page"
    QUESTION = "Question"
    EVENT = "Event"
    VIDEO = "Video"
    AUDIO = "Audio"
    IMAGE = "Image"
    DOCUMENT = "Document"


class Visibility(StrEnum):
    """Who may read a post."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    TENANT = "tenant"
    DIRECT = "direct"


class JoinMode(StrEnum):
    """How one enters an event (FEP-8a8e)."""

    FREE = "free"
    RESTRICTED = "restricted"
    INVITE = "invite"
    EXTERNAL = "external"
    NONE = "none"


class KeyKind(StrEnum):
    """How a public key was written down."""

    PEM = "pem"  # `publicKey.publicKeyPem` of the security vocabulary
    MULTIKEY = "multikey"  # `assertionMethod`, `publicKeyMultibase` (FEP-521a)

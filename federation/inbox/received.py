"""A verified activity on its way in, and what it is about. Pure."""

from dataclasses import dataclass
from hashlib import blake2b, sha256

from federation.protocol.origins import host_of
from federation.protocol.reading import ReceivedActivity, Reference, cited_activity
from federation.protocol.vocabulary import ActivityKind
from federation.tables.inbox import LANES
from tenants.model import TenantId

HASH_BYTES = 16


@dataclass(frozen=True, slots=True)
class Received:
    """An activity for one institution, as it is kept until it was worked on. `subject` is what it is about."""

    tenant_id: TenantId
    address: str
    actor_address: str
    type: str
    subject: str
    sender_host: str
    body: bytes

    @property
    def address_hash(self) -> bytes:
        """What makes it one activity in its institution."""
        return address_hash(self.address)

    @property
    def object_hash(self) -> int:
        """Equal for all that is about one thing in one institution: these are worked on in order."""
        digest = blake2b(f"{self.tenant_id} {self.subject}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)

    @property
    def lane(self) -> int:
        """Where it waits."""
        return self.object_hash % LANES


def received_of(tenant_id: TenantId, activity: ReceivedActivity, body: bytes) -> Received:
    """The activity that a body holds, for an institution."""
    return Received(
        tenant_id,
        activity.id,
        activity.actor,
        activity.original_type[:100],
        subject_of(activity),
        host_of(activity.actor),
        body,
    )


def address_hash(address: str) -> bytes:
    """The first half of SHA-256 of an activity's address."""
    return sha256(address.encode()).digest()[:HASH_BYTES]


def subject_of(activity: ReceivedActivity) -> str:
    """What an activity is about: a post, or, for what concerns people and their follows, the actor itself.

    An Undo is about what the undone activity was about, and a Group's Announce about what the wrapped activity is.
    """
    if activity.kind in _OF_ACTORS or activity.object is None:
        return activity.actor
    if activity.kind is ActivityKind.UNDO:
        inner = cited_activity(activity.object)
        if inner is None or inner.kind in _OF_ACTORS or inner.kind is ActivityKind.OTHER:
            return activity.actor
        return _named(inner.object) or activity.actor
    if activity.kind is ActivityKind.ANNOUNCE:
        inner = cited_activity(activity.object)
        if inner is not None and inner.kind is not ActivityKind.OTHER:
            return _named(inner.object) or activity.object.uri or activity.actor
    return _named(activity.object) or activity.actor


_OF_ACTORS = frozenset(
    {
        ActivityKind.FOLLOW,
        ActivityKind.ACCEPT,
        ActivityKind.REJECT,
        ActivityKind.TENTATIVE_ACCEPT,
        ActivityKind.BLOCK,
        ActivityKind.MOVE,
        ActivityKind.FLAG,
        ActivityKind.JOIN,
        ActivityKind.LEAVE,
        ActivityKind.INVITE,
    }
)


def _named(reference: Reference | None) -> str | None:
    return reference.uri if reference is not None else None

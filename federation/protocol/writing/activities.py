"""Activities as documents (ActivityPub sections 6 and 7), each by its own function.

All take `id` and `actor`, and the object as its URI or as its document, which is then embedded. Those that others than
the object's owner should hear of take an `Addressing`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from federation.protocol.model import Addressing
from federation.protocol.vocabulary import ActivityKind
from federation.protocol.writing.contexts import Context, joined
from federation.protocol.writing.values import Document, addressed, moment, present

Embedded = str | Mapping[str, Any]
"""A URI, or a whole document of `writing`."""

_NOBODY = Addressing()


def write_activity(
    kind: ActivityKind,
    *,
    id: str,
    actor: str,
    object: Embedded | Sequence[str],
    addressing: Addressing = _NOBODY,
    target: str | None = None,
    content: str | None = None,
    published: datetime | None = None,
) -> Document:
    """Any activity. Addressees of an embedded object are not copied: say them."""
    own, context = _embedded(object)
    return {
        "@context": joined(context),
        "id": id,
        "type": kind.value,
        "actor": actor,
        **(addressed(addressing) if addressing != _NOBODY else {}),
        **present({"published": moment(published), "content": content}),
        "object": own,
        **present({"target": target}),
    }


def follow(*, id: str, actor: str, object: str) -> Document:
    """`actor` asks to follow `object`."""
    return write_activity(ActivityKind.FOLLOW, id=id, actor=actor, object=object, addressing=_only(object))


def accept(*, id: str, actor: str, object: Embedded, to: str) -> Document:
    """`actor` agrees to a Follow (embed it by `cite`: some servers do not know it by its id)."""
    return write_activity(ActivityKind.ACCEPT, id=id, actor=actor, object=object, addressing=_only(to))


def cite(kind: ActivityKind, *, id: str | None, actor: str, object: Embedded) -> Document:
    """An activity of somebody else in its bare bones, to embed where it is answered: nothing foreign is passed on."""
    return present({"id": id, "type": kind.value, "actor": actor, "object": object})


def reject(*, id: str, actor: str, object: Embedded, to: str) -> Document:
    """`actor` refuses a Follow, or ends one that it had accepted."""
    return write_activity(ActivityKind.REJECT, id=id, actor=actor, object=object, addressing=_only(to))


def undo(*, id: str, actor: str, object: Embedded, addressing: Addressing) -> Document:
    """`actor` takes back an activity of its own; embed it, many servers need its type."""
    return write_activity(ActivityKind.UNDO, id=id, actor=actor, object=object, addressing=addressing)


def create(*, id: str, actor: str, object: Embedded, addressing: Addressing, published: datetime) -> Document:
    """`actor` published a post or event, which is embedded."""
    return write_activity(
        ActivityKind.CREATE, id=id, actor=actor, object=object, addressing=addressing, published=published
    )


def update(*, id: str, actor: str, object: Embedded, addressing: Addressing, published: datetime) -> Document:
    """`actor` changed a post, an event or itself; the object is embedded whole."""
    return write_activity(
        ActivityKind.UPDATE, id=id, actor=actor, object=object, addressing=addressing, published=published
    )


def delete(*, id: str, actor: str, object: Embedded, addressing: Addressing) -> Document:
    """`actor` deleted something: a Tombstone, or the actor's own URI when it is itself that goes."""
    return write_activity(ActivityKind.DELETE, id=id, actor=actor, object=object, addressing=addressing)


def like(*, id: str, actor: str, object: str, to: str) -> Document:
    """`actor` likes a post; its author hears of it."""
    return write_activity(ActivityKind.LIKE, id=id, actor=actor, object=object, addressing=_only(to))


def announce(
    *, id: str, actor: str, object: Embedded, addressing: Addressing, published: datetime | None = None
) -> Document:
    """`actor` shares a post by its URI; a Group, an activity of its members whole (FEP-1b12)."""
    return write_activity(
        ActivityKind.ANNOUNCE, id=id, actor=actor, object=object, addressing=addressing, published=published
    )


def block(*, id: str, actor: str, object: str) -> Document:
    """`actor` wants nothing to do with `object`."""
    return write_activity(ActivityKind.BLOCK, id=id, actor=actor, object=object, addressing=_only(object))


def flag(*, id: str, actor: str, objects: Sequence[str], content: str, to: str) -> Document:
    """A report to the server of `to`: the reported actor first, then its posts. `actor` is the instance, not a person."""
    return write_activity(
        ActivityKind.FLAG, id=id, actor=actor, object=list(objects), content=content, addressing=_only(to)
    )


def add(*, id: str, actor: str, object: Embedded, target: str, addressing: Addressing) -> Document:
    """`actor` puts something into a collection of its own: a featured post, a moderator."""
    return write_activity(
        ActivityKind.ADD, id=id, actor=actor, object=object, target=target, addressing=addressing
    )


def remove(*, id: str, actor: str, object: Embedded, target: str, addressing: Addressing) -> Document:
    """`actor` takes something out of a collection of its own."""
    return write_activity(
        ActivityKind.REMOVE, id=id, actor=actor, object=object, target=target, addressing=addressing
    )


def move(*, id: str, actor: str, target: str, addressing: Addressing) -> Document:
    """`actor` has moved to `target`, which names it under `alsoKnownAs` (FEP-7628)."""
    return write_activity(
        ActivityKind.MOVE, id=id, actor=actor, object=actor, target=target, addressing=addressing
    )


def _only(uri: str) -> Addressing:
    return Addressing(to=(uri,))


def _embedded(object: Embedded | Sequence[str]) -> tuple[Any, Context | None]:
    """What stands in an activity's place for it, and the context that it would have alone."""
    if not isinstance(object, Mapping):
        return object, None
    return {name: value for name, value in object.items() if name != "@context"}, object.get("@context")

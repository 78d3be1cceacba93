"""Reading activities: what somebody did, to what, and for whom (ActivityPub section 7)."""

from typing import Any

from federation.protocol.reading.documents import read_document
from federation.protocol.reading.errors import Unreadable
from federation.protocol.reading.identity import actor_in, id_of, require_same_origin, types_in
from federation.protocol.reading.shapes.activities import (
    Addressees,
    CitedActivity,
    Document,
    ReceivedActivity,
    Reference,
)
from federation.protocol.reading.texts import language_of
from federation.protocol.reading.times import moment
from federation.protocol.reading.values import each, first, text, types_of, uri
from federation.protocol.vocabulary import AS_PUBLIC, ActivityKind

MOST_ADDRESSEES = 1_000
"""Per member; more are left out."""

MOST_OBJECTS = 100


def read_activity(body: bytes, *, allow_http: bool = False) -> ReceivedActivity:
    """The activity that a body holds; `Unreadable` says what is wrong with it and where.

    It has a type, an id and an actor of one origin, and, where its kind is understood, an object. Nothing is said about
    what the object is: read it with `read_post`, `read_actor`, `read_tombstone` or `cited_activity`, by its type. Whether
    the actor may speak for it (`same_origin` of actor and object) is not decided here.
    """
    return read_activity_document(read_document(body), allow_http=allow_http)


def read_activity_document(document: Document, *, allow_http: bool = False) -> ReceivedActivity:
    """As `read_activity`, of a document that was parsed already."""
    kind, original = _kind(types_in(document, "$"))
    id = id_of(document, "$", allow_http=allow_http)
    actor = actor_in(document, "actor", "$", allow_http=allow_http)
    require_same_origin(actor, id, "the actor", "$.actor")
    objects = _references(document.get("object"), "$.object")
    if not objects and kind is not ActivityKind.OTHER:
        raise Unreadable(f"the {original} names no object", "$.object")
    return ReceivedActivity(
        kind=kind,
        original_type=original,
        id=id,
        actor=actor,
        objects=objects,
        target=reference(document.get("target"), "$.target"),
        origin=reference(document.get("origin"), "$.origin"),
        result=reference(document.get("result"), "$.result"),
        instrument=reference(document.get("instrument"), "$.instrument"),
        content=text(document.get("content")) or text(document.get("_misskey_reaction")),
        addressees=read_addressees(document),
        published=moment(document.get("published")),
        language=language_of(document),
        document=document,
    )


def cited_activity(cited: Reference) -> CitedActivity | None:
    """The activity embedded in another, as far as it says anything; None where only its URI is given."""
    if cited.document is None:
        return None
    kind, original = _kind(types_of(cited.document) or ("",))
    return CitedActivity(
        kind=kind,
        original_type=original,
        id=cited.uri,
        actor=uri(cited.document.get("actor")),
        object=reference(cited.document.get("object"), f"{cited.where}.object"),
        document=cited.document,
    )


def read_addressees(document: Document) -> Addressees:
    """Whom a document names under `to`, `cc`, `bto`, `bcc` and `audience`; what is no http(s) URI is left out."""
    return Addressees(
        to=_addressees(document.get("to")),
        cc=_addressees(document.get("cc")),
        bto=_addressees(document.get("bto")),
        bcc=_addressees(document.get("bcc")),
        audience=_addressees(document.get("audience")),
    )


def reference(value: Any, where: str) -> Reference | None:
    """What a member names, in any of the forms; None where it names nothing."""
    one = first(value)
    if isinstance(one, str):
        named = uri(one)
        return Reference(named, None, None, where) if named else None
    if not isinstance(one, dict):
        return None
    types = types_of(one)
    if "Link" in types or ("href" in one and "id" not in one):
        named = uri(one)
        return Reference(named, None, None, where) if named else None
    return Reference(uri(one.get("id")), one, types[0] if types else None, where)


def references(value: Any, where: str, most: int) -> tuple[Reference, ...]:
    """All that a member names, in the order given."""
    found = (reference(one, f"{where}[{index}]") for index, one in enumerate(each(value, most)))
    return tuple(one for one in found if one is not None)


def _references(value: Any, where: str) -> tuple[Reference, ...]:
    if isinstance(value, list) and len(value) > 1:
        return references(value, where, MOST_OBJECTS)
    only = reference(value, where)
    return (only,) if only else ()


def _kind(types: tuple[str, ...]) -> tuple[ActivityKind, str]:
    """The first type that is understood, else the first of all."""
    known = (name for name in types if name in _KINDS)
    original = next(known, types[0])
    return _KINDS.get(original, ActivityKind.OTHER), original


def _addressees(value: Any) -> tuple[str, ...]:
    if not value:
        return ()
    found = (_addressee(one) for one in each(value, MOST_ADDRESSEES))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _addressee(value: Any) -> str | None:
    return AS_PUBLIC if isinstance(value, str) and value in _PUBLIC else uri(value)


_KINDS = {kind.value: kind for kind in ActivityKind if kind is not ActivityKind.OTHER}
_PUBLIC = frozenset({AS_PUBLIC, "as:Public", "Public"})

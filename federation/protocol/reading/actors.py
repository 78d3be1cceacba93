"""Reading actors: people, groups, services, organizations and applications (ActivityPub section 4)."""

import re

from federation.protocol.reading.errors import Unreadable
from federation.protocol.reading.identity import id_of, require_same_origin, same_origin_uri, types_in
from federation.protocol.reading.keys import keys_of
from federation.protocol.reading.links import page_of, picture
from federation.protocol.reading.shapes.activities import Document
from federation.protocol.reading.shapes.actors import RemoteActor, RemoteField
from federation.protocol.reading.tags import tags
from federation.protocol.reading.texts import language_of, texts
from federation.protocol.reading.times import moment
from federation.protocol.reading.values import first, member, objects, text, truth, types_of, uri, uris
from federation.protocol.vocabulary import ActorKind

MOST_FIELDS = 20
MOST_ALIASES = 50
LONGEST_NAME = 500
LONGEST_SUMMARY = 20_000
LONGEST_FIELD = 2_000


def read_actor(document: Document, *, where: str = "$", allow_http: bool = False) -> RemoteActor:
    """The actor; `Unreadable` where it has no id, no inbox of the id's origin, or is of no kind of actor.

    A shared inbox, a collection or a key of another origin is left out: it would let one server speak or be written to
    in the name of another.
    """
    kind, original = _kind(document, where)
    id = id_of(document, where, allow_http=allow_http)
    inbox = _inbox(document, id, where)
    tagged = tags(document)
    spoken = language_of(document)
    return RemoteActor(
        id=id,
        kind=kind,
        original_type=original,
        username=_username(document),
        name=texts(document, "name", language=spoken, most=LONGEST_NAME),
        summary=texts(document, "summary", language=spoken, most=LONGEST_SUMMARY),
        url=page_of(document),
        inbox=inbox,
        shared_inbox=_shared_inbox(document, id),
        outbox=same_origin_uri(document.get("outbox"), id),
        followers=same_origin_uri(document.get("followers"), id),
        following=same_origin_uri(document.get("following"), id),
        liked=same_origin_uri(document.get("liked"), id),
        featured=same_origin_uri(document.get("featured"), id),
        moderators=_moderators(document, id) if kind is ActorKind.GROUP else None,
        icon=picture(document.get("icon")),
        image=picture(document.get("image")),
        fields=tuple(_fields(document)),
        emojis=tagged.emojis,
        hashtags=tagged.hashtags,
        keys=keys_of(document, id),
        also_known_as=uris(document.get("alsoKnownAs"), MOST_ALIASES),
        moved_to=uri(document.get("movedTo")),
        manually_approves_followers=truth(document.get("manuallyApprovesFollowers")) or False,
        discoverable=truth(document.get("discoverable")),
        indexable=truth(document.get("indexable")),
        posting_restricted_to_moderators=truth(document.get("postingRestrictedToMods")) or False,
        suspended=truth(document.get("suspended")) or False,
        published=moment(document.get("published")),
        updated=moment(document.get("updated")),
        document=document,
    )


def is_actor(document: Document) -> bool:
    """Whether `read_actor` knows the kind of this."""
    return any(name in _KINDS for name in types_of(document))


_KINDS = {kind.value: kind for kind in ActorKind}

# What a handle can hold on any server we know, and nothing that would make another handle of it.
_USERNAME = re.compile(r"[\w.!~*'+$%&=-]{1,255}")


def _kind(document: Document, where: str) -> tuple[ActorKind, str]:
    types = types_in(document, where)
    original = next((name for name in types if name in _KINDS), None)
    if original is None:
        raise Unreadable(f"a {types[0]} is no actor", f"{where}.type")
    return _KINDS[original], original


def _inbox(document: Document, id: str, where: str) -> str:
    inbox = uri(document.get("inbox"))
    if inbox is None:
        raise Unreadable("names no inbox", f"{where}.inbox")
    require_same_origin(inbox, id, "the inbox", f"{where}.inbox")
    return inbox


def _shared_inbox(document: Document, id: str) -> str | None:
    endpoints = first(document.get("endpoints"))
    given = endpoints.get("sharedInbox") if isinstance(endpoints, dict) else document.get("sharedInbox")
    return same_origin_uri(given, id)


def _moderators(document: Document, id: str) -> str | None:
    """A Group's own word for them, or where Lemmy has them: under who the group is attributed to."""
    return same_origin_uri(member(document, "moderators", "attributedTo"), id)


def _username(document: Document) -> str | None:
    given = text(document.get("preferredUsername"), LONGEST_NAME)
    return given if given and _USERNAME.fullmatch(given) else None


def _fields(document: Document) -> list[RemoteField]:
    fields = []
    for _, one in objects(document.get("attachment"), MOST_FIELDS):
        name, value = text(one.get("name"), LONGEST_NAME), text(one.get("value"), LONGEST_FIELD)
        if "PropertyValue" in {_bare(kind) for kind in types_of(one)} and name and value:
            fields.append(RemoteField(name, value))
    return fields


def _bare(kind: str) -> str:
    """`schema:PropertyValue` and the full address are the same word."""
    return re.split(r"[:#/]", kind)[-1]

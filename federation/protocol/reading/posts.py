"""Reading posts of all kinds, and the tombstones that are left of them."""

from federation.protocol.origins import origin_of, same_origin
from federation.protocol.reading.activities import read_addressees
from federation.protocol.reading.errors import Unreadable
from federation.protocol.reading.identity import id_of, types_in
from federation.protocol.reading.links import attachments, media_type_of, page_of
from federation.protocol.reading.polls import poll_of
from federation.protocol.reading.schedules import schedule_of
from federation.protocol.reading.shapes.activities import Document
from federation.protocol.reading.shapes.posts import RemotePost, RemoteSource, RemoteTombstone
from federation.protocol.reading.tags import quote_in, tags
from federation.protocol.reading.texts import language_of, texts
from federation.protocol.reading.times import moment
from federation.protocol.reading.values import each, first, identifier, member, text, truth, types_of, uri
from federation.protocol.vocabulary import ObjectKind

LONGEST_TITLE = 1_000
MOST_AUTHORS = 20


def read_post(
    document: Document,
    *,
    author: str | None = None,
    language: str | None = None,
    where: str = "$",
    allow_http: bool = False,
) -> RemotePost:
    """The post; `Unreadable` where it has no id, is of no kind of post, or its author is of another origin.

    `author` is who acts where the post is embedded in an activity: whose post it is if it does not say itself.
    `language` is that of the activity around it. Blank texts are none.
    """
    kind, original = _kind(document, where)
    id = id_of(document, where, allow_http=allow_http)
    authors = _authors(document, author)
    tagged = tags(document)
    spoken = language_of(document, language)
    return RemotePost(
        id=id,
        kind=kind,
        original_type=original,
        attributed_to=_speaker(authors, id, where),
        authors=authors,
        url=page_of(document),
        name=texts(document, "name", language=spoken, most=LONGEST_TITLE),
        summary=texts(document, "summary", language=spoken),
        content=texts(document, "content", language=spoken),
        content_type=_content_type(document),
        source=_source(document),
        sensitive=truth(document.get("sensitive")) or False,
        published=moment(document.get("published")),
        updated=moment(document.get("updated")),
        addressees=read_addressees(document),
        in_reply_to=uri(document.get("inReplyTo")),
        conversation=identifier(member(document, "context", "conversation")),
        quote=quote_in(document) or tagged.quote,
        mentions=tagged.mentions,
        hashtags=tagged.hashtags,
        emojis=tagged.emojis,
        attachments=attachments(document),
        replies=uri(document.get("replies")),
        likes=uri(document.get("likes")),
        shares=uri(document.get("shares")),
        poll=poll_of(document),
        schedule=schedule_of(document) if kind is ObjectKind.EVENT else None,
        document=document,
    )


def is_post(document: Document) -> bool:
    """Whether `read_post` knows the kind of this."""
    return any(name in _KINDS for name in types_of(document))


def read_tombstone(document: Document, *, where: str = "$", allow_http: bool = False) -> RemoteTombstone:
    """What is left of a deleted object; also of an object that is sent whole when it is deleted."""
    id = id_of(document, where, allow_http=allow_http)
    return RemoteTombstone(
        id=id,
        former_type=next((name for name in types_of({"type": document.get("formerType")})), None),
        deleted=moment(member(document, "deleted", "updated")),
    )


_KINDS = {kind.value: kind for kind in ObjectKind} | {
    "ChatMessage": ObjectKind.NOTE,
    "Review": ObjectKind.NOTE,
    "Comment": ObjectKind.NOTE,
    "Quotation": ObjectKind.NOTE,
}


def _kind(document: Document, where: str) -> tuple[ObjectKind, str]:
    types = types_in(document, where)
    original = next((name for name in types if name in _KINDS), None)
    if original is None:
        raise Unreadable(f"a {types[0]} is no post", f"{where}.type")
    return _KINDS[original], original


def _authors(document: Document, author: str | None) -> tuple[str, ...]:
    """All who are named, people before groups: a video names its channel beside its author."""
    named = list(each(document.get("attributedTo"), MOST_AUTHORS))
    named.sort(key=lambda one: isinstance(one, dict) and "Group" in types_of(one))
    found = tuple(dict.fromkeys(one for one in map(uri, named) if one is not None))
    return found or ((author,) if author else ())


def _speaker(authors: tuple[str, ...], id: str, where: str) -> str:
    if not authors:
        raise Unreadable("names no author", f"{where}.attributedTo")
    own = next((author for author in authors if same_origin(author, id)), None)
    if own is None:
        raise Unreadable(f"the author is not of {origin_of(id)}", f"{where}.attributedTo")
    return own


def _content_type(document: Document) -> str:
    """A file's `mediaType` is that of the file; only a text's own is what its content is written in."""
    given = media_type_of(document) or ""
    return given if given.startswith("text/") else "text/html"


def _source(document: Document) -> RemoteSource | None:
    source = first(document.get("source"))
    if isinstance(source, str):
        source = {"content": source}
    content = text(source.get("content")) if isinstance(source, dict) else None
    return RemoteSource(content, media_type_of(source) or "text/plain") if content is not None else None

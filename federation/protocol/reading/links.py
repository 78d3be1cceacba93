"""The page of an object, and the files beside it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from federation.protocol.origins import origin_of
from federation.protocol.reading.shapes.activities import Document
from federation.protocol.reading.shapes.actors import RemotePicture
from federation.protocol.reading.shapes.posts import RemoteAttachment
from federation.protocol.reading.times import seconds
from federation.protocol.reading.values import count, each, first, member, objects, text, truth, types_of

MOST_ATTACHMENTS = 32
LONGEST_DESCRIPTION = 5_000


def page_of(document: Document) -> str | None:
    """The page for people among a document's `url`: the one of text/html, else one of no type, else the first."""
    links = list(_links(document.get("url")))
    return next(
        (link.href for wanted in ("text/html", None) for link in links if link.media_type == wanted), None
    ) or (links[0].href if links else None)


def picture(value: Any) -> RemotePicture | None:
    """An icon or header: an Image, a Link, or the bare address of one."""
    for one in each(value, _MOST_LINKS):
        link = next(_links(one.get("url") if _holds_url(one) else one), None)
        if link is not None:
            described = one if isinstance(one, dict) else {}
            media_type = link.media_type or media_type_of(described)
            return RemotePicture(link.href, media_type, text(described.get("name"), LONGEST_DESCRIPTION))
    return None


def attachments(document: Document) -> tuple[RemoteAttachment, ...]:
    """The files and links beside a post, with its `image` and the streams of a video's `url`; once each."""
    found = [
        _attachment(one, link, member(one, "name", "summary", "content"))
        for name in ("attachment", "image")
        for _, one in objects(document.get(name), MOST_ATTACHMENTS)
        for link in [_file_of(one)]
        if link is not None and not _NO_FILES.intersection(types_of(one))
    ]
    streams = (link for link in _links(document.get("url")) if _is_stream(link.media_type))
    found.extend(_attachment(document, link, document.get("name")) for link in streams)
    return tuple({one.url: one for one in reversed(found[:MOST_ATTACHMENTS])}.values())[::-1]


def media_type_of(document: Document) -> str | None:
    """The media type without parameters; None for what is none."""
    given = text(document.get("mediaType"), _LONGEST_MEDIA_TYPE)
    plain = given.partition(";")[0].strip().lower() if given else ""
    return plain if _MEDIA_TYPE.fullmatch(plain) else None


@dataclass(frozen=True, slots=True)
class _Link:
    href: str
    media_type: str | None


def _links(value: Any) -> Iterator[_Link]:
    for one in each(value, _MOST_LINKS):
        if isinstance(one, str):
            href, described = one, {}
        elif isinstance(one, dict):
            href, described = member(one, "href", "url", "id"), one
        else:
            continue
        if isinstance(href, str) and origin_of(href) is not None:
            yield _Link(href, media_type_of(described))


def _file_of(document: Document) -> _Link | None:
    """The first of an attachment's addresses; without any, it is nothing to show."""
    return next(_links(member(document, "url", "href")), None)


def _attachment(document: Document, link: _Link, description: Any) -> RemoteAttachment:
    media_type = link.media_type or media_type_of(document)
    return RemoteAttachment(
        url=link.href,
        type=_type_by(media_type) or next(iter(types_of(document)), "Document"),
        media_type=media_type,
        name=text(description, LONGEST_DESCRIPTION),
        width=count(document.get("width")),
        height=count(document.get("height")),
        duration=seconds(document.get("duration")),
        blurhash=text(document.get("blurhash"), _LONGEST_BLURHASH),
        sensitive=truth(document.get("sensitive")) or False,
    )


def _type_by(media_type: str | None) -> str | None:
    return {"image": "Image", "video": "Video", "audio": "Audio"}.get((media_type or "").partition("/")[0])


def _is_stream(media_type: str | None) -> bool:
    return media_type is not None and (
        media_type.startswith(("video/", "audio/")) or media_type == "application/x-mpegurl"
    )


def _holds_url(value: Any) -> bool:
    return isinstance(value, dict) and first(value.get("url")) is not None


# A profile's lines and embedded posts stand where files do.
_NO_FILES = frozenset({"PropertyValue", "Note", "Recipe"})
_MOST_LINKS = 50
_LONGEST_MEDIA_TYPE = 200
_LONGEST_BLURHASH = 100
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,80}/[a-z0-9.+-]{1,80}", re.ASCII)

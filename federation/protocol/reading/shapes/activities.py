"""What reading a foreign activity or collection gives: frozen values, every URI absolute, every list bounded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from federation.protocol.vocabulary import AS_PUBLIC, ActivityKind

Document = Mapping[str, Any]
"""A JSON object as it was received. Not to be changed: proofs are verified over it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Something that is named: by its URI, by the document embedded in its place, or by both."""

    uri: str | None
    document: Document | None
    type: str | None  # the embedded document's first type, without "as:"
    where: str  # its JSON path, for errors


@dataclass(frozen=True, slots=True)
class Addressees:
    """Whom a document is for. URIs once each, in the order given; the public collection is always `AS_PUBLIC`."""

    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bto: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()

    @property
    def everyone(self) -> tuple[str, ...]:
        """All who are named anywhere, once each."""
        return tuple(dict.fromkeys((*self.to, *self.cc, *self.bto, *self.bcc, *self.audience)))

    @property
    def is_public(self) -> bool:
        """Whether anybody may read it, listed or not."""
        return AS_PUBLIC in self.everyone


@dataclass(frozen=True, slots=True)
class ReceivedActivity:
    """An activity; `id` and `actor` are of one origin. `document` is what was received, whole."""

    kind: ActivityKind
    original_type: str
    id: str
    actor: str
    objects: tuple[Reference, ...]
    target: Reference | None
    origin: Reference | None  # Remove and Move say where from
    result: Reference | None
    instrument: Reference | None
    content: str | None  # a Flag's reason, an EmojiReact's emoji, a Misskey Like's reaction
    addressees: Addressees
    published: datetime | None
    language: str | None  # of texts that say none, out of the context; give it to `read_post`
    document: Document

    @property
    def object(self) -> Reference | None:
        """The first object, which for all but a Flag is the only one."""
        return self.objects[0] if self.objects else None


@dataclass(frozen=True, slots=True)
class CitedActivity:
    """An activity embedded in another one (Undo, Accept, Announce): what it claims, which nobody has proved."""

    kind: ActivityKind
    original_type: str
    id: str | None
    actor: str | None
    object: Reference | None
    document: Document


@dataclass(frozen=True, slots=True)
class ReceivedCollection:
    """A collection or one page of it, ordered or not. `first`, `next` and `items` may be embedded or only named."""

    id: str | None
    is_page: bool
    total_items: int | None
    items: tuple[Reference, ...]
    first: Reference | None
    next: str | None
    part_of: str | None

"""What reading a foreign actor gives."""

from dataclasses import dataclass
from datetime import datetime

from federation.protocol.reading.shapes.activities import Document
from federation.protocol.reading.shapes.posts import RemoteEmoji
from federation.protocol.vocabulary import ActorKind, KeyKind
from kernel.languages import LanguageText


@dataclass(frozen=True, slots=True)
class RemoteKey:
    """A public key, not yet decoded. `owner` is the actor that claims it; `id` and `owner` are of one origin."""

    id: str
    owner: str
    kind: KeyKind
    value: str  # the PEM text, or the multibase string
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class RemotePicture:
    """An icon or a header."""

    url: str
    media_type: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class RemoteField:
    """One line of a profile (`PropertyValue`): `value` is HTML as received, not sanitised."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class RemoteActor:
    """An actor; `id`, `inbox` and the keys are of one origin. Texts are as received: not sanitised."""

    id: str
    kind: ActorKind
    original_type: str
    username: str | None
    name: LanguageText
    summary: LanguageText
    url: str | None
    inbox: str
    shared_inbox: str | None
    outbox: str | None
    followers: str | None
    following: str | None
    liked: str | None
    featured: str | None
    moderators: str | None  # of a Group: its collection of moderators
    icon: RemotePicture | None
    image: RemotePicture | None
    fields: tuple[RemoteField, ...]
    emojis: tuple[RemoteEmoji, ...]
    hashtags: tuple[str, ...]
    keys: tuple[RemoteKey, ...]
    also_known_as: tuple[str, ...]
    moved_to: str | None
    manually_approves_followers: bool
    discoverable: bool | None
    indexable: bool | None
    posting_restricted_to_moderators: bool
    suspended: bool
    published: datetime | None
    updated: datetime | None
    document: Document

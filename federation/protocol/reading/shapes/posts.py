"""What reading a foreign post gives: notes, articles, pages, questions, events, videos and their like, in one shape."""

from dataclasses import dataclass
from datetime import datetime

from federation.protocol.reading.shapes.activities import Addressees, Document
from federation.protocol.vocabulary import JoinMode, ObjectKind
from kernel.languages import LanguageText


@dataclass(frozen=True, slots=True)
class RemoteMention:
    """An actor that is mentioned; `name` as it was written, mostly `@user@domain`."""

    uri: str
    name: str | None


@dataclass(frozen=True, slots=True)
class RemoteEmoji:
    """A picture that stands for `:name:` in texts."""

    name: str
    url: str
    id: str | None


@dataclass(frozen=True, slots=True)
class RemoteAttachment:
    """A file or link beside a post. Sizes in pixels, duration in seconds."""

    url: str
    type: str  # Image, Video, Audio, Document, Link, ...
    media_type: str | None
    name: str | None  # a description for those who do not see it
    width: int | None
    height: int | None
    duration: float | None
    blurhash: str | None
    sensitive: bool


@dataclass(frozen=True, slots=True)
class RemoteSource:
    """What the author typed, before it became HTML."""

    content: str
    media_type: str


@dataclass(frozen=True, slots=True)
class PollOption:
    """One answer to a question and how many chose it, as far as the sender says."""

    name: str
    votes: int


@dataclass(frozen=True, slots=True)
class RemotePoll:
    """What a Question asks."""

    options: tuple[PollOption, ...]
    multiple: bool
    ends: datetime | None
    closed: bool
    voters: int | None


@dataclass(frozen=True, slots=True)
class RemotePlace:
    """Where something is; degrees of WGS 84, `address` in one line."""

    name: str | None
    address: str | None
    latitude: float | None
    longitude: float | None
    url: str | None


@dataclass(frozen=True, slots=True)
class RemoteSchedule:
    """When, where and for how many an Event is (FEP-8a8e). `timezone` is an IANA name."""

    start: datetime | None
    end: datetime | None
    timezone: str | None
    capacity: int | None
    remaining: int | None
    join_mode: JoinMode | None
    external_url: str | None
    status: str | None  # CONFIRMED, TENTATIVE, CANCELLED
    places: tuple[RemotePlace, ...]


@dataclass(frozen=True, slots=True)
class RemotePost:
    """A post; `id` and `attributed_to` are of one origin. Texts are as received: not sanitised.

    Texts are keyed by canonical language tag, `und` where the sender did not say it; the sender's plain `content` comes
    first. `summary` is mostly plain text and sometimes HTML: show it by `text_of`. `content_type` is `text/html` unless the sender says otherwise. `hashtags` are without "#".
    """

    id: str
    kind: ObjectKind
    original_type: str
    attributed_to: str
    authors: tuple[str, ...]  # all that are named, `attributed_to` among them
    url: str | None
    name: LanguageText
    summary: LanguageText
    content: LanguageText
    content_type: str
    source: RemoteSource | None
    sensitive: bool
    published: datetime | None
    updated: datetime | None
    addressees: Addressees
    in_reply_to: str | None
    conversation: str | None
    quote: str | None
    mentions: tuple[RemoteMention, ...]
    hashtags: tuple[str, ...]
    emojis: tuple[RemoteEmoji, ...]
    attachments: tuple[RemoteAttachment, ...]
    replies: str | None
    likes: str | None
    shares: str | None
    poll: RemotePoll | None
    schedule: RemoteSchedule | None
    document: Document


@dataclass(frozen=True, slots=True)
class RemoteTombstone:
    """What is left of something that was deleted."""

    id: str
    former_type: str | None
    deleted: datetime | None

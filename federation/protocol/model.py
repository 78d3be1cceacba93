"""What we have to say to other servers, as values: `writing` makes documents of them.

A `LanguageText` here has its default language first. HTML is sanitised before it comes here. Times are aware.
"""

from dataclasses import dataclass, field
from datetime import datetime

from federation.protocol.vocabulary import ActorKind, JoinMode, ObjectKind
from kernel.languages import LanguageText


@dataclass(frozen=True, slots=True)
class Picture:
    """An icon or header."""

    url: str
    media_type: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class PemKey:
    """An RSA key as `publicKey` has it. `id` is the actor's with a fragment."""

    id: str
    pem: str


@dataclass(frozen=True, slots=True)
class Multikey:
    """A key as `assertionMethod` has it (FEP-521a); `multibase` begins with "z6Mk" where it is Ed25519."""

    id: str
    multibase: str


@dataclass(frozen=True, slots=True)
class ProfileField:
    """One line of a profile; `value` is sanitised HTML."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Mention:
    """An actor that a text names; `handle` is `@user@domain`."""

    uri: str
    handle: str


@dataclass(frozen=True, slots=True)
class Hashtag:
    """A hashtag without "#", and the page that lists what carries it."""

    name: str
    url: str


Tag = Mention | Hashtag


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file beside a post; sizes in pixels. `name` describes it to those who do not see it."""

    url: str
    media_type: str
    name: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What the author typed."""

    content: str
    media_type: str  # text/markdown or text/plain


@dataclass(frozen=True, slots=True)
class Addressing:
    """Whom a document is for: URIs of actors and collections, see `federation.protocol.addressing`."""

    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Actor:
    """One of our actors. Collections that are None are not offered."""

    id: str
    kind: ActorKind
    username: str
    inbox: str
    outbox: str | None = None
    name: LanguageText = field(default_factory=dict)
    summary: LanguageText = field(default_factory=dict)  # sanitised HTML
    url: str | None = None  # the page for people
    shared_inbox: str | None = None
    followers: str | None = None
    following: str | None = None
    liked: str | None = None
    featured: str | None = None
    moderators: str | None = None  # of a Group (FEP-1b12)
    icon: Picture | None = None
    image: Picture | None = None
    fields: tuple[ProfileField, ...] = ()
    pem_key: PemKey | None = None
    multikeys: tuple[Multikey, ...] = ()
    also_known_as: tuple[str, ...] = ()
    moved_to: str | None = None
    manually_approves_followers: bool = False
    discoverable: bool = False
    indexable: bool = False
    posting_restricted_to_moderators: bool | None = None  # of a Group
    published: datetime | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A Note, Article, Page or Question without its poll. `content` is sanitised HTML."""

    id: str
    kind: ObjectKind
    attributed_to: str
    content: LanguageText
    addressing: Addressing
    published: datetime
    name: LanguageText = field(default_factory=dict)
    summary: LanguageText = field(default_factory=dict)  # the content warning
    sensitive: bool = False
    source: Source | None = None
    url: str | None = None
    updated: datetime | None = None
    in_reply_to: str | None = None
    conversation: str | None = None  # the context collection of the thread
    tags: tuple[Tag, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    replies: str | None = None
    likes: str | None = None
    shares: str | None = None


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """An address in parts (schema.org PostalAddress); `country` as ISO 3166-1 code or name."""

    street: str | None = None
    postal_code: str | None = None
    locality: str | None = None
    region: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is; degrees of WGS 84."""

    name: str
    id: str | None = None
    address: PostalAddress | str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An offering as others see it (FEP-8a8e). `timezone` is an IANA name, in which start and end are written."""

    id: str
    attributed_to: str
    name: LanguageText
    start: datetime
    timezone: str
    addressing: Addressing
    published: datetime
    end: datetime | None = None
    content: LanguageText = field(default_factory=dict)
    summary: LanguageText = field(default_factory=dict)
    url: str | None = None
    updated: datetime | None = None
    place: Place | None = None
    is_online: bool = False
    online_url: str | None = None
    capacity: int | None = None
    remaining: int | None = None
    join_mode: JoinMode | None = None
    external_url: str | None = None
    cancelled: bool = False
    languages: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    attendees: str | None = None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a deleted object."""

    id: str
    former_type: str
    deleted: datetime


@dataclass(frozen=True, slots=True)
class CoursePage:
    """A public course page for search engines (schema.org Course with its CourseInstances)."""

    id: str
    url: str
    name: LanguageText
    code: str | None
    provider_name: str
    provider_url: str
    description: str | None = None
    language: str | None = None
    instances: tuple["CourseInstance", ...] = ()


@dataclass(frozen=True, slots=True)
class CourseInstance:
    """One offering of a course. `mode` is schema.org's courseMode: `Onsite`, `Online` or `Blended`."""

    url: str
    name: str
    start: datetime | None = None
    end: datetime | None = None
    mode: str | None = None
    place: Place | None = None
    capacity: int | None = None
    workload: str | None = None  # ISO 8601 duration


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What NodeInfo tells about this server."""

    software_version: str
    users_total: int
    active_halfyear: int
    active_month: int
    posts: int
    comments: int
    open_registrations: bool = False
    name: str = ""
    description: str = ""
    languages: tuple[str, ...] = ()

"""What is stored for search, what is asked of it, and what it answers: the same values for every engine.

An engine knows words, places and numbers. It does not know who may see a course: a document says by tokens who may find
it (`Document.audience`), a reader holds tokens (`Audience`), and what was found is read again under row-level security.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from kernel.languages import LanguageText
from tenants.model import Tenant

# Instead of a language: text of which nobody knows in what language it is (BCP 47, RFC 5646 section 4.1).
UNDETERMINED = "und"


class Kind(StrEnum):
    """What a document is about."""

    COURSE = "course"
    OFFERING = "offering"
    ORG_UNIT = "org_unit"
    USER = "user"
    POST = "post"


class Facet(StrEnum):
    """What hits are counted and filtered by. The comment says what a value is."""

    KIND = "kind"  # of `Kind`
    LANGUAGE = "language"  # BCP 47 tag: that it is taught or written in
    LEVEL = "level"  # EQF level, "1" to "8"
    CREDITS = "credits"  # scheme and hundredths, "ECTS:600"
    DELIVERY = "delivery"  # OOAPI v5 modeOfDelivery
    INSTITUTION = "institution"  # slug
    TERM = "term"  # row id of the academic session
    SEATS = "seats"  # "free", "full" or "unlimited"
    ORG_UNIT = "org_unit"  # row id; of the unit and of each above it
    COUNTRY = "country"  # ISO 3166-1 alpha-2
    REGION = "region"  # ISO 3166-2


class Sort(StrEnum):
    """What comes first. Ties end with the newest row."""

    RELEVANCE = "relevance"
    DISTANCE = "distance"  # the nearest; what has no place comes last
    START = "start"  # the earliest; what has no date comes last
    TITLE = "title"  # by the collation of the reader's language


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """Which row a document is of, within its institution."""

    kind: Kind
    id: int


@dataclass(frozen=True, slots=True)
class Point:
    """A place on WGS 84, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Box:
    """From the south-west to the north-east; `west > east` where it crosses the antimeridian."""

    south_west: Point
    north_east: Point


@dataclass(frozen=True, slots=True)
class Document:
    """A row as search sees it. Holds nothing that not everybody may read who may find it."""

    reference: Reference
    # By language, under the tags of `search.language`; `und` where nobody knows.
    titles: LanguageText
    texts: LanguageText = field(default_factory=dict)
    # Course code, handle: found whole and by their beginning, in no language.
    codes: tuple[str, ...] = ()
    audience: frozenset[str] = frozenset()
    facets: Mapping[Facet, tuple[str, ...]] = field(default_factory=dict)
    point: Point | None = None
    is_online: bool = False  # can be taken part in from anywhere
    starts_on: date | None = None
    popularity: int = 0  # enrollments, follows
    # When it came to be there for others: what saved searches call new.
    appeared_at: datetime | None = None
    # For the federation-wide set, whose readers are no members and read nothing else: its page, below the domain of the
    # institution. So nothing needs to be indexed anew where that gets another.
    url: str | None = None

    @property
    def kind(self) -> Kind:
        """What it is about."""
        return self.reference.kind


@dataclass(frozen=True, slots=True)
class Put:
    """The document is like this now."""

    document: Document
    version: int

    @property
    def reference(self) -> Reference:
        """Which one."""
        return self.document.reference


@dataclass(frozen=True, slots=True)
class Remove:
    """There is no such document now."""

    reference: Reference
    version: int


# `version` is a position of the outbox that what was read is not older than. A change of a lower version than what is
# stored, or was removed, is passed over; of the same version it is taken.
Change = Put | Remove


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that the engine cannot take, however often it is asked."""

    reference: Reference
    why: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What the index holds, for comparing it with the database. `digest` is `search.engine.digest` of the document."""

    reference: Reference
    version: int
    digest: str


@dataclass(frozen=True, slots=True)
class Institution:
    """The documents of one institution. There is no search over all of them: whoever searches has one of these."""

    tenant: Tenant


@dataclass(frozen=True, slots=True)
class Published:
    """What institutions published to each other. `publisher` is whose documents are written, None to search all."""

    publisher: Tenant | None = None


Collection = Institution | Published


@dataclass(frozen=True, slots=True)
class Audience:
    """What a reader may find: documents that have one of the tokens and none of `without`."""

    tokens: frozenset[str]
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Range:
    """Days, both inclusive; None: open."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked. Everything that is given must hold; facet filters: one of the values of each."""

    text: str = ""  # blank: whatever the filters let through
    # In which languages the text may be, the likeliest first; found out by `search.language`, never empty.
    languages: tuple[str, ...] = (UNDETERMINED,)
    # What the reader reads, the dearest first: for snippets and collation.
    reader_languages: tuple[str, ...] = ()
    kinds: frozenset[Kind] = frozenset()  # empty: all
    filters: Mapping[Facet, frozenset[str]] = field(default_factory=dict)
    starts: Range | None = None
    near: Point | None = None  # distances are measured from here
    within: float | Box | None = None  # metres around `near`, or a box
    online_anywhere: bool = False  # what is online passes `within` wherever it is
    appeared_after: datetime | None = None
    facets: tuple[Facet, ...] = ()  # each counted without its own filter
    facet_size: int = 20
    sort: Sort = Sort.RELEVANCE
    first: int = 10
    after: "Cursor | None" = None
    # Words of the text, folded, and what else they may be called here.
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pinned: tuple[
        Reference, ...
    ] = ()  # come first, in this order, where they pass the filters, whatever the text
    without: frozenset[Reference] = frozenset()  # changed since they were indexed: neither found nor counted


# Where a page ended, as the engine said it: values that JSON can hold.
Cursor = tuple[str | int | float | None, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text, and whether the query's words are in it."""

    text: str
    is_match: bool


@dataclass(frozen=True, slots=True)
class Highlight:
    """A snippet in one language of what was found."""

    field: str  # "title", "text" or "code"
    language: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found. `published` is the document itself, in the federation-wide set alone."""

    reference: Reference
    score: float
    cursor: Cursor
    distance: float | None = None  # metres from `Query.near`
    highlights: tuple[Highlight, ...] = ()
    published: "PublishedDocument | None" = None


@dataclass(frozen=True, slots=True)
class PublishedDocument:
    """What the federation-wide set shows of another institution's document."""

    institution: str  # slug
    titles: LanguageText
    url: str | None  # as its institution wrote it: below its domain
    point: Point | None = None
    starts_on: date | None = None
    facets: Mapping[Facet, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many documents of the result have a value."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of hits. The total is exact up to `EXACT_TOTAL`; beyond, it says so and no more."""

    hits: tuple[Hit, ...]
    total: int
    is_total_exact: bool
    has_next: bool
    facets: Mapping[Facet, tuple[FacetCount, ...]] = field(default_factory=dict)
    # The text with words spelt as documents that the reader may find spell them; None: nothing better is known.
    did_you_mean: str | None = None


@dataclass(frozen=True, slots=True)
class Prefix:
    """What somebody has typed so far."""

    text: str
    languages: tuple[str, ...] = (UNDETERMINED,)
    kinds: frozenset[Kind] = frozenset()
    first: int = 8
    without: frozenset[Reference] = frozenset()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A document whose title or code goes on like what was typed."""

    reference: Reference
    text: str  # the title, or the code and the title
    language: str
    institution: str | None = None  # slug; always said in the federation-wide set


EXACT_TOTAL = 10_000

# The mean radius of the Earth in metres (IUGG 1980); distances are along the sphere, within 0.6 % of the ellipsoid's.
EARTH_RADIUS = 6_371_008.8

# The most that one query may hold; engines rely on it, whoever makes a `Query` refuses more.
LONGEST_TEXT = 500
MOST_FIRST = 100
MOST_FILTER_VALUES = 100

Changes = Sequence[Change]

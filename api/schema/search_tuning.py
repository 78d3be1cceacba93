"""What an institution says about its search: words that mean the same, and what is found first."""

from datetime import date, datetime
from enum import Enum

import strawberry

from api.plan.bindings import Lookup, Root
from api.schema.courses import Course, Offering
from api.schema.people import OrgUnit, User
from api.schema.posts import Post
from api.schema.shared import Node, connection


@strawberry.enum(description="Which queries results are pinned for.")
class SearchPinMatch(Enum):
    WHOLE = strawberry.enum_value(
        "whole", description="Those that are its words, in whatever case and accents."
    )
    WORDS = strawberry.enum_value("words", description="Those that hold all of its words, in any order.")


@strawberry.type(description="Words that mean the same to search: who asks for one finds the others.")
class SearchSynonyms(Node):
    words: list[str]
    language: str | None = strawberry.field(description="BCP 47; null: in any.")
    created_at: datetime
    updated_at: datetime
    version: int


@strawberry.type(description="Exactly one of these; null where the viewer may not see it.")
class SearchPinResult:
    course: Course | None
    offering: Offering | None
    org_unit: OrgUnit | None
    user: User | None
    post: Post | None


@strawberry.type(
    description="What comes first where somebody searches for this text, for all who may find it at all."
)
class SearchPin(Node):
    text: str
    match: SearchPinMatch
    results: list[SearchPinResult] = strawberry.field(description="In the order in which they come.")
    first_on: date | None = strawberry.field(description="From this day on.")
    last_on: date | None = strawberry.field(description="Until the end of this day.")
    created_at: datetime
    updated_at: datetime
    version: int


@strawberry.type
class SearchTuningQueries:
    """For those who manage search."""

    search_synonyms = connection(
        SearchSynonyms,
        bind=Root(Lookup.CONNECTION, "SearchSynonyms", "ID"),
        description="For those who manage search.",
    )
    search_pins = connection(
        SearchPin,
        bind=Root(Lookup.CONNECTION, "SearchPin", "ID"),
        description="For those who manage search.",
    )

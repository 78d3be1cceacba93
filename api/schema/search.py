"""Search and suggestions: what was found, how it was counted, and the two root fields."""

from datetime import date
from enum import Enum

import strawberry

from api.plan.bindings import Searched, Wanted
from api.schema.courses import Course, Offering
from api.schema.people import OrgUnit, User
from api.schema.posts import Post
from api.schema.search_inputs import (
    NearInput,
    SearchFacet,
    SearchFilter,
    SearchKind,
    SearchScope,
    SearchSort,
    WithinInput,
)
from api.schema.shared import LocalizedText, Node, PageInfo, declared


@strawberry.enum(description="Which text of an object a snippet is taken from.")
class SearchField(Enum):
    TITLE = "title"
    TEXT = "text"
    CODE = "code"


@strawberry.type(description="A piece of a snippet, as plain text.")
class SearchHighlightPart:
    text: str
    is_match: bool = strawberry.field(description="Whether the words that were asked for are in it.")


@strawberry.type(description="A snippet of what was found. Its parts put together are the text.")
class SearchHighlight:
    field: SearchField
    language: str = strawberry.field(description="BCP 47; `und` where nobody knows.")
    parts: list[SearchHighlightPart]


@strawberry.interface(description="Something that was found.")
class SearchHit:
    score: float = strawberry.field(description="How well it fits; comparable within one search alone.")
    distance: float | None = strawberry.field(
        description="Metres from `near`; null without that, and where it has no place."
    )
    highlights: list[SearchHighlight] = strawberry.field(
        description="Snippets in the reader's languages where there are any; none for the moment that they may be out of date."
    )


@strawberry.type
class CourseHit(SearchHit):
    course: Course


@strawberry.type
class OfferingHit(SearchHit):
    offering: Offering


@strawberry.type
class OrgUnitHit(SearchHit):
    org_unit: OrgUnit


@strawberry.type
class UserHit(SearchHit):
    user: User


@strawberry.type
class PostHit(SearchHit):
    post: Post


@strawberry.type(description="Something that an institution published to the others, as it published it.")
class PublishedHit(SearchHit):
    kind: SearchKind
    institution: str = strawberry.field(description="Its slug.")
    title: LocalizedText = strawberry.field(description="In the first of the reader's languages that it has.")
    titles: list[LocalizedText]
    url: str | None = strawberry.field(description="Where it is shown.")
    starts_on: date | None
    latitude: float | None
    longitude: float | None
    country: str | None = strawberry.field(description="ISO 3166-1 alpha-2.")
    region: str | None = strawberry.field(description="ISO 3166-2.")


# What an interface's field leads to alone is named to the schema.
HITS = (CourseHit, OfferingHit, OrgUnitHit, UserHit, PostHit, PublishedHit)


@strawberry.type
class SearchFacetValue:
    value: str = strawberry.field(description="As the filter takes it.")
    label: str | None = strawberry.field(
        description="The name of an org unit, a term or an institution in the reader's language; null: the value says it."
    )
    count: int


@strawberry.type(
    description="The values that hits have, the most frequent first; counted without their own filter."
)
class SearchFacetCounts:
    facet: SearchFacet
    values: list[SearchFacetValue]


@strawberry.type
class SearchEdge:
    cursor: str
    node: SearchHit


@strawberry.type(description="One page of what was found.")
class SearchConnection:
    edges: list[SearchEdge]
    nodes: list[SearchHit]
    page_info: PageInfo
    total_count: int | None = strawberry.field(
        description="How many there are that the viewer may see; null for the moment that it cannot be said."
    )
    is_total_exact: bool = strawberry.field(description="Whether there are no more than `totalCount`.")
    facets: list[SearchFacetCounts] | None = strawberry.field(
        description="What `facets` asked for, in that order; null for the moment that it cannot be said."
    )
    did_you_mean: str | None = strawberry.field(
        description="The text with words spelt as what the viewer may find spells them."
    )
    language: str | None = strawberry.field(
        description="The language that the text was taken to be in, if it is one of them alone."
    )


@strawberry.type(description="How what was typed may go on.")
class SearchSuggestion:
    text: str = strawberry.field(description="The title, or code and title.")
    language: str = strawberry.field(description="BCP 47; `und` where nobody knows.")
    kind: SearchKind
    object: Node | None = strawberry.field(description="Null for what another institution published.")


_LANGUAGE = "`language`: in which the text is (BCP 47); else it is found out."


@strawberry.type
class SearchQueries:
    """Search, and suggestions while somebody types."""

    search: SearchConnection | None = declared(
        SearchConnection | None,
        description="Finds what the viewer may see. Without `text`: whatever the filters let through. "
        f"{_LANGUAGE} `onlineAnywhere`: what can be taken part in from anywhere counts as `within`. Null, with an error "
        "of the code UNAVAILABLE, while the search engine does not answer.",
        bind=Searched(Wanted.HITS),
        text=(str | None, strawberry.UNSET),
        language=(str | None, strawberry.UNSET),
        scope=(SearchScope, SearchScope.INSTITUTION),
        kinds=(list[SearchKind] | None, strawberry.UNSET),
        near=(NearInput | None, strawberry.UNSET),
        within=(WithinInput | None, strawberry.UNSET),
        online_anywhere=(bool, False),
        filters=(SearchFilter | None, strawberry.UNSET),
        facets=(list[SearchFacet] | None, strawberry.UNSET),
        sort=(SearchSort, SearchSort.RELEVANCE),
        first=(int | None, strawberry.UNSET),
        after=(str | None, strawberry.UNSET),
    )
    suggest: list[SearchSuggestion] | None = declared(
        list[SearchSuggestion] | None,
        description="Objects whose title or code goes on like the text, the most popular first (8 if `first` does not say); each "
        "text once, of a course and its offerings the course. None for the moment that nobody can say which are out of date. "
        f"{_LANGUAGE} Null, with an error of the code UNAVAILABLE, while the search engine does not answer.",
        bind=Searched(Wanted.SUGGESTIONS),
        text=str,
        language=(str | None, strawberry.UNSET),
        kinds=(list[SearchKind] | None, strawberry.UNSET),
        scope=(SearchScope, SearchScope.INSTITUTION),
        first=(int | None, strawberry.UNSET),
    )

"""What is asked of a search: kinds, places, filters, facets, orders."""

from datetime import date
from enum import Enum

import strawberry


@strawberry.enum(description="What is searched.")
class SearchScope(Enum):
    INSTITUTION = strawberry.enum_value(
        "institution", description="What this institution has, as far as the viewer may see it."
    )
    FEDERATION = strawberry.enum_value(
        "federation",
        description="What institutions published to each other; hits are of the type PublishedHit. What an institution takes "
        "back is shown no more at once; totals and facets follow within seconds, and are null while it cannot be said. What an "
        "institution published is left out while it cannot be asked.",
    )


@strawberry.enum(description="What a hit is about.")
class SearchKind(Enum):
    COURSE = "course"
    OFFERING = "offering"
    ORG_UNIT = "org_unit"
    USER = "user"
    POST = "post"


@strawberry.enum(description="What hits are counted by.")
class SearchFacet(Enum):
    KIND = strawberry.enum_value("kind", description="Values are of SearchKind.")
    LANGUAGE = strawberry.enum_value("language", description="BCP 47: taught or written in.")
    LEVEL = strawberry.enum_value("level", description="Of the European Qualifications Framework, 1 to 8.")
    CREDITS = strawberry.enum_value("credits", description="Scheme and value, such as ECTS:7.50.")
    DELIVERY = strawberry.enum_value("delivery", description="How it is taken part in, as OOAPI calls it.")
    INSTITUTION = strawberry.enum_value("institution", description="The institution's slug.")
    TERM = strawberry.enum_value("term", description="The id of an academic session.")
    SEATS = strawberry.enum_value("seats", description="Values are of SearchSeats.")
    ORG_UNIT = strawberry.enum_value(
        "org_unit", description="The id of an org unit; of the unit and of each above it."
    )
    COUNTRY = strawberry.enum_value(
        "country", description="ISO 3166-1 alpha-2: the institution's, wherever an offering takes place."
    )
    REGION = strawberry.enum_value(
        "region", description="ISO 3166-2: the institution's, wherever an offering takes place."
    )


@strawberry.enum
class SearchSeats(Enum):
    FREE = "free"
    FULL = "full"
    UNLIMITED = "unlimited"


@strawberry.enum(description="What comes first; of equals the newest.")
class SearchSort(Enum):
    RELEVANCE = "relevance"
    DISTANCE = strawberry.enum_value(
        "distance", description="The nearest; what has no place comes last. Needs `near`."
    )
    START = strawberry.enum_value("start", description="The earliest; what has no date comes last.")
    TITLE = strawberry.enum_value("title", description="In the alphabet of the reader's language.")


@strawberry.input(description="A place on WGS 84, in degrees.")
class PointInput:
    latitude: float
    longitude: float


@strawberry.input(description="The place that distances are measured from; exactly one of its members.")
class NearInput:
    point: PointInput | None = strawberry.UNSET
    institution: str | None = strawberry.field(
        default=strawberry.UNSET, description="The slug of an institution of this platform."
    )
    offering: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="An offering of this institution that has a place."
    )


@strawberry.input(
    description="Between two corners; over the 180th meridian where the western is east of the other."
)
class BoxInput:
    south_west: PointInput
    north_east: PointInput


@strawberry.input(description="How far away; exactly one of its members. Distances are from `near`.")
class WithinInput:
    metres: float | None = strawberry.field(default=strawberry.UNSET, description="1 to 20,000,000.")
    kilometres: float | None = strawberry.field(default=strawberry.UNSET, description="0.001 to 20,000.")
    box: BoxInput | None = strawberry.UNSET


_VALUES = "Values as facets show them; one of them must be there. One that nothing has finds nothing."


@strawberry.input(description=f"What hits must have, all of it. {_VALUES}")
class SearchFilter:
    language: list[str] | None = strawberry.UNSET
    level: list[str] | None = strawberry.UNSET
    credits: list[str] | None = strawberry.UNSET
    delivery: list[str] | None = strawberry.UNSET
    institution: list[str] | None = strawberry.UNSET
    term: list[strawberry.ID] | None = strawberry.UNSET
    seats: list[SearchSeats] | None = strawberry.UNSET
    org_unit: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Of the unit, or of one below it."
    )
    country: list[str] | None = strawberry.UNSET
    region: list[str] | None = strawberry.UNSET
    starts_from: date | None = strawberry.field(
        default=strawberry.UNSET, description="Starts that day or later."
    )
    starts_until: date | None = strawberry.field(
        default=strawberry.UNSET, description="Starts that day or earlier."
    )

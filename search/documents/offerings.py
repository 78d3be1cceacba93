"""Offerings as search sees them.

Published ones are found as their visibility says. Drafts, cancelled and archived ones cannot be chosen: they are found by
those who take part in them and by those who read the whole catalogue.

Where a course is hidden from readers of its offering, they read its title and description there and nothing else of it: its
code, level, credits and unit are left out. So they are for other institutions where the course is not published to them, and
its page is not named.
"""

from dataclasses import replace

from federation.protocol.addresses import offering_path
from search.documents import tokens
from search.documents.made import (
    Facets,
    Made,
    Row,
    is_online,
    of_institution,
    open_elsewhere,
    open_to,
    page_of_course,
    place_of,
    published,
    taught,
    texts,
    titles,
    units,
)
from search.documents.popularity import popularity_of
from search.model import Document, Facet, Kind, Point, Reference
from tenants.model import Tenant

_OF_COURSE = (Facet.LEVEL, Facet.CREDITS, Facet.ORG_UNIT)


def offering_document(tenant: Tenant, row: Row) -> Made:
    """Of a row of the statement `offerings`."""
    visibility = row["visibility"] if row["state"] == "published" else "private"
    document = Document(
        Reference(Kind.OFFERING, row["id"]),
        titles=titles(row, tenant),
        texts=texts(row, tenant),
        codes=tuple(dict.fromkeys((row["code"], row["course_code"]))),
        audience=open_to(visibility)
        | {*tokens.of_units(tokens.CATALOG, units(row)), tokens.offering(row["id"])},
        facets=_facets(tenant, row),
        point=place_of(tenant) if row["latitude"] is None else Point(row["latitude"], row["longitude"]),
        is_online=is_online(row),
        starts_on=row["effective_starts_on"],
        popularity=popularity_of(row["taken"]),
        appeared_at=row["appeared_at"],
    )
    alone = _without_course(document, row)
    is_seen = open_to(visibility) <= open_to(row["course_visibility"])
    elsewhere = open_elsewhere(visibility)
    if elsewhere <= open_elsewhere(row["course_visibility"]):
        shown = published(document, tenant, audience=elsewhere, page=_page(row, visibility))
    else:
        shown = published(alone, tenant, audience=elsewhere)
    return Made(document if is_seen else alone, shown)


def seats_of(capacity: int | None, taken: int) -> str:
    """What the facet says of them."""
    if capacity is None:
        return "unlimited"
    return "free" if taken < capacity else "full"


def _facets(tenant: Tenant, row: Row) -> Facets:
    return {
        Facet.KIND: (Kind.OFFERING,),
        **of_institution(tenant),
        **taught(row),
        Facet.TERM: (str(row["academic_session_id"]),),
        Facet.SEATS: (seats_of(row["capacity"], row["taken"]),),
        Facet.ORG_UNIT: tuple(units(row)),
    }


def _page(row: Row, visibility: str) -> str:
    """Its own where everybody may see both it and its course, else its course's."""
    if visibility == row["course_visibility"] == "public":
        return offering_path(row["id"])
    return page_of_course(row["course_id"], row["course_visibility"])


def _without_course(document: Document, row: Row) -> Document:
    facets = {facet: values for facet, values in document.facets.items() if facet not in _OF_COURSE}
    return replace(document, codes=(row["code"],), facets=facets)

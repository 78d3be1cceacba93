"""Courses as search sees them.

An archived course is not offered any more: as in the lists that people use to choose, members do not find it. Those who read
the whole catalogue and those who took part in it do, for they look for what was.
"""

from search.documents import tokens
from search.documents.made import (
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
from search.model import Document, Facet, Kind, Reference
from tenants.model import Tenant


def course_document(tenant: Tenant, row: Row) -> Made:
    """Of a row of the statement `courses`."""
    visibility = row["visibility"] if row["status"] == "active" else "private"
    document = Document(
        Reference(Kind.COURSE, row["id"]),
        titles=titles(row, tenant),
        texts=texts(row, tenant),
        codes=(row["code"],),
        audience=open_to(visibility)
        | {*tokens.of_units(tokens.CATALOG, units(row)), tokens.course(row["id"])},
        facets={
            Facet.KIND: (Kind.COURSE,),
            **of_institution(tenant),
            **taught(row),
            Facet.ORG_UNIT: tuple(units(row)),
        },
        point=place_of(tenant),
        is_online=is_online(row),
        popularity=popularity_of(
            sum(popularity_of(int(taken)) for taken in row["taken"])
            + popularity_of(row["followers_count"] or 0)
        ),
        appeared_at=row["appeared_at"],
    )
    page = page_of_course(row["id"], visibility)
    return Made(document, published(document, tenant, audience=open_elsewhere(visibility), page=page))

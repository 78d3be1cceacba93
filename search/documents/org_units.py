"""Org units as search sees them: those in use for everybody, retired ones for those who read the whole catalogue.

To others an institution shows itself: its units of the kind `university`.
"""

from search.documents import tokens
from search.documents.made import Made, Row, of_institution, open_to, place_of, published, titles, units
from search.documents.popularity import popularity_of
from search.model import Document, Facet, Kind, Reference
from tenants.model import Tenant


def org_unit_document(tenant: Tenant, row: Row) -> Made:
    """Of a row of the statement `org_units`."""
    readers = open_to("public" if row["status"] == "active" else "private")
    document = Document(
        Reference(Kind.ORG_UNIT, row["id"]),
        titles=titles(row, tenant),
        codes=(row["code"],),
        audience=readers | frozenset(tokens.of_units(tokens.CATALOG, units(row))),
        facets={
            Facet.KIND: (Kind.ORG_UNIT,),
            **of_institution(tenant),
            Facet.ORG_UNIT: tuple(units(row)),
        },
        point=place_of(tenant),
        popularity=popularity_of(row["followers_count"] or 0),
        appeared_at=row["appeared_at"],
    )
    shown = readers if row["kind"] == "university" else frozenset[str]()
    return Made(document, published(document, tenant, audience=shown))

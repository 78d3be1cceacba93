"""People as search sees them: by name and handle, and nothing else of them.

Who may see a person may find them, with one exception: members find those who teach only with their consent
(`users.is_searchable`). Whoever was erased is not there.
"""

from search.documents import tokens
from search.documents.made import Made, Row, of_institution
from search.documents.popularity import popularity_of
from search.model import UNDETERMINED, Document, Facet, Kind, Reference
from tenants.model import Tenant


def person_document(tenant: Tenant, row: Row) -> Made:
    """Of a row of the statement `people`."""
    readers = {
        *tokens.of_units(tokens.USERS, row["units"]),
        *(tokens.taught(offering) for offering in row["offerings"]),
        tokens.person(row["id"]),
    }
    if row["teaches"] and row["is_searchable"]:
        readers.add(tokens.MEMBERS)
    document = Document(
        Reference(Kind.USER, row["id"]),
        titles={UNDETERMINED: row["display_name"]},
        codes=(row["handle"],),
        audience=frozenset(readers),
        facets={Facet.KIND: (Kind.USER,), **of_institution(tenant)},
        popularity=popularity_of(row["followers_count"] or 0),
        appeared_at=row["appeared_at"],
    )
    return Made(document)

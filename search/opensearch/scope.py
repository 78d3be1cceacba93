"""Whose documents, and which of them a reader may find: the one place where both are added to what is asked.

Everything that reads an index is a `Scoped`, and only `scoped` makes one: there is no other way to ask for documents.
"""

from dataclasses import dataclass

from search.model import Audience, Collection, Institution, Published
from search.opensearch.analysis import Json
from tenants.model import Tenant


@dataclass(frozen=True, slots=True)
class Scoped:
    """A request for documents of one collection. `body` has the filters in its query already."""

    index: str
    routing: str | None
    body: Json


@dataclass(frozen=True, slots=True)
class Aliases:
    """Under which names the two indexes answer."""

    tenants: str
    published: str

    def of(self, collection: Collection) -> str:
        """The one that holds a collection."""
        return self.published if isinstance(collection, Published) else self.tenants

    def both(self) -> tuple[str, str]:
        """All of them."""
        return self.tenants, self.published


def aliases(prefix: str) -> Aliases:
    """Those of an installation; two with different prefixes share a server and nothing else."""
    return Aliases(f"{prefix}-tenants", f"{prefix}-published")


def scoped(names: Aliases, collection: Collection, audience: Audience | None, body: Json) -> Scoped:
    """The request, for what the audience may find in the collection; None: for the index's own upkeep, not for readers.

    A `query` in the body is asked within these bounds; nothing in it can widen them.
    """
    tenant = owner(collection)
    bounds: list[Json] = []
    if tenant is not None:
        bounds.append({"term": {"tenant": str(tenant.id)}})
    if audience is not None:
        bounds.append({"terms": {"audience": sorted(audience.tokens)}})
    without = sorted(audience.without) if audience is not None else []
    query: Json = {
        "must": [body.get("query", {"match_all": {}})],
        "filter": bounds,
        "must_not": [{"terms": {"audience": without}}] if without else [],
    }
    routing = None if tenant is None else str(tenant.id)
    return Scoped(names.of(collection), routing, {**body, "query": {"bool": query}})


def owner(collection: Collection) -> Tenant | None:
    """The institution that has all of its documents; None for what all institutions published."""
    match collection:
        case Institution(tenant=tenant):
            return tenant
        case Published(publisher=publisher):
            return publisher

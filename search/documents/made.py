"""What a row becomes: the document of its institution, and the one of the federation-wide set where it is published."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from federation.protocol.addresses import course_path
from kernel.languages import LanguageText
from search.documents import tokens
from search.language.documents import indexed_texts, indexed_titles
from search.model import Document, Facet, Point
from tenants.model import Tenant

Row = Mapping[str, Any]
Facets = dict[Facet, tuple[str, ...]]

# OOAPI v5: taught so that nobody need be anywhere.
_ONLINE = frozenset({"online", "distance_learning"})
# The page of what has none of its own: the institution's.
_HOME = "/"


@dataclass(frozen=True, slots=True)
class Made:
    """`published` is None where the institution does not show it to others."""

    document: Document
    published: Document | None = None


def of_institution(tenant: Tenant) -> Facets:
    """Whose it is, and where that is: the institution's country and region, wherever an offering takes place (that is its
    point)."""
    facets: Facets = {Facet.INSTITUTION: (tenant.slug,)}
    if tenant.country:
        facets[Facet.COUNTRY] = (tenant.country,)
    if tenant.subdivision:
        facets[Facet.REGION] = (tenant.subdivision,)
    return facets


def place_of(tenant: Tenant) -> Point | None:
    """Where an institution is."""
    if tenant.latitude is None or tenant.longitude is None:
        return None
    return Point(tenant.latitude, tenant.longitude)


def taught(row: Row) -> Facets:
    """How something is taught: in which languages, at which level, for which credits, in which way."""
    given = {
        Facet.LANGUAGE: row["teaching_languages"],
        Facet.LEVEL: [] if row["eqf_level"] is None else [str(row["eqf_level"])],
        Facet.CREDITS: credits_of(row["credits"]),
        Facet.DELIVERY: row["delivery_modes"],
    }
    return {facet: tuple(values) for facet, values in given.items() if values}


def is_online(row: Row) -> bool:
    """Whether one of its ways of delivery asks nobody to be anywhere."""
    return not _ONLINE.isdisjoint(row["delivery_modes"])


def credits_of(stored: str) -> list[str]:
    """`ECTS:600` for six credits of that scheme, each amount once."""
    amounts = (f"{one['scheme'].upper()}:{one['value']}" for one in orjson.loads(stored))
    return list(dict.fromkeys(amounts))


def published(
    document: Document, tenant: Tenant, *, audience: Iterable[str], page: str = _HOME
) -> Document | None:
    """The document as others read it, with the page that shows it; None where nobody of them may find it, or the institution
    is suspended.

    What only means something inside the institution (terms, org units) is left out.
    """
    readers = frozenset(audience) & {tokens.PUBLIC, tokens.MEMBERS}
    if not readers or tenant.is_suspended:
        return None
    inside = (Facet.TERM, Facet.ORG_UNIT)
    facets = {facet: values for facet, values in document.facets.items() if facet not in inside}
    return replace(document, audience=readers, facets=facets, url=page)


def open_to(visibility: str) -> frozenset[str]:
    """Who may find what has this visibility, inside its institution."""
    if visibility == "public":
        return frozenset({tokens.PUBLIC, tokens.MEMBERS})
    return frozenset() if visibility == "private" else frozenset({tokens.MEMBERS})


def open_elsewhere(visibility: str) -> frozenset[str]:
    """Who may find it in the federation-wide set: everybody what is public, members of any institution the rest of it."""
    return open_to(visibility) if visibility in ("public", "federation") else frozenset()


def page_of_course(course_id: int, visibility: str) -> str:
    """Where everybody sees a course, whether or not it has a group already: asked for it makes one. Others have no page."""
    return course_path(course_id) if visibility == "public" else _HOME


def titles(row: Row, tenant: Tenant) -> LanguageText:
    """The titles under the languages they are indexed in."""
    return indexed_titles(orjson.loads(row["titles"]), languages=tenant.languages)


def texts(row: Row, tenant: Tenant) -> LanguageText:
    """The descriptions, the same."""
    stored = row["texts"]
    return {} if stored is None else indexed_texts(orjson.loads(stored), languages=tenant.languages)


def units(row: Row) -> Sequence[str]:
    """The org unit and each above it."""
    return tuple(row["units"])

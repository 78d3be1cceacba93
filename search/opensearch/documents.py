"""A `Document` as the index keeps it."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from anyascii import anyascii

from kernel.languages import LanguageText, choose_language
from search.engine import digest
from search.language.tags import reduced
from search.language.umlauts import written_out
from search.model import UNDETERMINED, Document, Facet, Kind, Point, PublishedDocument, Reference
from search.opensearch.analysis import IN_OTHER_LETTERS, LANGUAGES, Json
from search.opensearch.folding import seen
from tenants.model import Tenant

# Beyond so many characters of a text its words are not found.
LONGEST_TEXT = 900_000
_LONGEST_ORDER = 200
# Popularity adds a fifth to a score at most, half of that for so many enrollments or follows.
MOST_FACTOR = 0.2
_HALF_POPULAR = 50
_MICROSECOND = 1_000_000
_FIELDS = frozenset(LANGUAGES)
# In letters of their own, and with spaces between words; `und` may be.
_SPELT = {*IN_OTHER_LETTERS, UNDETERMINED} - {"ja", "ko", "th", "zh"}


def document_id(tenant: Tenant, reference: Reference) -> str:
    """The `_id` that a row's document has in either index."""
    return f"{tenant.id}:{reference.kind}:{reference.id}"


def field_language(tag: str) -> str:
    """Under which language's fields a tag's text is; `und` for those that have none."""
    language = reduced(tag)
    return language if language in _FIELDS else UNDETERMINED


def source(tenant: Tenant, document: Document) -> Json:
    """What is stored for it. Raises `ValueError` where its text is not Unicode."""
    try:
        stamp = digest(document)
    except TypeError as error:
        raise ValueError("its text is not Unicode") from error
    reference, point = document.reference, document.point
    return {
        "tenant": str(tenant.id),
        "kind": reference.kind.value,
        "id": reference.id,
        "audience": sorted(document.audience),
        "facets": {facet.value: list(values) for facet, values in document.facets.items()},
        "codes": list(document.codes),
        "titles": dict(_by_field(document.titles)),
        "texts": dict(_by_field(document.texts)),
        "latin": list(_in_latin(document.titles)),
        "order": _orders(tenant, document.titles),
        "point": None if point is None else {"lat": point.latitude, "lon": point.longitude},
        "is_online": document.is_online,
        "starts_on": None if document.starts_on is None else document.starts_on.isoformat(),
        "appeared_at": None if document.appeared_at is None else microseconds(document.appeared_at),
        "popularity": document.popularity,
        "factor": 1 + MOST_FACTOR * max(document.popularity, 0) / (max(document.popularity, 0) + _HALF_POPULAR),
        "digest": stamp,
        "given": {
            "titles": dict(document.titles),
            "texts": list(document.texts),
            # Searched without what nobody sees, shown with it.
            "as_written": {tag: text for tag, text in document.texts.items() if seen(text) != text},
            "institution": tenant.slug,
            "url": document.url,
        },
    }  # fmt: skip


def microseconds(moment: datetime) -> int:
    """Since 1970, exactly."""
    since = moment.astimezone(UTC) - _EPOCH
    return (since.days * 86_400 + since.seconds) * _MICROSECOND + since.microseconds


def reference_of(kept: Mapping[str, Any]) -> Reference:
    """Whose document a source is."""
    return Reference(Kind(kept["kind"]), int(kept["id"]))


def point_of(kept: Mapping[str, Any]) -> Point | None:
    """Where it is."""
    point = kept.get("point")
    return None if point is None else Point(point["lat"], point["lon"])


def published_document(kept: Mapping[str, Any]) -> PublishedDocument:
    """What the readers of other institutions are shown of a source."""
    starts_on = kept.get("starts_on")
    return PublishedDocument(
        institution=kept["given"]["institution"],
        titles=kept["given"]["titles"],
        url=kept["given"]["url"],
        point=point_of(kept),
        starts_on=None if starts_on is None else datetime.fromisoformat(starts_on).date(),
        facets={Facet(name): tuple(values) for name, values in kept["facets"].items()},
    )


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _in_latin(titles: LanguageText) -> Iterator[str]:
    """Titles in Latin letters as they are written without any language's rules: one of several ways (`analysis` has more)."""
    for tag, title in titles.items():
        if spelt := written_out(title):
            yield spelt
        if not title.isascii() and field_language(tag) in _SPELT:
            yield anyascii(title)


def _by_field(texts: LanguageText) -> Iterator[tuple[str, list[str]]]:
    fields: dict[str, list[str]] = {}
    for tag, text in texts.items():
        fields.setdefault(field_language(tag), []).append(seen(text)[:LONGEST_TEXT])
    yield from fields.items()


def _orders(tenant: Tenant, titles: LanguageText) -> dict[str, str]:
    """What it is sorted by in the languages that its readers are likely to read, and without one."""
    if not titles:
        return {}
    wanted = {field_language(tag) for tag in (*tenant.languages, *titles)} | {UNDETERMINED}
    return {
        language: titles[choose_language(titles, (language, *tenant.languages))][:_LONGEST_ORDER]
        for language in sorted(wanted)
    }

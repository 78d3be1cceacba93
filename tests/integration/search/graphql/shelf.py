"""An engine that keeps its documents in a list: what a gateway makes of answers is tested without waiting for an index."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from search.engine import NoIndex, SearchUnavailable
from search.model import (
    Answer,
    Audience,
    Collection,
    Document,
    Facet,
    FacetCount,
    Highlight,
    Hit,
    Institution,
    Part,
    Prefix,
    PublishedDocument,
    Query,
    Suggestion,
)


@dataclass
class Shelf:
    """Finds documents one of whose titles or texts contains the text, the most popular first."""

    documents: list[tuple[str | None, Document]] = field(default_factory=list)  # with the tenant's slug
    asked: list[tuple[Collection, Query, Audience]] = field(default_factory=list)
    is_away: bool = False
    is_built: bool = True
    meant: str | None = None  # what it takes the text for

    def put(self, slug: str | None, *documents: Document) -> None:
        """Adds documents of an institution; of None they are published."""
        self.documents += [(slug, one) for one in documents]

    async def search(self, collection: Collection, query: Query, audience: Audience) -> Answer:
        self._check()
        self.asked.append((collection, query, audience))
        found = [
            one
            for one in self._found(collection, audience, query.kinds, query.without)
            if _passes(one, query)
        ]
        start = query.after[0] if query.after is not None else 0
        assert isinstance(start, int)
        page = found[start : start + query.first]
        hits = tuple(_hit(one, start + place, query, collection) for place, one in enumerate(page, start=1))
        return Answer(
            hits,
            len(found),
            True,
            start + len(page) < len(found),
            {facet: _counted(facet, found) for facet in query.facets},
            self.meant,
        )

    async def suggest(
        self, collection: Collection, prefix: Prefix, audience: Audience
    ) -> Sequence[Suggestion]:
        self._check()
        found = self._found(collection, audience, prefix.kinds, prefix.without)
        return [
            Suggestion(one.reference, title, language, one.facets.get(Facet.INSTITUTION, (None,))[0])
            for one in found
            for language, title in one.titles.items()
            if title.lower().startswith(prefix.text.lower())
        ][: prefix.first]

    def _check(self) -> None:
        if self.is_away:
            raise SearchUnavailable("the shelf is away")
        if not self.is_built:
            raise NoIndex("there is no shelf yet")

    def _found(
        self, collection: Collection, audience: Audience, kinds: Iterable[object], without: Iterable[object]
    ) -> list[Document]:
        slug = collection.tenant.slug if isinstance(collection, Institution) else None
        found = [
            one
            for its_slug, one in self.documents
            if its_slug == slug
            and one.audience & audience.tokens
            and not one.audience & audience.without
            and one.kind in kinds
            and one.reference not in without
        ]
        return sorted(found, key=lambda one: (-one.popularity, -one.reference.id))


def _passes(document: Document, query: Query) -> bool:
    texts = [*document.titles.values(), *document.texts.values(), *document.codes]
    said = any(query.text.lower() in one.lower() for one in texts)
    kept = all(set(document.facets.get(facet, ())) & values for facet, values in query.filters.items())
    return said and kept


def _hit(document: Document, place: int, query: Query, collection: Collection) -> Hit:
    language, title = next(iter(document.titles.items()))
    at = title.lower().find(query.text.lower())
    parts = (Part(title[:at], False), Part(title[at : at + len(query.text)], True)) if at >= 0 else ()
    published = PublishedDocument(
        document.facets.get(Facet.INSTITUTION, ("",))[0],
        document.titles,
        document.url,
        document.point,
        document.starts_on,
        document.facets,
    )
    return Hit(
        document.reference,
        1.0 / place,
        (place,),
        distance=0.0 if query.near is not None else None,
        highlights=(Highlight("title", language, parts),),
        published=None if isinstance(collection, Institution) else published,
    )


def _counted(facet: Facet, documents: Sequence[Document]) -> tuple[FacetCount, ...]:
    counts = Counter(value for one in documents for value in one.facets.get(facet, ()))
    return tuple(FacetCount(value, count) for value, count in counts.most_common())

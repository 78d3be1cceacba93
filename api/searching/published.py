"""Answers out of what institutions published to each other, without what was withdrawn since it was indexed.

The engine is asked again without that, so that the page is filled and it is not counted. Counts are of all publishers, asked
are those of the page: others' changes are in them as soon as they are indexed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from api.searching.publishers import Checked, Publishers
from federation.local import addresses_of
from search.engine import Engine
from search.model import (
    Answer,
    Audience,
    Hit,
    Kind,
    Prefix,
    Published,
    Query,
    Reference,
    Suggestion,
)
from search.remembered import RememberedAnswers
from tenants.model import Tenant

_ROUNDS = 4
_KINDS = frozenset({Kind.COURSE, Kind.OFFERING, Kind.ORG_UNIT})  # that are published
_MOST_WITHOUT = 1_000


@dataclass(frozen=True, slots=True)
class PublishedAnswer:
    """What the engine said, what of it may not be shown, and whether its counts hold."""

    answer: Answer
    hidden: frozenset[Reference]
    is_counted: bool


class PublishedSearch:
    """Asks one engine, and the publishers of what it finds. One per process."""

    def __init__(
        self, engine: Engine, answers: RememberedAnswers, publishers: Publishers, public_url: str
    ) -> None:
        self._engine = engine
        self._answers = answers
        self._publishers = publishers
        self._public_url = public_url

    async def search(self, asker: Tenant, query: Query, audience: Audience) -> PublishedAnswer:
        """The page, as far as nothing of it waits to be indexed."""
        is_known = True
        for round_ in range(_ROUNDS):
            heard = await self._publishers.heard(asker)
            answer = await self._answers.search(Published(), query, audience, heard.version)
            checked = await self._publishers.checked(_slugs(answer), heard)
            if checked.is_new and round_ + 1 < _ROUNDS:
                continue
            is_whole = query.after is None and not answer.has_next  # nothing else is counted
            is_known = is_known and not checked.unknown
            hidden = _hidden(answer, checked)
            late = _late(query, checked)
            if not hidden and (is_whole or not late):
                return PublishedAnswer(self._addressed(answer, checked), hidden, is_whole or is_known)
            without = query.without | hidden | late
            if len(without) > _MOST_WITHOUT and not hidden:
                break
            query = replace(
                query, without=without if len(without) <= _MOST_WITHOUT else query.without | hidden
            )
        return PublishedAnswer(self._addressed(answer, checked), hidden, is_counted=False)

    def _addressed(self, answer: Answer, checked: Checked) -> Answer:
        hits = tuple(_with_address(hit, checked.known, self._public_url) for hit in answer.hits)
        return replace(answer, hits=hits)

    async def suggest(self, asker: Tenant, prefix: Prefix, audience: Audience) -> Sequence[Suggestion]:
        """The suggestions of which nothing waits to be indexed."""
        for _ in range(_ROUNDS):
            heard = await self._publishers.heard(asker)
            found = await self._engine.suggest(Published(), prefix, audience)
            checked = await self._publishers.checked((one.institution or "" for one in found), heard)
            hidden = {one.reference for one in found if _is_hidden(one.reference, one.institution, checked)}
            if not hidden:
                break
            if not checked.is_new:
                prefix = replace(prefix, without=prefix.without | hidden)
        return [one for one in found if one.reference not in hidden]


def _with_address(hit: Hit, known: Mapping[str, Tenant], public_url: str) -> Hit:
    """The index has what comes after the domain; none where the institution has no domain."""
    shown = hit.published
    if shown is None or shown.url is None:
        return hit
    tenant = known.get(shown.institution)
    url = addresses_of(tenant, public_url).base + shown.url if tenant and tenant.domains else None
    return replace(hit, published=replace(shown, url=url))


def _slugs(answer: Answer) -> Iterator[str]:
    for hit in answer.hits:
        yield hit.published.institution if hit.published is not None else ""


def _hidden(answer: Answer, checked: Checked) -> frozenset[Reference]:
    return frozenset(
        hit.reference
        for hit, slug in zip(answer.hits, _slugs(answer), strict=True)
        if _is_hidden(hit.reference, slug, checked)
    )


def _is_hidden(reference: Reference, slug: str | None, checked: Checked) -> bool:
    return reference in checked.waits or (slug or "") in checked.unknown


def _late(query: Query, checked: Checked) -> frozenset[Reference]:
    """What waits and may be counted, though it is on another page."""
    kinds = query.kinds & _KINDS if query.kinds else _KINDS
    return frozenset(one for one in checked.waits - query.without if one.kind in kinds)

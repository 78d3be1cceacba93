"""One root field on its way: what was asked, by whom, and the question that the engine is put."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from api.plan.coercion import text as checked_text
from api.plan.denials import Denial, OperationDenied
from api.plan.hits import FoundPage
from api.plan.plan import Inputs, Search
from api.searching.cursors import Cursors
from api.searching.moment import Moment
from api.searching.reading import (
    NearArgument,
    is_federation,
    near_argument,
    read_kinds,
    read_search,
    read_suggest,
)
from api.searching.showing import Names, page_of_hits, page_of_suggestions
from search.audiences import SCOPES, published_audience, reachable
from search.model import (
    Answer,
    Audience,
    Collection,
    Institution,
    Kind,
    Point,
    Prefix,
    Published,
    Query,
    Reference,
    Sort,
    Suggestion,
)


@dataclass(frozen=True, slots=True)
class Want:
    """A root field as far as its arguments say it, before anything was looked up."""

    search: Search
    given: Mapping[str, Any]
    near: NearArgument | None
    text: str
    is_federation: bool
    kinds: frozenset[Kind]


@dataclass(frozen=True, slots=True)
class Question:
    """What the engine is asked for a root field."""

    want: Want
    collection: Collection
    audience: Audience
    asked: Query | Prefix
    key: str = ""  # of the search that cursors belong to
    first: int = 0
    # Whether all is known that changed since it was indexed (what is published is asked for afterwards), and as what the
    # index stands.
    is_current: bool = True
    version: str | None = None

    @property
    def source(self) -> str:
        """Where the plan looks for the page."""
        return self.want.search.source


def want_of(search: Search, inputs: Inputs) -> Want:
    """Reads the arguments as far as nothing must be looked up; `InvalidInput`, or `OperationDenied` for a kind that the
    scopes do not reach."""
    given = search.read(inputs)
    return Want(
        search,
        given,
        near_argument(given),
        checked_text(given["text"] or "", name="text").strip(),
        is_federation(given),
        _kinds(search, inputs, read_kinds(given["kinds"])),
    )


def question_of(want: Want, inputs: Inputs, moment: Moment, near: Point | None, cursors: Cursors) -> Question:
    """The question at this moment; `InvalidInput` names the argument that cannot be."""
    tenant, access = inputs.principal.tenant, inputs.principal.access
    collection: Collection = Published() if want.is_federation else Institution(tenant)
    audience = published_audience(access) if want.is_federation else moment.audience
    version = None if want.is_federation else moment.version
    is_current = want.is_federation or moment.is_complete
    without = frozenset[Reference]() if want.is_federation else moment.waiting
    first = want.search.size(inputs)
    if not want.search.is_for_hits:
        asked = read_suggest(want.given).query(tenant, inputs.principal.languages)
        prefix = Prefix(asked.text, asked.languages, want.kinds, first, without)
        return Question(want, collection, audience, prefix, first=first, is_current=is_current)
    query = read_search(want.given, near).query(tenant, inputs.principal.languages)
    key = cursors.key(query, "federation" if want.is_federation else tenant.slug)
    after = want.given["after"]
    tuning = moment.tuning(want.text, query.languages)
    query = replace(
        query,
        kinds=want.kinds,
        first=max(first, 1),
        after=cursors.read(after, key) if after is not None else None,
        synonyms=tuning.synonyms,
        # in another order than that of relevance nothing comes first because somebody said so
        pinned=tuning.pinned if query.sort is Sort.RELEVANCE and not want.is_federation else (),
        without=without,
    )
    return Question(want, collection, audience, query, key, first, is_current, version)


@dataclass(frozen=True, slots=True)
class Reply:
    """What an engine said, what of it is not shown, and whether its counts are."""

    found: Answer | Sequence[Suggestion]
    hidden: frozenset[Reference] = frozenset()
    is_counted: bool = True


def page_of(
    question: Question,
    reply: Reply,
    inputs: Inputs,
    names: Names,
    cursors: Cursors,
    *,
    is_last: bool,
) -> FoundPage:
    """What the plan reads again."""
    if isinstance(reply.found, Answer):
        assert isinstance(question.asked, Query)
        return page_of_hits(
            reply.found,
            question.asked,
            cursors=cursors,
            key=question.key,
            first=question.first,
            languages=inputs.languages,
            names=names,
            hidden=reply.hidden,
            is_quoted=question.is_current,
            is_counted=reply.is_counted and question.is_current and not is_last,
            is_last=is_last,
        )
    return page_of_suggestions(reply.found, is_federation=question.want.is_federation, is_last=is_last)


def _kinds(search: Search, inputs: Inputs, asked: frozenset[Kind]) -> frozenset[Kind]:
    access = inputs.principal.access
    reached = reachable(access)
    refused = sorted(asked - reached) or ([] if reached else sorted(SCOPES))
    if refused:
        denials = [
            Denial(search.field.path, f"Search of the kind {one.upper()}", SCOPES[one]) for one in refused
        ]
        raise OperationDenied(denials, is_signed_in=access.is_member)
    return asked or reached

"""Answers plans with searches: the engine is asked first, then the plan's statements read again what it found.

A row that the reader does not see (any more) is asked away: the engine is asked again without it, so that the page is filled
and it is counted nowhere. After some rounds of that, what is left is shown, and no totals.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from api.plan.carrier import Carrier
from api.plan.hits import HIDDEN, FoundPage
from api.plan.plan import Inputs, Plan
from api.plan.refusals import asked as asked_of
from api.searching.cursors import Cursors
from api.searching.moment import Moment, read_moment
from api.searching.published import PublishedSearch
from api.searching.publishers import Publishers
from api.searching.questions import Question, Reply, Want, page_of, question_of, want_of
from api.searching.suggesting import Suggest, suggested
from kernel.database.wire.client import Statement
from kernel.errors import InvalidInput
from search.engine import Engine, SearchUnavailable
from search.model import Answer, Facet, Kind, Point, Prefix, Reference
from search.remembered import RememberedAnswers
from search.standing import Standing
from tenants.directory import Directory
from tenants.model import Tenant
from tenants.readers import Readers

_ROUNDS = 4

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """The statements' texts, null where a search could not be answered; which these were, and why."""

    texts: list[bytes | None]
    failed: Mapping[int, SearchUnavailable] = field(default_factory=dict)


@dataclass(slots=True)
class _Asking:
    """A root field between two rounds."""

    place: int  # of its statement
    question: Question
    page: FoundPage | None = None
    failure: SearchUnavailable | None = None


class Searching:
    """Asks one engine. One per process."""

    def __init__(
        self,
        engine: Engine,
        name: str,
        readers: Readers,
        directory: Directory,
        cursors: Cursors,
        public_url: str,
    ) -> None:
        """`name` is the engine's, by which it is noted whose index holds what there is."""
        self._engine = engine
        self._name = name
        self._readers = readers
        self._directory = directory
        self._standing = Standing(name)
        self._cursors = cursors
        self.answers = RememberedAnswers(engine)
        publishers = Publishers(readers, directory, name)
        self._published = PublishedSearch(engine, self.answers, publishers, public_url)

    async def fetch(self, plan: Plan, inputs: Inputs, carrier: Carrier) -> Found:
        """Runs a plan that has searches."""
        asking = await self._asking(plan, inputs)
        for round_ in range(1, _ROUNDS + 1):
            await self._ask_all(asking, inputs, is_last=round_ == _ROUNDS)
            texts = await _read(plan, inputs, carrier, asking)
            hiding = [one for one in asking if _hides(texts[one.place])]
            if not hiding:
                break
            for one in hiding:
                _ask_without(one, texts[one.place] or b"")
        failed = {one.place: one.failure for one in asking if one.failure is not None}
        for failure in failed.values():
            _log.warning("search does not answer", why=failure.message)
        return Found(texts, failed)

    async def _asking(self, plan: Plan, inputs: Inputs) -> list[_Asking]:
        wants: list[tuple[int, Want]] = []
        for place, search in plan.searches:
            with asked_of(search.field):
                wants.append((place, want_of(search, inputs)))
        moment = await self._moment([want for _, want in wants], inputs)
        found = []
        for place, want in wants:
            with asked_of(want.search.field):
                near = await self._near(want, moment)
                question = question_of(want, inputs, moment, near, self._cursors)
                is_there = moment.is_filled or want.is_federation
                found.append(_Asking(place, question, failure=None if is_there else self._not_filled()))
        return found

    def _not_filled(self) -> SearchUnavailable:
        why = "search does not answer: its index is being filled, as another engine's was used before"
        return SearchUnavailable(why, engine=self._name)

    async def _moment(self, wants: Sequence[Want], inputs: Inputs) -> Moment:
        return await read_moment(
            self._readers,
            self._standing,
            inputs,
            texts=sorted({want.text for want in wants if want.search.is_for_hits}),
            of_institution=not all(want.is_federation for want in wants),
            places=dict(_places(wants, inputs)),
        )

    async def _near(self, want: Want, moment: Moment) -> Point | None:
        near = want.near
        if near is None or near.point is not None:
            return near.point if near is not None else None
        if near.institution is None:
            return moment.place(want.search.source)
        tenant = await self._directory.by_slug(near.institution)
        if tenant is None or tenant.latitude is None or tenant.longitude is None:
            what = "there is no such institution" if tenant is None else "it has not said where it is"
            raise InvalidInput(
                f"near.institution is {near.institution[:60]!r}: {what}",
                path=["near", "institution"],
                argument="near",
            )
        return Point(tenant.latitude, tenant.longitude)

    async def _ask_all(self, asking: Sequence[_Asking], inputs: Inputs, *, is_last: bool) -> None:
        """Asks the engine for every page that is not there, all at once."""
        waiting = [one for one in asking if one.page is None and one.failure is None]
        tasks = [asyncio.ensure_future(self._ask(one, inputs, is_last=is_last)) for one in waiting]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _ask(self, one: _Asking, inputs: Inputs, *, is_last: bool) -> None:
        with asked_of(one.question.want.search.field):
            try:
                reply = await self._reply(one.question, inputs.principal.tenant)
            except SearchUnavailable as error:
                one.failure = error
                return
            names = await self._names(reply.found, inputs) if isinstance(reply.found, Answer) else {}
            one.page = page_of(one.question, reply, inputs, names, self._cursors, is_last=is_last)

    async def _reply(self, question: Question, asker: Tenant) -> Reply:
        asked, audience = question.asked, question.audience
        if isinstance(asked, Prefix):
            # a suggestion is a text of the index: none is shown where nobody can say which are out of date
            return Reply(
                await suggested(self._suggest(question, asker), asked) if question.is_current else ()
            )
        if question.want.is_federation:
            found = await self._published.search(asker, asked, audience)
            return Reply(found.answer, found.hidden, found.is_counted)
        return Reply(await self.answers.search(question.collection, asked, audience, question.version))

    def _suggest(self, question: Question, asker: Tenant) -> Suggest:
        audience = question.audience
        if question.want.is_federation:
            return lambda prefix: self._published.suggest(asker, prefix, audience)
        return lambda prefix: self._engine.suggest(question.collection, prefix, audience)

    async def _names(self, answer: Answer, inputs: Inputs) -> dict[str, str]:
        """What the institutions that are counted are called in the reader's language."""
        names = {}
        for one in answer.facets.get(Facet.INSTITUTION, ()):
            tenant = await self._directory.by_slug(one.value)
            if tenant is not None:
                tag = next((tag for tag in inputs.languages if tag in tenant.name), None)
                names[one.value] = tenant.name[tag] if tag else next(iter(tenant.name.values()))
        return names


def _places(wants: Sequence[Want], inputs: Inputs) -> list[tuple[str, Statement]]:
    found: list[tuple[str, Statement]] = []
    for want in wants:
        place = want.search.place
        if want.near is not None and want.near.is_offering and place is not None:
            found.append((want.search.source, (place.sql, place.bind(inputs))))
    return found


async def _read(
    plan: Plan, inputs: Inputs, carrier: Carrier, asking: Sequence[_Asking]
) -> list[bytes | None]:
    """The texts of the plan's statements; of those that no engine answered there is none."""
    failed = {one.place for one in asking if one.failure is not None}
    inputs.sources = {
        **inputs.sources,
        **{one.question.source: one.page for one in asking if one.page is not None},
    }
    statements = [one for place, one in enumerate(plan.statements) if place not in failed]
    texts = iter(await carrier.fetch(inputs.principal.tenant, statements, inputs) if statements else [])
    return [None if place in failed else next(texts) for place in range(len(plan.statements))]


def _hides(text: bytes | None) -> bool:
    return text is not None and text.startswith(HIDDEN)


def _ask_without(one: _Asking, text: bytes) -> None:
    """Has the question asked again without the rows that the text names."""
    assert one.page is not None
    named = [one.page.rows[int(place) - 1] for place in text[len(HIDDEN) :].decode().split(",")]
    hidden = {Reference(Kind(row.branch), row.number) for row in named}
    asked = one.question.asked
    one.question = replace(one.question, asked=replace(asked, without=asked.without | hidden))
    one.page = None

"""How well what was asked is found: natural questions to the paragraphs of their language (XQuAD-R).

Every language is an institution of its own with its 240 paragraphs. A question's language is known, or has to be guessed
among all eleven, as in an institution that teaches in them.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bench.rows import Findings, Row
from bench.search_catalogues import PUBLIC
from bench.search_data import Question, Reading, readings
from bench.search_metrics import mean, ndcg
from bench.search_stand import BENCH, SearchStand, Subject
from bench.stand import Tell
from search.language.queries import query_languages
from search.model import Audience, Document, Institution, Kind, Put, Query, Reference

KNOWN, UNKNOWN = "ndcg@10", "ndcg@10_guessed"
_NUMBER = 100  # of the first institution
_AT_ONCE = 4
_T, _R = TypeVar("_T"), TypeVar("_R")
_READER = Audience(frozenset({PUBLIC}))


@dataclass(frozen=True, slots=True)
class _Shelf:
    """A language's paragraphs where they were stored."""

    reading: Reading
    institution: Institution
    names: dict[Reference, str]


async def measure_relevance(stand: SearchStand, given: argparse.Namespace, tell: Tell) -> Findings:
    """Rows per engine and language, and their mean, of questions whose language is known and of such as are guessed."""
    languages = [reading.language for reading in readings()]
    rows = []
    shelves = [await _shelf(stand, number, one) for number, one in enumerate(readings())]
    for subject in stand.subjects:
        tell(f"relevance: {subject.name}")
        for shelf in shelves:
            await _store(subject, shelf)
        await subject.writing.refresh()
        for metric, among in ((KNOWN, None), (UNKNOWN, languages)):
            found = {
                shelf.reading.language: await _relevance(subject, shelf, among, given.questions)
                for shelf in shelves
            }
            found["mean"] = mean(list(found.values()))
            rows += [
                Row(BENCH, subject.name, case, metric, "ndcg@10", value) for case, value in found.items()
            ]
    return Findings(rows, ["ndcg@10_guessed: nobody says in which of the eleven languages the question is"])


async def _shelf(stand: SearchStand, number: int, reading: Reading) -> _Shelf:
    institution = await stand.institution(_NUMBER + number, (reading.language,))
    names = {Reference(Kind.POST, place): name for place, name in enumerate(reading.paragraphs, 1)}
    return _Shelf(reading, institution, names)


async def _store(subject: Subject, shelf: _Shelf) -> None:
    language = shelf.reading.language
    changes = [
        Put(
            Document(reference, {}, {language: shelf.reading.paragraphs[name]}, audience=frozenset({PUBLIC})),
            version=1,
        )
        for reference, name in shelf.names.items()
    ]
    await subject.writing.store(shelf.institution, changes)


async def _relevance(subject: Subject, shelf: _Shelf, among: Sequence[str] | None, most: int) -> float:
    """The mean over the questions, or so many of them, spread evenly."""
    every = shelf.reading.questions
    questions = every[:: max(len(every) // most, 1)] if most else every

    async def judge(question: Question) -> float:
        given = shelf.reading.language if among is None else None
        languages = query_languages(question.text, given=given, languages=among or ())
        answer = await subject.asking.search(
            shelf.institution, Query(text=question.text, languages=languages), _READER
        )
        found = [shelf.names[hit.reference] for hit in answer.hits]
        return ndcg(found, dict.fromkeys(question.answers, 1.0))

    return mean(await gathered(judge, questions))


async def gathered(judge: Callable[[_T], Awaitable[_R]], questions: Iterable[_T]) -> list[_R]:
    """What each gave, a few at once."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(question: _T) -> _R:
        async with slots:
            return await judge(question)

    return list(await asyncio.gather(*map(one, questions)))

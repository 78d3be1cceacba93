"""At which place what somebody means is found, by the kind of what they typed (`search_known_items`)."""

import argparse
from collections import defaultdict
from collections.abc import Sequence

from bench.rows import BenchFailed, Findings, Row
from bench.search_catalogues import PUBLIC, Catalogue, catalogues
from bench.search_known_items import KnownItem, known_items
from bench.search_metrics import mean, reciprocal_rank
from bench.search_relevance import gathered
from bench.search_stand import BENCH, SearchStand, Subject
from bench.stand import Tell
from search.language.queries import query_languages
from search.model import Audience, Institution, Prefix, Put, Query

_NUMBER = 200  # of the first institution
_BATCH = 500
_READER = Audience(frozenset({PUBLIC}))
SEARCH, SUGGEST = "mrr", "mrr_suggested"
# What suggestions answer: the others are no beginnings of titles.
_SUGGESTED = frozenset({"code", "prefix"})


async def measure_known_items(stand: SearchStand, given: argparse.Namespace, tell: Tell) -> Findings:
    """A row per engine and kind: the mean reciprocal rank among the first ten."""
    items = known_items(given.items)
    institutions = {
        one.name: await stand.institution(_NUMBER + number, one.languages)
        for number, one in enumerate(catalogues().values())
    }
    rows: list[Row] = []
    for subject in stand.subjects:
        tell(f"known items: {subject.name}, {len(items)} queries")
        for name, catalogue in catalogues().items():
            await _store(subject, institutions[name], catalogue)
        await subject.writing.refresh()
        rows += await _judged(subject, institutions, items)
    counts = defaultdict(int)
    for item in items:
        counts[item.kind] += 1
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    return Findings(rows, [f"known items: {len(items)} queries ({told})"])


async def _store(subject: Subject, institution: Institution, catalogue: Catalogue) -> None:
    for start in range(0, len(catalogue.documents), _BATCH):
        some = catalogue.documents[start : start + _BATCH]
        refused = await subject.writing.store(institution, [Put(one, 1) for one in some])
        if refused:
            raise BenchFailed(f"{subject.name} refused a document of {catalogue.name}: {refused[0].why}")


async def _judged(
    subject: Subject, institutions: dict[str, Institution], items: Sequence[KnownItem]
) -> list[Row]:
    async def searched(item: KnownItem) -> float:
        institution = institutions[item.catalogue]
        languages = query_languages(item.text, given=None, languages=institution.tenant.languages)
        answer = await subject.asking.search(institution, Query(text=item.text, languages=languages), _READER)
        return reciprocal_rank([hit.reference for hit in answer.hits], item.wanted)

    async def suggested(item: KnownItem) -> float:
        institution = institutions[item.catalogue]
        languages = query_languages(item.text, given=None, languages=institution.tenant.languages)
        found = await subject.asking.suggest(institution, Prefix(item.text, languages), _READER)
        return reciprocal_rank([one.reference for one in found], item.wanted)

    rows = []
    for metric, ask, kinds in (
        (SEARCH, searched, None),
        (SUGGEST, suggested, _SUGGESTED),
    ):
        asked = [item for item in items if kinds is None or item.kind in kinds]
        by_kind: dict[str, list[float]] = defaultdict(list)
        for item, rank in zip(asked, await gathered(ask, asked), strict=True):
            by_kind[item.kind].append(rank)
        rows += [
            Row(BENCH, subject.name, kind, metric, "mrr", mean(ranks)) for kind, ranks in by_kind.items()
        ]
    return rows

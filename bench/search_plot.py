"""What the search bench measured as a picture: relevance by language, known items by kind, latency over sizes."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.plot import Dots, Line, Panel, write_plot
from bench.rows import BenchFailed, Row

_SIZED = re.compile(r"(?P<kind>.+), (?P<size>[\d,]+) documents")
_DOTS = (("ndcg@10", "nDCG@10, XQuAD-R", 0.85), ("mrr", "known items, MRR", 0.0))
_SHORT = {
    "code": "code",
    "title words": "words",
    "misspelt": "typo",
    "prefix": "prefix",
    "other language": "lang.",
    "transliterated": "latin",
    "without accents": "plain",
    "called elsewhere": "other",
}
_LATENCY = "p95_ms"


def write_search_plot(path: Path, rows: Sequence[Row]) -> None:
    """Writes the panels that there are rows for."""
    panels = [*_dotted(rows), *_curves(rows)]
    if not panels:
        raise BenchFailed("nothing that was measured can be drawn")
    write_plot(path, panels)


def _dotted(rows: Sequence[Row]) -> Iterator[Dots]:
    for metric, title, low in _DOTS:
        known = {(row.subject, row.case): row.value for row in rows if row.metric == metric}
        if known:
            cases = list(dict.fromkeys(case for _, case in known))
            subjects = dict.fromkeys(subject for subject, _ in known)
            values = {subject: [known.get((subject, case)) for case in cases] for subject in subjects}
            yield Dots(title, [_SHORT.get(case, case) for case in cases], values, low, 1.0)


def _curves(rows: Sequence[Row]) -> Iterator[Panel]:
    """For each kind of query one, with a line for each engine."""
    points: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for row in rows:
        match = _SIZED.fullmatch(row.case)
        if match is not None and row.metric == _LATENCY:
            size = float(match["size"].replace(",", ""))
            points.setdefault(match["kind"], {}).setdefault(row.subject, []).append((size, row.value))
    for kind, lines in points.items():
        yield Panel(
            f"{kind}, ms (p95)", "documents", [Line(name, sorted(some)) for name, some in lines.items()]
        )

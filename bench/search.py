"""What searches find, and how fast: relevance, known items, and latencies over sizes, of both engines."""

import argparse
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from bench.rows import Findings, Row
from bench.search_indexing import measure_indexing
from bench.search_known import measure_known_items
from bench.search_known_items import EACH
from bench.search_plot import write_search_plot
from bench.search_relevance import measure_relevance
from bench.search_speed import measure_speed
from bench.search_stand import BENCH, SUBJECTS, SearchStand, opened_search_stand
from bench.stand import Tell, about_machine

NAME = BENCH
SUMMARY = "nDCG of natural questions in 11 languages, MRR of known items, latencies, sizes and lag, of both search engines"

Measure = Callable[[SearchStand, argparse.Namespace, Tell], Awaitable[Findings]]
CASES: Mapping[str, Measure] = {
    "relevance": measure_relevance,
    "known": measure_known_items,
    "speed": measure_speed,
    "indexing": measure_indexing,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said on the command line."""
    parser.add_argument("--case", choices=list(CASES), help="only this one")
    parser.add_argument("--engine", choices=SUBJECTS, help="only this one")
    parser.add_argument(
        "--questions", type=int, default=0, metavar="N", help="so many of each language (all 1,190)"
    )
    parser.add_argument(
        "--items",
        type=int,
        default=EACH,
        metavar="N",
        help=f"known items of each kind and catalogue ({EACH})",
    )
    parser.add_argument(
        "--documents", type=_sizes, default=(10_000,), metavar="N,N", help="sizes for the speed (10000)"
    )
    parser.add_argument("--searches", type=int, default=300, metavar="N", help="of each kind and size (300)")
    parser.add_argument(
        "--rows",
        type=int,
        default=5_000,
        metavar="N",
        help="courses, offerings and people that change (5000)",
    )
    parser.add_argument("--heap", default="1g", help="of OpenSearch, as Java writes it (1g)")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw what was measured into this SVG file")


async def measure(given: argparse.Namespace, tell: Tell) -> Findings:
    """Runs every case, or the one that was asked for, of both engines or one."""
    rows: list[Row] = []
    notes = [about_machine()]
    names = [name for name in SUBJECTS if given.engine in (None, name)]
    async with opened_search_stand(tell, names, heap=given.heap) as stand:
        for name, case in CASES.items():
            if given.case in (None, name):
                found = await case(stand, given, tell)
                rows += found.rows
                notes += found.notes
    if given.plot is not None:
        write_search_plot(given.plot, rows)
    return Findings(rows, notes)


def _sizes(text: str) -> tuple[int, ...]:
    """`10000,100000`, ascending."""
    try:
        sizes = tuple(sorted(int(one) for one in text.split(",")))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of numbers such as 10000,100000") from None
    if sizes[0] < 1:
        raise argparse.ArgumentTypeError("a size is at least 1")
    return sizes

"""What the search bench is told and what it draws."""

import argparse
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.rows import BenchFailed, Row
from bench.search import add_arguments
from bench.search_plot import write_search_plot


def _parsed(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(given)


def test_sizes_are_taken_in_their_order() -> None:
    assert _parsed("--documents", "100000,10000").documents == (10_000, 100_000)
    assert _parsed().documents == (10_000,)


@pytest.mark.parametrize("sizes", ["", "ten", "0", "10,-1"])
def test_sizes_that_are_none_are_refused(sizes: str) -> None:
    with pytest.raises(SystemExit):
        _parsed("--documents", sizes)


def test_relevance_and_latencies_are_drawn(tmp_path: Path) -> None:
    rows = [
        Row("search", "postgresql", "de", "ndcg@10", "ndcg@10", 0.96),
        Row("search", "opensearch", "de", "ndcg@10", "ndcg@10", 0.97),
        Row("search", "postgresql", "words, 10,000 documents", "p95_ms", "ms", 12.0),
        Row("search", "postgresql", "words, 100,000 documents", "p95_ms", "ms", 30.0),
    ]
    write_search_plot(tmp_path / "plot.svg", rows)
    drawn = ElementTree.fromstring((tmp_path / "plot.svg").read_text())
    texts = {text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")}
    assert {"de", "postgresql", "opensearch", "10,000", "100,000", "words, ms (p95)"} <= texts


def test_without_anything_to_draw_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(BenchFailed):
        write_search_plot(tmp_path / "plot.svg", [])

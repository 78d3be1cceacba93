"""Public data that searches are judged by: they lie beside the repository, or where `FEDIFLOW_BENCH_DATA` says."""

import csv
import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bench.rows import BenchFailed

_BESIDE = Path(__file__).resolve().parents[2] / "shared/data"
VARIABLE = "FEDIFLOW_BENCH_DATA"
# Taken out, because processes that are started refuse settings that they do not know.
_DATA = Path(os.environ.pop(VARIABLE, _BESIDE))
XQUAD = "relevance-xquad-r"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and the paragraphs that answer it."""

    text: str
    answers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reading:
    """XQuAD-R of one language: paragraphs by their names, and questions to which one of them has the answer."""

    language: str
    paragraphs: Mapping[str, str]
    questions: Sequence[Question]


@cache
def readings() -> Sequence[Reading]:
    """The eleven languages; the same 240 paragraphs and 1,190 questions in each."""
    paragraphs: dict[str, dict[str, str]] = defaultdict(dict)
    for one in lines(XQUAD, "docs.jsonl"):
        paragraphs[one["lang"]][one["id"]] = one["text"].strip()
    answers: dict[str, set[str]] = defaultdict(set)
    for row in table(XQUAD, "qrels.tsv", delimiter="\t"):
        answers[row["query_id"]].add(row["doc_id"])
    questions: dict[str, list[Question]] = defaultdict(list)
    for row in table(XQUAD, "queries.tsv", delimiter="\t"):
        questions[row["lang"]].append(Question(row["question"].strip(), frozenset(answers[row["query_id"]])))
    return [Reading(language, paragraphs[language], questions[language]) for language in sorted(paragraphs)]


def lines(folder: str, file: str) -> list[dict[str, Any]]:
    """The objects of a file that has one a line."""
    return [json.loads(line) for line in _path(folder, file).read_text(encoding="utf-8").splitlines()]


def table(folder: str, file: str, *, delimiter: str = ",") -> list[dict[str, str]]:
    """The rows of a file whose first line names its columns; quotes mean something only between commas."""
    quoting = csv.QUOTE_MINIMAL if delimiter == "," else csv.QUOTE_NONE
    with _path(folder, file).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text, delimiter=delimiter, quoting=quoting))


def _path(folder: str, file: str) -> Path:
    path = _DATA / folder / file
    if not path.is_file():
        raise BenchFailed(f"there is no {path}: {VARIABLE} names the folder that has the data of this bench")
    return path

"""What a benchmark found: rows for programs, one table for people."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

_LINE = 10_000  # nothing is folded: a wide table is still read line by line


class BenchFailed(Exception):
    """The figures would mean nothing; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure."""

    bench: str
    subject: str
    case: str
    metric: str
    unit: str
    value: float


@dataclass(frozen=True, slots=True)
class Findings:
    """All figures of a run, and sentences about what could not be measured or should be known."""

    rows: Sequence[Row]
    notes: Sequence[str] = ()


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Writes the rows as a JSON list."""
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


def table_of(rows: Sequence[Row]) -> Table:
    """A line for each case and subject, a column for each metric, in the order they come."""
    metrics = {row.metric: row.unit for row in rows}
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("case")
    table.add_column("subject")
    for metric, unit in metrics.items():
        table.add_column(_title(metric, unit), justify="right")
    for case, subject in dict.fromkeys((row.case, row.subject) for row in rows):
        found = {row.metric: row.value for row in rows if (row.case, row.subject) == (case, subject)}
        table.add_row(case, subject, *(_figure(found.get(metric)) for metric in metrics))
    return table


def show(findings: Findings) -> None:
    """Prints the table, then the notes."""
    console = Console(markup=False, highlight=False, width=_LINE)
    console.print(table_of(findings.rows))
    for note in findings.notes:
        console.print(note)


def _title(metric: str, unit: str) -> str:
    """The metric, with its unit where the name does not say it."""
    return metric if metric.endswith(unit) or unit in metric.split("_") else f"{metric} {unit}"


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    if value == int(value) and abs(value) < 1000:
        return str(int(value))
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) < 1 else f"{value:.1f}"

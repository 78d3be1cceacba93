"""The table for people and the rows for programs hold the same."""

import io
import json
from pathlib import Path

from rich.console import Console

from bench.rows import Row, table_of, write_rows

_ROWS = (
    Row("gateway", "pgbench", "course_by_id", "req/s", "req/s", 61213.4),
    Row("gateway", "fediflow", "course_by_id", "req/s", "req/s", 5763.0),
    Row("gateway", "fediflow", "course_by_id", "p50_ms", "ms", 1.25),
    Row("gateway", "fediflow", "course_by_id", "ready", "s", 0.0123),
)


def test_rows_are_written_as_a_list_of_objects(tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.json", _ROWS[2:3])
    assert json.loads((tmp_path / "rows.json").read_text()) == [
        {
            "bench": "gateway",
            "subject": "fediflow",
            "case": "course_by_id",
            "metric": "p50_ms",
            "unit": "ms",
            "value": 1.25,
        }
    ]


def test_table_has_a_line_for_each_subject_and_a_column_for_each_metric() -> None:
    shown = io.StringIO()
    Console(file=shown, width=200).print(table_of(_ROWS))
    assert [line.split() for line in shown.getvalue().splitlines()] == [
        ["case", "subject", "req/s", "p50_ms", "ready", "s"],
        ["course_by_id", "pgbench", "61,213"],
        ["course_by_id", "fediflow", "5,763", "1.2", "0.0123"],
    ]

"""What a run reached is told by ratios within it, met or missed, and only where both sides were measured."""

from bench.rounds import Figures
from bench.rows import Row
from bench.targets import flatness, rows_of, verdicts


def _figures(rate: float, server_us: float | None = 50.0) -> Figures:
    return Figures(rate, 1.0, 2.0, server_us, 100.0, 20.0)


def _verdicts(case: str, **found: Figures) -> list[str]:
    return [line.strip() for line in verdicts(rows_of("gateway", case, found))[2:]]


def test_ratios_are_to_pgbench_and_to_ours() -> None:
    found = {"pgbench": _figures(1000, None), "fediflow": _figures(800), "mercurius": _figures(200)}
    rows = {(row.subject, row.metric): row.value for row in rows_of("gateway", "course_by_id", found)}
    assert rows["fediflow", "ratio"] == 0.8
    assert rows["mercurius", "ratio"] == 0.2
    assert rows["mercurius", "fediflow_is_x"] == 4.0
    assert ("pgbench", "ratio") not in rows
    assert ("pgbench", "cpu_us") not in rows


def test_every_target_of_a_query_is_met_or_missed() -> None:
    lines = _verdicts(
        "courses_enrollments_users",
        pgbench=_figures(1000, None),
        fediflow=_figures(740, 150.0),
        mercurius=_figures(370),
        postgraphile=_figures(200),
    )
    assert [line.split()[0] for line in lines] == ["missed", "met", "missed", "met"]
    assert "74% of pgbench" in lines[0]
    assert "2.0 x mercurius" in lines[1]
    assert "3.7 x postgraphile" in lines[2]
    assert "150 us" in lines[3]


def test_what_was_not_measured_has_no_verdict() -> None:
    assert _verdicts("enrol", fediflow=_figures(400)) == []
    assert verdicts([Row("gateway", "fediflow", "other", "cpu_us", "us", 1e6)]) == []


def test_enrol_is_to_reach_two_fifths_of_pgbench() -> None:
    assert _verdicts("enrol", pgbench=_figures(1000), fediflow=_figures(400))[0].startswith("met")
    assert _verdicts("enrol", pgbench=_figures(1000), fediflow=_figures(399))[0].startswith("missed")


def test_curve_is_flat_where_rate_or_cpu_is() -> None:
    assert flatness("a", [100, 50], [10, 12]).strip().startswith("met")
    assert flatness("a", [100, 90], [10, 30]).strip().startswith("met")
    assert flatness("a", [100, 50], [10, 13]).strip().startswith("missed")

"""The figures of a run as rows, and what they say about what the gateway is to reach: ratios within the run."""

from collections.abc import Iterator, Mapping, Sequence

from bench.rounds import Figures
from bench.rows import Row

OURS, LIMIT = "fediflow", "pgbench"
ENROL = "enrol"
# How many times as fast as a peer, for each of the three queries.
_TIMES = {"mercurius": 2.0, "postgraphile": 4.0}
_SERVER_US = {"course_by_id": 60.0, "fifty_courses": 80.0, "courses_enrollments_users": 150.0}
_FLAT = 1.2
_OF_LIMIT = {"courses_enrollments_users": 0.75, ENROL: 0.40}


def rows_of(
    bench: str, case: str, found: Mapping[str, Figures], extent: Mapping[str, int] | None = None
) -> list[Row]:
    """A case's rows; `extent` says how much one request of ours is."""
    ours, limit = found[OURS], found.get(LIMIT)
    rows = []
    for subject, one in found.items():
        figures: list[tuple[str, str, float | None]] = [
            ("req/s", "req/s", one.rate),
            ("p50_ms", "ms", one.p50_ms),
            ("p99_ms", "ms", one.p99_ms),
            ("cpu_us", "us", one.server_us),
            ("postgres_cpu_us", "us", one.postgres_us),
            ("load_cpu_us", "us", one.load_us),
            ("ratio", "ratio", one.rate / limit.rate if limit and subject != LIMIT else None),
            ("fediflow_is_x", "x", None if subject == OURS else ours.rate / one.rate),
        ]
        if subject == OURS:
            figures += [(name, name, value) for name, value in (extent or {}).items()]
        rows += [
            Row(bench, subject, case, metric, unit, value)
            for metric, unit, value in figures
            if value is not None
        ]
    return rows


def verdicts(rows: Sequence[Row]) -> list[str]:
    """A line for each target that the run can tell about."""
    known = {(row.case, row.subject, row.metric): row.value for row in rows}
    lines = list(_verdicts(known))
    return ["", "targets, as ratios of this run:", *lines] if lines else []


def flatness(name: str, rates: Sequence[float], spent: Sequence[float]) -> str:
    """A line about a curve: it is flat where the rates or the CPU of a request are."""
    by_rate, by_cpu = max(rates) / min(rates), max(spent) / min(spent)
    is_flat = min(by_rate, by_cpu) <= _FLAT
    return _line(is_flat, name, f"req/s {by_rate:.2f} x, CPU {by_cpu:.2f} x", f"one within {_FLAT} x")


def _verdicts(known: Mapping[tuple[str, str, str], float]) -> Iterator[str]:
    for case, least in _OF_LIMIT.items():
        if (share := known.get((case, OURS, "ratio"))) is not None:
            yield _line(share >= least, case, f"{share:.0%} of pgbench", f"at least {least:.0%}")
    for case, most in _SERVER_US.items():
        for peer, least in _TIMES.items():
            if (times := known.get((case, peer, "fediflow_is_x"))) is not None:
                yield _line(times >= least, case, f"{times:.1f} x {peer}", f"at least {least:.0f} x")
        if (spent := known.get((case, OURS, "cpu_us"))) is not None:
            yield _line(spent <= most, case, f"{spent:.0f} us of server CPU", f"at most {most:.0f} us")


def _line(is_met: bool, case: str, seen: str, wanted: str) -> str:
    return f"  {'met   ' if is_met else 'missed'}  {case:<26} {seen:<30} ({wanted})"

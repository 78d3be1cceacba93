"""How many requests a second one gateway process answers, beside what PostgreSQL alone could."""

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.cases import CASES, Case, NotWhatWasMeant
from bench.cpu import family_seconds, process_seconds
from bench.load import Exchange, Load, Seen, post, run_load
from bench.pgbench import Limit, find_pgbench, limit_of
from bench.profiling import profile_lines, sampled_gateway, sampling
from bench.recording import Recorded, recorded
from bench.rows import Findings, Row
from bench.stand import Stand, Tell, about_machine, opened_stand

NAME = "gateway"
SUMMARY = "requests/s, latency and CPU of three queries, beside pgbench running the same statements"
_ROLE = "registrar"
_WARM_SECONDS = 1.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said on the command line."""
    parser.add_argument("--seconds", type=int, default=5, help="how long each figure is measured (5)")
    parser.add_argument("--connections", type=int, default=16, help="HTTP connections, pgbench clients (16)")
    parser.add_argument("--case", choices=[case.name for case in CASES], help="only this one")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep the installation here for the next run"
    )
    parser.add_argument("--profile", action="store_true", help="then say where the gateway's CPU time goes")


async def measure(given: argparse.Namespace, tell: Tell) -> Findings:
    """Runs every case."""
    cases = [case for case in CASES if given.case in (None, case.name)]
    notes = [about_machine()]
    pgbench = find_pgbench()
    if pgbench is None:
        notes.append("no rows of pgbench: there is none beside the embedded PostgreSQL and none on PATH")
    rows = []
    async with opened_stand(tell, data=given.data) as stand:
        for case in cases:
            bodies, found = await _recorded(stand, case)
            rate = None
            if pgbench is not None:
                tell(f"{case.name}: pgbench")
                limit = await limit_of(
                    pgbench,
                    stand,
                    [one.statements for one in found],
                    connections=given.connections,
                    seconds=given.seconds,
                )
                rows += _limit_rows(case, limit)
                rate = limit.rate
            tell(f"{case.name}: fediflow")
            seen, gateway_us, postgres_us = await _measured(stand, given, bodies, found)
            rows += _rows(case, seen, gateway_us, postgres_us, found[0], rate)
    if given.profile:
        notes += await _profiled(given, cases[0], tell)
    return Findings(rows, notes)


async def _recorded(stand: Stand, case: Case) -> tuple[Sequence[Mapping[str, Any]], list[Recorded]]:
    """The requests of a case, with the answers that every later one must equal byte for byte."""
    bodies = [{"query": case.document, "variables": one} for one in await case.variables(stand)]
    found = await recorded(stand, bodies, token=stand.tokens[_ROLE])
    for one in found:
        if not case.holds(json.loads(one.body)["data"]):
            raise NotWhatWasMeant(f"{case.name} answered {one.body[:500]}")
    return bodies, found


async def _measured(
    stand: Stand, given: argparse.Namespace, bodies: Sequence[Mapping[str, Any]], found: Sequence[Recorded]
) -> tuple[Seen, float, float]:
    """What the load generator saw, and the microseconds of CPU for an answer: of the gateway, of PostgreSQL."""
    exchanges = [
        Exchange(post(stand.port, body, token=stand.tokens[_ROLE]), one.body)
        for body, one in zip(bodies, found, strict=True)
    ]
    await run_load(Load(stand.port, exchanges, given.connections, _WARM_SECONDS))
    gateway, postgres = process_seconds(stand.gateway_pid), family_seconds(stand.postgres_pid)
    seen = await run_load(Load(stand.port, exchanges, given.connections, given.seconds))
    gateway = process_seconds(stand.gateway_pid) - gateway
    postgres = family_seconds(stand.postgres_pid) - postgres
    return seen, gateway * 1e6 / seen.answers, postgres * 1e6 / seen.answers


async def _profiled(given: argparse.Namespace, case: Case, tell: Tell) -> list[str]:
    """Measures a case again, in a gateway that looks at its stack."""
    with tempfile.TemporaryDirectory(prefix="fediflow-profile-") as folder:
        path = Path(folder) / "profile.json"
        async with opened_stand(tell, data=given.data, gateway=sampled_gateway(path)) as stand:
            tell(f"{case.name}: profile")
            bodies, found = await _recorded(stand, case)
            with sampling(stand.gateway_pid):
                _, spent, _ = await _measured(stand, given, bodies, found)
        return profile_lines(path, case=case.name, spent=spent)


def _rows(
    case: Case, seen: Seen, gateway_us: float, postgres_us: float, one: Recorded, limit: float | None
) -> list[Row]:
    figures = [
        ("req/s", "req/s", seen.rate),
        ("p50_ms", "ms", seen.p50_ms),
        ("p99_ms", "ms", seen.p99_ms),
        ("cpu_us", "us", gateway_us),
        ("postgres_cpu_us", "us", postgres_us),
        ("plans", "plans", len(one.plans)),
        ("statements", "statements", len(one.statements)),
        ("bytes", "bytes", len(one.body.encode())),
    ]
    if limit is not None:
        figures.append(("ratio", "ratio", seen.rate / limit))
    return [Row(NAME, "fediflow", case.name, metric, unit, value) for metric, unit, value in figures]


def _limit_rows(case: Case, limit: Limit) -> list[Row]:
    figures = (
        ("req/s", "req/s", limit.rate),
        ("p50_ms", "ms", limit.p50_ms),
        ("p99_ms", "ms", limit.p99_ms),
        ("postgres_cpu_us", "us", limit.postgres_us),
    )
    return [Row(NAME, "pgbench", case.name, metric, unit, value) for metric, unit, value in figures]

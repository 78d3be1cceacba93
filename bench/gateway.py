"""How many requests a second one gateway process answers, beside what PostgreSQL alone could."""

import argparse
import json
import os
import signal
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.cpu import family_seconds, process_seconds
from bench.load import Exchange, Load, Seen, post, run_load
from bench.pgbench import Limit, find_pgbench, limit_of
from bench.recording import Recorded, recorded
from bench.rows import BenchFailed, Findings, Row
from bench.stand import Stand, Tell, about_machine, opened_stand

NAME = "gateway"
SUMMARY = "requests/s, latency and CPU of three queries, beside pgbench running the same statements"
OPERATIONS = Path(__file__).with_name("operations")
_ROLE = "registrar"
_SOME_COURSES = "query Some { courses(first: 20) { nodes { id } } }"
_FULL_COURSES = """query Full {
  courses(first: 100) {
    edges { cursor node { offerings(first: 1) { nodes { enrollments(first: 10) { nodes { id } } } } } }
  }
}"""
_WARM_SECONDS = 1.5
_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Case:
    """An operation, its variables in turn, and what each answer must hold for the figures to mean anything."""

    name: str
    variables: Callable[[Stand], Awaitable[list[dict[str, Any]]]]
    holds: Callable[[Any], bool]

    @property
    def document(self) -> str:
        """The operation's text."""
        return (OPERATIONS / f"{self.name}.graphql").read_text()


class NotWhatWasMeant(BenchFailed):
    """The first answer of a case does not hold what the case is about."""


async def _no_variables(_stand: Stand) -> list[dict[str, Any]]:
    return [{}]


async def _some_courses(stand: Stand) -> list[dict[str, Any]]:
    return [{"id": node["id"]} for node in _nodes((await stand.ask(_SOME_COURSES))["courses"])]


async def _before_full_courses(stand: Stand) -> list[dict[str, Any]]:
    """The place behind which the first offerings of twenty courses in a row have ten people each."""
    edges = (await stand.ask(_FULL_COURSES))["courses"]["edges"]
    full = [len(_people({"courses": {"nodes": [edge["node"]]}})) == 10 for edge in edges]
    for place in range(1, len(edges) - 19):
        if all(full[place : place + 20]):
            return [{"after": edges[place - 1]["cursor"]}]
    raise NotWhatWasMeant("no twenty courses in a row have an offering with ten people")


CASES = (
    Case(
        "course_by_id",
        _some_courses,
        lambda data: len(data["course"]) == 6 and None not in data["course"].values(),
    ),
    Case(
        "fifty_courses",
        _no_variables,
        lambda data: [len(node) for node in _nodes(data["courses"])] == [6] * 50,
    ),
    Case(
        "courses_enrollments_users",
        _before_full_courses,
        lambda data: len(_nodes(data["courses"])) == 20 and len([one for one in _people(data) if one]) == 200,
    ),
)


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
        notes += await _profiled(given, cases, tell)
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


async def _profiled(given: argparse.Namespace, cases: Sequence[Case], tell: Tell) -> list[str]:
    """Measures the first case again in a gateway that looks at its stack. Its clock shares the cost out."""
    with tempfile.TemporaryDirectory(prefix="fediflow-profile-") as folder:
        path = Path(folder) / "profile.json"
        argv = ("-m", "bench.sampled_gateway", str(path))
        async with opened_stand(tell, data=given.data, gateway=argv) as stand:
            tell(f"{cases[0].name}: profile")
            bodies, found = await _recorded(stand, cases[0])
            await _measured(
                stand, argparse.Namespace(seconds=1, connections=given.connections), bodies, found
            )
            os.kill(stand.gateway_pid, signal.SIGUSR2)
            _, spent, _ = await _measured(stand, given, bodies, found)
            os.kill(stand.gateway_pid, signal.SIGUSR2)
        told = json.loads(path.read_text())
    return [
        f"\nCPU of the gateway for one {cases[0].name}, {spent:.0f} us with the sampler on ({told['looks']} looks):",
        *_list(told, spent, "on_stack", "in it and what it calls"),
        *_list(told, spent, "running", "in it alone (and in C that it calls)"),
    ]


def _list(told: Mapping[str, Any], spent: float, key: str, title: str) -> list[str]:
    functions = sorted(told["functions"], key=lambda one: -one[key])[:_SHOWN]
    return [f"\n   us  {title}"] + [
        f"{one[key] / told['looks'] * spent:5.1f}  {one['function']}" for one in functions
    ]


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


def _nodes(connection: Any) -> list[Any]:
    return list(connection["nodes"])


def _people(data: Any) -> list[Any]:
    return [
        enrollment.get("user")
        for course in _nodes(data["courses"])
        for offering in _nodes(course["offerings"])
        for enrollment in _nodes(offering["enrollments"])
    ]

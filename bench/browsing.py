"""How many answers of a browsing load come out of the response cache, and what an answer costs with it and without.

The load is made up once and replayed to a gateway with the cache and to one without: visitors who open a list of courses,
turn its pages, search by code and read courses, some of them known and most of them again and again, while somebody edits
the catalogue. Students' own lists are part of it, though they are never kept.
"""

import argparse
import random
import sys
import urllib.request
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from bench.cpu import family_seconds, process_seconds
from bench.load import Exchange, Load, Seen, post, run_load
from bench.rows import Findings, Row
from bench.stand import HOST, Stand, Tell, about_machine, gateway_program, opened_stand
from fediflow.local.program import Program
from fediflow.local.sockets import listen
from fediflow.processes.machine import environment
from kernel.database.roles import DatabaseRole

NAME = "browsing"
SUMMARY = "share of answers out of the response cache, latency and CPU of a replayed browsing load"

T = TypeVar("T")

_SECONDS = 600.0  # more than a replay takes
_COURSES = 1_000  # of which visitors read
_SKEW = 1.1  # Zipf: the first of a thousand courses is read by every sixth visitor

_UNITS = "{ orgUnits(first: 100) { nodes { id } } }"
_LIST = """query List($after: String) { courses(first: 20, after: $after) {
  nodes { id code title { text language } credits { value scheme } } pageInfo { endCursor hasNextPage } } }"""
_OF_UNIT = """query OfUnit($unit: ID!) { courses(first: 20, filter: {orgUnit: $unit}) {
  nodes { id code title { text language } teachingLanguages } totalCount } }"""
_SEARCH = """query Search($code: String!) { courses(first: 20, filter: {codePrefix: $code}) {
  nodes { id code title { text language } } } }"""
_COURSE = """query Course($id: ID!) { course(id: $id) { id code title { text language } description { text language }
  credits { value scheme } orgUnit { name { text } } offerings(first: 5) { nodes {
    code state capacity effectiveStartsOn academicSession { title { text } } sections(first: 5) { nodes { code } } } } } }"""
_EDIT = """mutation Edit($id: ID!, $languages: [String!]!) {
  updateCourse(input: {id: $id, teachingLanguages: $languages}) { userErrors { message } } }"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said on the command line."""
    parser.add_argument("--requests", type=int, default=12_000, help="how many are replayed (12000)")
    parser.add_argument("--edits", type=int, default=10, help="edits of the catalogue among them (10)")
    parser.add_argument("--connections", type=int, default=16, help="HTTP connections (16)")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep the installation here for the next run"
    )


async def measure(given: argparse.Namespace, tell: Tell) -> Findings:
    """Replays the load to both gateways."""
    async with opened_stand(tell, data=given.data) as stand:
        notes = [about_machine()]
        visits = _Visits(stand, await _catalogue(stand), given.requests, given.edits)
        tell("without the cache")
        await _warm(stand.port, visits, given)
        rows = _rows("uncached", await _replayed(stand, stand.port, stand.gateway_pid, visits, given))
        async with _cached(stand) as (port, program):
            tell("with the cache")
            assert program.pid is not None
            await _warm(port, visits, given)
            before = _answered(port)
            rows += _rows("cached", await _replayed(stand, port, program.pid, visits, given))
            counts = {name: count - before[name] for name, count in _answered(port).items()}
        return Findings([*rows, *_hit_rows(counts, given)], [*notes, _sentence(counts, given)])


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """What visitors can name."""

    courses: Sequence[str]
    codes: Sequence[str]
    units: Sequence[str]
    cursors: Sequence[str | None]


async def _catalogue(stand: Stand) -> _Catalogue:
    courses, codes, cursors = list[str](), list[str](), list[str | None]([None])
    while len(courses) < _COURSES:
        page = (await stand.ask(_LIST, {"after": cursors[-1]}))["courses"]
        courses += [node["id"] for node in page["nodes"]]
        codes += [node["code"][:3] for node in page["nodes"]]
        cursors.append(page["pageInfo"]["endCursor"])
        if not page["pageInfo"]["hasNextPage"]:
            break
    units = [node["id"] for node in (await stand.ask(_UNITS))["orgUnits"]["nodes"]]
    return _Catalogue(courses, sorted(set(codes)), units, cursors[:-1])


class _Visits:
    """The same requests for every gateway."""

    def __init__(self, stand: Stand, catalogue: _Catalogue, requests: int, edits: int) -> None:
        self._stand = stand
        self._catalogue = catalogue
        self._requests = requests
        self._every = requests // edits if edits else requests + 1

    def exchanges(self, port: int) -> list[Exchange]:
        """What is sent, in order."""
        chance = random.Random(4)
        return [
            self._edit(port, number, chance)
            if number % self._every == self._every // 2
            else self._visit(port, chance)
            for number in range(self._requests)
        ]

    def last_edit(self, port: int) -> Exchange:
        """One that none of the others makes."""
        return self._edit(port, 2 * self._every, random.Random(5))

    def _visit(self, port: int, chance: random.Random) -> Exchange:
        found = self._catalogue
        kind = chance.random()
        if kind < 0.15:
            body = {"query": _LIST, "variables": {"after": _popular(found.cursors, chance)}}
        elif kind < 0.35:
            body = {"query": _OF_UNIT, "variables": {"unit": _popular(found.units, chance)}}
        elif kind < 0.45:
            body = {"query": _SEARCH, "variables": {"code": _popular(found.codes, chance)}}
        else:
            body = {"query": _COURSE, "variables": {"id": _popular(found.courses, chance)}}
        who = chance.random()
        token = self._stand.tokens["student"] if who < 0.05 else None
        token = self._stand.tokens["registrar"] if who > 0.97 else token
        return Exchange(
            post(port, body, token=token, tenant=self._stand.tenant), '{"data":{"', is_whole=False
        )

    def _edit(self, port: int, number: int, chance: random.Random) -> Exchange:
        course = chance.choice(self._catalogue.courses)
        languages = ["de", ("en", "fr")[number // self._every % 2]]
        body = {"query": _EDIT, "variables": {"id": course, "languages": languages}}
        return Exchange(
            post(port, body, token=self._stand.tokens["registrar"]), '"userErrors":[]', is_whole=False
        )


def _popular(things: Sequence[T], chance: random.Random) -> T:
    """By Zipf's law: the second half as often as the first, and so on."""
    weights = [(rank + 1) ** -_SKEW for rank in range(len(things))]
    return chance.choices(things, weights)[0]


@asynccontextmanager
async def _cached(stand: Stand) -> AsyncIterator[tuple[int, Program]]:
    """A second gateway, with the cache, and the worker that it needs: the port and the gateway."""
    with listen(HOST, 0, "the second gateway") as listener:
        port: int = listener.getsockname()[1]
        settings = replace(stand.settings, port=port, response_cache=True)
        worker = Program(
            "worker",
            [sys.executable, "-m", "fediflow.processes.worker"],
            log_dir=stand.machine.log_dir,
            env=environment(settings, DatabaseRole.WORKER),
        )
        gateway = gateway_program(stand.machine, settings, listener.fileno(), name="gateway-cached")
        async with _running(worker), _running(gateway):
            yield port, gateway


@asynccontextmanager
async def _running(program: Program) -> AsyncIterator[None]:
    await program.start()
    try:
        yield
    finally:
        await program.stop()


async def _warm(port: int, visits: _Visits, given: argparse.Namespace) -> None:
    """Has every plan compiled and no answer kept: an edit comes last."""
    exchanges = visits.exchanges(port)
    some = exchanges[: len(exchanges) // 10]
    await run_load(Load(port, some, given.connections, _SECONDS, len(some)))
    await run_load(Load(port, [visits.last_edit(port)], 1, _SECONDS, 1))


async def _replayed(
    stand: Stand, port: int, pid: int, visits: _Visits, given: argparse.Namespace
) -> tuple[Seen, float, float]:
    """What the load generator saw, and the microseconds of CPU for an answer: of the gateway, of PostgreSQL."""
    exchanges = visits.exchanges(port)
    gateway, postgres = process_seconds(pid), family_seconds(stand.postgres_pid)
    seen = await run_load(Load(port, exchanges, given.connections, _SECONDS, len(exchanges)))
    gateway = process_seconds(pid) - gateway
    postgres = family_seconds(stand.postgres_pid) - postgres
    return seen, gateway * 1e6 / seen.answers, postgres * 1e6 / seen.answers


def _answered(port: int) -> dict[str, float]:
    """Answers by how they were found, as the gateway counts them."""
    with urllib.request.urlopen(f"http://{HOST}:{port}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    counted = [line for line in lines if line.startswith("fediflow_cached_answers_total{")]
    return {line.split('"')[1]: float(line.rpartition(" ")[2]) for line in counted}


def _rows(subject: str, measured: tuple[Seen, float, float]) -> list[Row]:
    seen, gateway_us, postgres_us = measured
    figures = (
        ("req/s", "req/s", seen.rate),
        ("p50_ms", "ms", seen.p50_ms),
        ("p99_ms", "ms", seen.p99_ms),
        ("cpu_us", "us", gateway_us),
        ("postgres_cpu_us", "us", postgres_us),
    )
    return [Row(NAME, subject, NAME, metric, unit, value) for metric, unit, value in figures]


def _hit_rows(counts: Mapping[str, float], given: argparse.Namespace) -> list[Row]:
    return [Row(NAME, "cached", NAME, "hit_rate", "ratio", _hits(counts) / given.requests)]


def _hits(counts: Mapping[str, float]) -> float:
    return counts.get("hit", 0) + counts.get("shared_hit", 0) + counts.get("joined", 0)


def _sentence(counts: Mapping[str, float], given: argparse.Namespace) -> str:
    kept = sum(counts.values())
    shares = ", ".join(f"{name} {count:.0f}" for name, count in counts.items())
    return (
        f"{_hits(counts) / kept:.1%} of the {kept:.0f} answers that may be kept came out of the cache ({shares}),"
        f" {_hits(counts) / given.requests:.1%} of all {given.requests}, with {given.edits} edits among them"
    )

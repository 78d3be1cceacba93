"""Whether a request costs the same in a small and in a big institution, and among few and among many of them.

Everybody asks without signing in, for public courses, and names the institution in the request's head.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from bench.cases import OPERATIONS
from bench.growth import COURSES, TENANTS, Grown, code_of, grown
from bench.load import Exchange, post
from bench.plot import Line, Panel, write_plot
from bench.rounds import Figures, Round, interleaved
from bench.rows import Findings, Row
from bench.served import Served
from bench.stand import Stand, Tell, about_machine, opened_stand
from bench.targets import OURS, flatness
from kernel.ids import GlobalId

_DISTINCT = 1_000  # requests, at least
_WARM_SECONDS = 20.0  # at most: until each was answered once
_PAGE = """query CoursesFrom($prefix: String!) {
  courses(first: 50, filter: { codePrefix: $prefix }) {
    nodes { id code title { text } teachingLanguages visibility updatedAt }
  }
}"""
_ROWS = (("courses in a tenant", COURSES), ("tenants", TENANTS))


@dataclass(frozen=True, slots=True)
class _Point:
    """What is asked at one place of a curve."""

    curve: str
    size: int
    operation: str
    exchanges: Sequence[Exchange]

    @property
    def case(self) -> str:
        return f"{self.operation}, {self.size:,} {self.curve}"


async def measure_curves(bench: str, given: argparse.Namespace, tell: Tell) -> Findings:
    """Rows for every point, and how flat each curve is; draws them into `given.plot`."""
    notes = [about_machine()]
    async with opened_stand(tell, data=given.data) as stand:
        curves = dict(zip((name for name, _ in _ROWS), await grown(stand, tell), strict=True))
        points = [
            _Point(curve, size, operation, _exchanges(stand, at, ask))
            for curve, sizes in _ROWS
            for operation, ask in _OPERATIONS.items()
            for size, at in zip(sizes, curves[curve], strict=True)
        ]
        tell(f"{len(points)} points, {given.rounds} rounds")
        runs = {point.case: partial(_round, stand, given.connections, point) for point in points}
        found = await interleaved(runs, rounds=given.rounds, seconds=given.seconds)
    if given.plot is not None:
        write_plot(given.plot, _panels(points, found))
    rows = [row for point in points for row in _rows(bench, point.case, found[point.case])]
    return Findings(rows, [*notes, "", "curves, largest figure over smallest:", *_flatness(points, found)])


async def _round(stand: Stand, connections: int, point: _Point, seconds: int) -> Round:
    """Everything is asked once before: the gateway remembers an institution for seconds, and other points took longer."""
    server = Served(stand.port, stand.gateway_pid, stand.postgres_pid, point.exchanges, connections)
    await server.finish(server.once(point.exchanges, _WARM_SECONDS))
    return await server.round(seconds)


def _course(random: Random, courses: int) -> tuple[dict[str, str], str]:
    number = random.randint(1, courses)
    course = str(GlobalId("course", number))
    return {"id": course}, f'{{"data":{{"course":{{"id":"{course}","code":"{code_of(number)}"'


def _page(random: Random, courses: int) -> tuple[dict[str, str], str]:
    """The first fifty of a hundred courses in a row, somewhere."""
    hundred = random.randrange(max(courses // 100, 1))
    first = GlobalId("course", hundred * 100 or 1)
    return {"prefix": code_of(hundred * 100)[:-2]}, f'{{"data":{{"courses":{{"nodes":[{{"id":"{first}",'


_Ask = Callable[[Random, int], tuple[dict[str, str], str]]
_OPERATIONS: dict[str, tuple[str, _Ask]] = {
    "course_by_id": ((OPERATIONS / "course_by_id.graphql").read_text(), _course),
    "fifty_by_prefix": (_PAGE, _page),
}


def _exchanges(stand: Stand, at: Grown, operation: tuple[str, _Ask]) -> list[Exchange]:
    (document, ask), random, found = operation, Random(7), []
    for number in range(max(len(at.slugs), _DISTINCT)):
        variables, expected = ask(random, at.courses)
        request = {"query": document, "variables": variables}
        tenant = at.slugs[number % len(at.slugs)]
        found.append(Exchange(post(stand.port, request, tenant=tenant), expected, is_whole=False))
    return found


def _cpu(one: Figures) -> float:
    return (one.server_us or 0.0) + one.postgres_us


def _rows(bench: str, case: str, one: Figures) -> list[Row]:
    figures = (
        ("req/s", "req/s", one.rate),
        ("p50_ms", "ms", one.p50_ms),
        ("p99_ms", "ms", one.p99_ms),
        ("cpu_us", "us", one.server_us or 0.0),
        ("postgres_cpu_us", "us", one.postgres_us),
        ("load_cpu_us", "us", one.load_us),
    )
    return [Row(bench, OURS, case, metric, unit, value) for metric, unit, value in figures]


def _flatness(points: Sequence[_Point], found: Mapping[str, Figures]) -> list[str]:
    lines = []
    for curve, sizes in _ROWS:
        for operation in _OPERATIONS:
            ours = [
                found[point.case] for point in points if (point.curve, point.operation) == (curve, operation)
            ]
            name = f"{operation}, {sizes[0]:,} to {sizes[-1]:,} {curve}"
            lines.append(flatness(name, [one.rate for one in ours], [_cpu(one) for one in ours]))
    return lines


def _panels(points: Sequence[_Point], found: Mapping[str, Figures]) -> list[Panel]:
    """For each curve one of rates and one of CPU, a line for each operation."""
    shown = (("requests/s", lambda one: one.rate), ("CPU of gateway and PostgreSQL, us a request", _cpu))
    return [
        Panel(
            title,
            curve,
            [
                Line(
                    operation,
                    [
                        (point.size, figure(found[point.case]))
                        for point in points
                        if (point.curve, point.operation) == (curve, operation)
                    ],
                )
                for operation in _OPERATIONS
            ],
        )
        for curve, _ in _ROWS
        for title, figure in shown
    ]

"""The operations that are measured, in `bench/operations/`, and what their answers must hold."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.rows import BenchFailed
from bench.stand import Stand

OPERATIONS = Path(__file__).with_name("operations")
_SOME_COURSES = "query Some { courses(first: 20) { nodes { id } } }"
_FULL_COURSES = """query Full {
  courses(first: 100) {
    edges { cursor node { offerings(first: 1) { nodes { enrollments(first: 10) { nodes { id } } } } } }
  }
}"""
_UNITS = "query Units { orgUnits(first: 100) { nodes { id } } }"
_COURSES_OF_UNIT = """query CoursesOfUnit($unit: ID!) {
  courses(first: 20, filter: { orgUnit: $unit, status: ACTIVE }) { nodes { id } }
}"""


class NotWhatWasMeant(BenchFailed):
    """The first answer of a case does not hold what the case is about."""


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


async def _units(stand: Stand) -> list[dict[str, Any]]:
    """The units that have a page of courses."""
    units = _nodes((await stand.ask(_UNITS))["orgUnits"])
    pages = [(unit, await stand.ask(_COURSES_OF_UNIT, {"unit": unit["id"]})) for unit in units]
    full = [{"unit": unit["id"]} for unit, page in pages if len(_nodes(page["courses"])) == 20]
    if not full:
        raise NotWhatWasMeant("no unit has twenty courses")
    return full


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
    Case(
        "courses_of_unit",
        _units,
        lambda data: [len(node) for node in _nodes(data["courses"])] == [6] * 20,
    ),
)


def _nodes(connection: Any) -> list[Any]:
    return list(connection["nodes"])


def _people(data: Any) -> list[Any]:
    return [
        enrollment.get("user")
        for course in _nodes(data["courses"])
        for offering in _nodes(course["offerings"])
        for enrollment in _nodes(offering["enrollments"])
    ]

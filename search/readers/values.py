"""The values of a search as clients write them: checked one by one, and written so again."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from math import isfinite
from typing import Any, TypeVar

from kernel.errors import InvalidInput, below
from search.model import MOST_FILTER_VALUES, Box, Point

SHORTEST_RADIUS, LONGEST_RADIUS = 1.0, 20_000_000.0  # metres

E = TypeVar("E", bound=Enum)


def members_of(given: Any, names: Sequence[str]) -> Mapping[str, Any]:
    """An object that has no other members than these."""
    if not isinstance(given, Mapping):
        raise InvalidInput("this is no object")
    for name in given:
        if name not in names:
            raise InvalidInput(f"there is no {name[:40]!r}; there are {', '.join(names)}", path=[name])
    return given


def text_of(given: Mapping[str, Any], name: str, *, longest: int) -> str | None:
    """A text, or None where there is none."""
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > longest:
        raise InvalidInput(f"{name} is a text of at most {longest} characters", path=[name])
    return value.strip() or None


def truth_of(given: Mapping[str, Any], name: str) -> bool:
    """True or false, which it is where it is not given."""
    value = given.get(name)
    if not isinstance(value, bool | None):
        raise InvalidInput(f"{name} is true or false", path=[name])
    return bool(value)


def listed(given: Mapping[str, Any], name: str) -> Sequence[Any]:
    """A list of bounded length, empty where there is none."""
    value = given.get(name)
    if value is None:
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > MOST_FILTER_VALUES:
        raise InvalidInput(f"{name} is a list of at most {MOST_FILTER_VALUES} values", path=[name])
    return value


def one_of(values: type[E], name: Any, where: str) -> E:
    """The member of an enumeration of this name."""
    if not isinstance(name, str) or name not in values.__members__:
        raise InvalidInput(f"{where} is one of {', '.join(values.__members__)}", path=[where])
    return values[name]


def day_of(given: Mapping[str, Any], name: str) -> date | None:
    """A day."""
    value = given.get(name)
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise InvalidInput(f"{name} is a day such as 2026-04-01", path=[name]) from None


def point_of(given: Any, where: str) -> Point:
    """A place in degrees."""
    with below(where):
        members_of(given, ("latitude", "longitude"))
        return Point(_degrees(given, "latitude", 90), _degrees(given, "longitude", 180))


def box_of(given: Any) -> Box:
    """What lies between two corners."""
    with below("box"):
        members_of(given, ("southWest", "northEast"))
        box = Box(
            point_of(given.get("southWest"), "southWest"), point_of(given.get("northEast"), "northEast")
        )
        if box.south_west.latitude > box.north_east.latitude:
            raise InvalidInput("the southern corner is north of the northern one")
        return box


def radius_of(given: Mapping[str, Any]) -> float:
    """Metres, out of those or out of kilometres."""
    name, unit = ("metres", 1.0) if given.get("metres") is not None else ("kilometres", 1_000.0)
    metres = _number(given, name) * unit
    if not SHORTEST_RADIUS <= metres <= LONGEST_RADIUS:
        raise InvalidInput("a distance lies between 1 metre and 20,000 kilometres", path=[name])
    return metres


def written_point(point: Point) -> dict[str, float]:
    """A place as clients write it."""
    return {"latitude": point.latitude, "longitude": point.longitude}


def written_box(box: Box) -> dict[str, Any]:
    """A box as clients write it."""
    return {"southWest": written_point(box.south_west), "northEast": written_point(box.north_east)}


def _degrees(given: Mapping[str, Any], name: str, most: int) -> float:
    degrees = _number(given, name)
    if abs(degrees) > most:
        raise InvalidInput(f"{name} lies between -{most} and {most}", path=[name])
    return degrees


def _number(given: Mapping[str, Any], name: str) -> float:
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise InvalidInput(f"{name} is a number", path=[name])
    return float(value)

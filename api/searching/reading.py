"""From GraphQL arguments to what is asked: ids, places, values of facets; all that is wrong named by its argument."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.plan.coercion import text
from kernel.errors import InvalidInput
from search.asked import Asked, check, check_text, distinct
from search.facet_values import FILTERS, read_language, read_value
from search.model import Box, Facet, Kind, Point, Range, Sort


@dataclass(frozen=True, slots=True)
class NearArgument:
    """What `near` names: a point, an institution's slug, or the offering that the plan's own statement looks up."""

    point: Point | None = None
    institution: str | None = None
    is_offering: bool = False


def near_argument(given: Mapping[str, Any]) -> NearArgument | None:
    """What `near` says; `InvalidInput` where it is not exactly one thing."""
    value = given.get("near")
    if value is None:
        return None
    named = _only(value, "near")
    if named == "point":
        return NearArgument(_point(value["point"]))
    if named == "institution":
        return NearArgument(institution=text(value["institution"], name="near.institution").lower())
    return NearArgument(is_offering=True)


def read_search(given: Mapping[str, Any], near: Point | None) -> Asked:
    """The arguments of `search`, `near` being found already."""
    filters = given["filters"] or {}
    first, last = filters.get("startsFrom"), filters.get("startsUntil")
    return check(
        Asked(
            text=_text(given["text"]),
            language=_language(given),
            kinds=read_kinds(given["kinds"]),
            filters=_filters(filters),
            starts=Range(first, last) if first is not None or last is not None else None,
            near=near,
            within=_within(given["within"]),
            online_anywhere=given["onlineAnywhere"],
            facets=distinct([Facet(_name(one)) for one in given["facets"] or ()]),
            sort=Sort(_name(given["sort"])),
        )
    )


def read_suggest(given: Mapping[str, Any]) -> Asked:
    """The arguments of `suggest`."""
    asked = Asked(_text(given["text"]), _language(given), read_kinds(given["kinds"]))
    check_text(asked.text)
    return asked


def read_kinds(given: Sequence[Any] | None) -> frozenset[Kind]:
    """The kinds that are asked for; empty: all."""
    return frozenset(Kind(_name(one)) for one in given or ())


def is_federation(given: Mapping[str, Any]) -> bool:
    """Whether what institutions published to each other is searched."""
    return _name(given["scope"]) == "federation"


def _text(value: str | None) -> str:
    return "" if value is None else text(value, name="text").strip()


def _language(given: Mapping[str, Any]) -> str | None:
    return None if given["language"] is None else read_language(given["language"])


def _within(value: Mapping[str, Any] | None) -> float | Box | None:
    if value is None:
        return None
    named = _only(value, "within")
    if named == "box":
        return Box(_point(value["box"]["southWest"]), _point(value["box"]["northEast"]))
    return float(value[named]) * (1_000 if named == "kilometres" else 1)


def _only(value: Mapping[str, Any], argument: str) -> str:
    given = [name for name, member in value.items() if member is not None]
    if len(given) != 1:
        said = ", ".join(given) or "none"
        raise InvalidInput(
            f"{argument}: give exactly one of its members; given: {said}", path=[argument], argument=argument
        )
    return given[0]


def _point(value: Mapping[str, Any]) -> Point:
    return Point(float(value["latitude"]), float(value["longitude"]))


def _filters(given: Mapping[str, Any]) -> dict[Facet, frozenset[str]]:
    return {
        facet: frozenset(_value(facet, one, name) for one in given[name])
        for name, facet in FILTERS.items()
        if given.get(name) is not None
    }


def _value(facet: Facet, value: Any, name: str) -> str:
    said = f"filters.{name}"
    try:
        return read_value(facet, text(_name(value), name=said), name)
    except InvalidInput as error:
        raise InvalidInput(error.message, path=["filters", name], argument=said) from None


def _name(value: Any) -> str:
    """What an enum's value stands for."""
    return str(getattr(value, "value", value))

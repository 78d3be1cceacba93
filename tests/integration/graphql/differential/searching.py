"""Saved searches, synonyms and pinned results in the differential test: rows, columns, and who sees which."""

import json
import random
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from search.tables.readers import saved_searches, search_pin_results, search_pins, search_synonyms
from tests.integration.graphql.differential.kinds import STAMPS, Kind, columns, enum, moment
from tests.integration.graphql.differential.owned import owned
from tests.integration.graphql.differential.rows import Row, Rows, Viewer

Made = list[dict[str, Any]]
_AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
_STAMPS = {"created_at": _AT, "updated_at": _AT}


def rows(tenant: Mapping[str, Any], people: list[int], chance: random.Random) -> list[tuple[Any, Made]]:
    """What `people` saved, and what the institution says about its search; ids of courses, … are those of the others."""
    return [
        (saved_searches, [_saved(tenant, n, people, chance) for n in range(1, 81)]),
        (search_synonyms, [_synonyms(tenant, n, chance) for n in range(1, 13)]),
        (search_pins, [_pin(tenant, n, chance) for n in range(1, 9)]),
        (search_pin_results, [_result(tenant, n, place, chance) for n in range(1, 9) for place in (1, 2, 3)]),
    ]


def _arguments(row: Row, rows: Rows, viewer: Viewer) -> str:
    return _as_jsonb(row["arguments"]["arguments"])


def _as_jsonb(value: Any) -> str:
    """As PostgreSQL writes it: shorter keys first."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda one: (len(one[0].encode()), one[0]))
        return "{" + ", ".join(f"{json.dumps(name)}: {_as_jsonb(one)}" for name, one in members) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_as_jsonb, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _day(name: str) -> Any:
    return lambda row, rows, viewer: row[name] and row[name].isoformat()


SEARCHING_KINDS = (
    Kind(
        "SavedSearch",
        "search",
        "saved_searches",
        {
            **columns(name="name", problem="problem"),
            "text": lambda row, rows, viewer: row["arguments"]["arguments"].get("text"),
            "arguments": _arguments,
            "lookedAt": moment("looked_at"),
            **STAMPS,
        },
        orders={"ID": ("id",)},
        is_ordered=False,
    ),
    Kind(
        "SearchSynonyms",
        "synonyms",
        "search_synonyms",
        {**columns(words="words", language="language"), **STAMPS},
        orders={"ID": ("id",)},
        is_ordered=False,
    ),
    Kind(
        "SearchPin",
        "pin",
        "search_pins",
        {
            **columns(text="text"),
            "match": enum("match"),
            "firstOn": _day("first_on"),
            "lastOn": _day("last_on"),
            **STAMPS,
        },
        lists={"results": ("SearchPinResult", owned("search_pin_results", "pin_id", "place"))},
        orders={"ID": ("id",)},
        is_ordered=False,
    ),
    Kind(
        "SearchPinResult",
        "",
        "search_pin_results",
        {},
        ones={
            "course": ("Course", "course_id"),
            "offering": ("Offering", "offering_id"),
            "orgUnit": ("OrgUnit", "org_unit_id"),
            "user": ("User", "user_id"),
            "post": ("Post", "post_id"),
        },
    ),
)
SEARCHING_ROOTS = {
    "savedSearches": ("SavedSearch", "ID"),
    "searchSynonyms": ("SearchSynonyms", "ID"),
    "searchPins": ("SearchPin", "ID"),
}


def _saved(
    tenant: Mapping[str, Any], number: int, people: list[int], chance: random.Random
) -> dict[str, Any]:
    arguments: dict[str, Any] = chance.choice(
        (
            {"text": 'Äpfel "und" \\ 数学', "kinds": ["COURSE", "POST"], "sort": "START"},
            {"filters": {"level": ["6", "7"], "startsFrom": "2026-04-01"}, "onlineAnywhere": True},
        )
    )
    return {
        **tenant,
        "id": number,
        "user_id": chance.choice(people),
        "name": f"Search “{number}”",
        "arguments": {"v": 1, "arguments": arguments},
        "looked_to": _AT,
        "looked_at": chance.choice((None, _AT)),
        "problem": chance.choice((None, "nobody knows where it is")),
        **_STAMPS,
    }


def _synonyms(tenant: Mapping[str, Any], number: int, chance: random.Random) -> dict[str, Any]:
    language = chance.choice((None, "de", "en"))
    return {**tenant, "id": number, "language": language, "words": ["Äpfel", f"数学{number}"], **_STAMPS}


def _pin(tenant: Mapping[str, Any], number: int, chance: random.Random) -> dict[str, Any]:
    return {
        **tenant,
        "id": number,
        "text": f"First {number}",
        "words": ["first", str(number)],
        "anchor": "first",
        "match": chance.choice(("whole", "words")),
        "first_on": chance.choice((None, date(2026, 1, 1))),
        "last_on": chance.choice((None, date(2026, 2, 1))),
        **_STAMPS,
    }


def _result(tenant: Mapping[str, Any], pin: int, place: int, chance: random.Random) -> dict[str, Any]:
    names = ("course_id", "offering_id", "org_unit_id", "user_id", "post_id")
    of = {"course_id": 45, "offering_id": 80, "user_id": 40, "post_id": 220}
    chosen = chance.choice(tuple(of))
    ids = {**dict.fromkeys(names), chosen: chance.randint(1, of[chosen])}
    return {**tenant, "pin_id": pin, "place": place, **ids}

"""Every field and argument of what the schema has for searching is asked for by the tests beside this one."""

from typing import Any

from api.schema.build import SCHEMA
from api.schema.search import HITS as HIT_TYPES
from tests.integration.graphql.differential.covered import SEARCHED, covered
from tests.integration.search.graphql.conftest import HITS
from tests.integration.search.graphql.test_asking import WHOLE
from tests.integration.search.graphql.test_suggesting import PUBLISHED, SUGGEST

_TYPES = {
    "SearchConnection",
    "SearchEdge",
    "SearchHighlight",
    "SearchHighlightPart",
    "SearchFacetCounts",
    "SearchFacetValue",
    "SearchSuggestion",
}


def test_every_field_and_argument_is_asked_for() -> None:
    asked = {one for text in (HITS, WHOLE, PUBLISHED, SUGGEST) for one in covered(text, {})}
    assert SCHEMA.query_type is not None
    wanted = {
        f"Query.{name}({argument}:)" for name in SEARCHED for argument in SCHEMA.query_type.fields[name].args
    }
    for name in sorted(_TYPES):
        wanted |= {f"{name}.{field}" for field in _type(name).fields}
    for type_ in HIT_TYPES:
        name = type_.__name__
        own = set(_type(name).fields) - {"score", "distance", "highlights"}
        wanted |= {f"{name}.{field}" for field in own}
    wanted |= {f"SearchHit.{field}" for field in ("score", "distance", "highlights")}
    assert sorted(wanted - asked) == []


def _type(name: str) -> Any:
    return SCHEMA.type_map[name]

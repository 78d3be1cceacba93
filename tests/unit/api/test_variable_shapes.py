"""Which requests share a plan: the shape of their variables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLNonNull

from api.limits import MAX_SHAPES
from api.plan.documents import Documents, Operation
from api.plan.plan_cache import PlanCache
from api.plan.planner import Planner
from api.plan.shape import shape
from api.schema.build import ENTITIES, SCHEMA
from kernel.errors import INPUT
from tenants.model import Role, access_of

ADMIN = access_of([Role.TENANT_ADMIN])


def _operation(document: str, planner: Planner | None = None) -> Operation:
    return (planner or Planner(SCHEMA, ENTITIES)).documents.get(document).operation(None)


def _shape(document: str, variables: Mapping[str, Any]) -> object:
    operation = _operation(document)
    return shape(
        operation.shaping,
        operation.coerce(SCHEMA, variables),
        lambda one: ENTITIES.by_prefix(one) is not None,
    )


COURSES = (
    "query($f: CourseFilter, $o: CourseOrder, $n: Int, $a: String) {"
    " courses(filter: $f, orderBy: $o, first: $n, after: $a) { nodes { id } } }"
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"f": {"code": "A"}}, {"f": {"code": "B"}}),
        ({"f": {"status": "ACTIVE"}}, {"f": {"status": "ARCHIVED"}}),
        ({"f": {"orgUnit": "unit_1"}}, {"f": {"orgUnit": "unit_99"}}),
        ({"n": 1}, {"n": 100}),
        ({"a": "x"}, {"a": "y"}),
        ({"f": None}, {}),
        ({"o": {"field": "CODE"}}, {"o": {"field": "CODE", "direction": "ASC"}}),
    ],
)
def test_values_do_not_make_a_shape(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert _shape(COURSES, one) == _shape(COURSES, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"f": {"code": "A"}}, {"f": {"codePrefix": "A"}}),
        ({"f": {"code": "A"}}, {"f": {"code": None}}),
        ({"o": {"field": "CODE"}}, {"o": {"field": "TITLE"}}),
        ({"o": {"field": "CODE"}}, {"o": {"field": "CODE", "direction": "DESC"}}),
        ({"a": "x"}, {}),
    ],
)
def test_what_decides_the_sql_does(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert _shape(COURSES, one) != _shape(COURSES, other)


def test_null_and_absent_differ_where_null_is_refused() -> None:
    document = "query($d: OrderDirection) { courses(orderBy: {field: CODE, direction: $d}) { nodes { id } } }"
    assert _shape(document, {"d": None}) != _shape(document, {})


def test_made_up_kinds_of_ids_are_one_shape() -> None:
    document = "query($i: [ID!]!) { nodes(ids: $i) { id } }"
    shapes = {_shape(document, {"i": [f"{chr(97 + n)}{chr(97 + n)}_{n + 1}"]}) for n in range(20)}
    assert len(shapes) == 1
    assert len({_shape(document, {"i": [text]}) for text in ("a-b", "", "course_0", "5", "É_1")}) == 1
    assert _shape(document, {"i": ["course_1", "user_2"]}) == _shape(
        document, {"i": ["user_7", "course_8"] * 3}
    )


def test_the_input_of_a_mutation_makes_no_shape() -> None:
    document = (
        "mutation($i: UpdateCourseInput!, $l: [String!], $x: Boolean!) { updateCourse(input: $i) {"
        " course { title(languages: $l) { text } code @skip(if: $x) } userErrors { code } } }"
    )
    assert set(_operation(document).shaping) == {"l", "x"}
    inside = (
        "mutation($id: ID!, $c: String) { updateCourse(input: {id: $id, code: $c}) { userErrors { code } } }"
    )
    assert set(_operation(inside).shaping) == set()
    spread = (
        "mutation($i: UpdateCourseInput!, $x: Boolean!) { ...F } fragment F on Mutation {"
        " updateCourse(input: $i) { course { code @include(if: $x) } } }"
    )
    assert set(_operation(spread).shaping) == {"x"}


def test_no_reading_field_has_an_argument_that_shapes_leave_out() -> None:
    for type_ in SCHEMA.type_map.values():
        for name, field in getattr(type_, "fields", {}).items():
            if INPUT in getattr(field, "args", {}):
                assert type_ is SCHEMA.mutation_type, name
    assert SCHEMA.mutation_type is not None
    assert {name for field in SCHEMA.mutation_type.fields.values() for name in field.args} == {INPUT}


def test_every_enum_that_chooses_an_order_is_part_of_the_shape() -> None:
    choosing = set()
    for name, type_ in SCHEMA.type_map.items():
        if name.endswith("Order"):
            for member in type_.fields.values():  # type: ignore[attr-defined]
                enum = member.type.of_type if isinstance(member.type, GraphQLNonNull) else member.type
                assert isinstance(enum, GraphQLEnumType)
                choosing.add(enum.name)
    assert len(choosing) >= 7
    assert all(name.endswith(("OrderField", "OrderDirection")) for name in choosing)


_MEMBERS = {
    "code": "A",
    "codePrefix": "A",
    "orgUnit": "unit_1",
    "language": "de",
    "status": "ACTIVE",
    "updatedSince": "2026-01-01T00:00:00Z",
    "externalId": {"type": "a", "value": "b"},
}


def test_of_one_operation_the_plans_used_last_are_remembered() -> None:
    planner = Planner(SCHEMA, ENTITIES)
    operation = _operation("query($f: CourseFilter) { courses(filter: $f) { totalCount } }", planner)

    def ask(number: int) -> object:
        given = {name: value for bit, (name, value) in enumerate(_MEMBERS.items()) if number >> bit & 1}
        return planner.query(operation, ADMIN, operation.coerce(SCHEMA, {"f": given}))

    plans = [ask(number) for number in range(MAX_SHAPES)]
    student = planner.query(operation, access_of([Role.STUDENT]), {})
    assert ask(0) is plans[0]  # used again: 1 is the oldest now
    ask(MAX_SHAPES)
    assert len(planner) == MAX_SHAPES + 1
    assert ask(0) is plans[0]
    assert ask(1) is not plans[1]
    assert planner.query(operation, access_of([Role.STUDENT]), {}) is student  # another access has its own


def test_members_that_are_null_make_no_shape_of_their_own() -> None:
    document = "query($f: CourseFilter) { courses(filter: $f) { totalCount } }"
    nulls = [{name: None for bit, name in enumerate(_MEMBERS) if number >> bit & 1} for number in range(128)]
    assert {_shape(document, {"f": given}) for given in nulls} == {_shape(document, {"f": {}})}


def test_plans_are_forgotten_by_the_length_of_their_sql() -> None:
    cache = PlanCache(most_characters=10_000)
    for number in range(5):
        cache.put(number, "shape", _Sized(2_000))  # and 1,000 each for itself
    assert [cache.get(number, "shape") is not None for number in range(5)] == [False, False, True, True, True]
    cache.put("too large", "shape", _Sized(20_000))
    assert len(cache) == 0


@dataclass(frozen=True, slots=True)
class _Sized:
    characters: int


def test_documents_are_forgotten_by_their_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.plan.documents.MAX_REMEMBERED_CHARACTERS", 100)
    documents = Documents(SCHEMA)
    sources = [f"{{ courses(first: {number}) {{ nodes {{ id }} }} }}" for number in range(1, 10)]
    kept = [documents.get(source) for source in sources]
    assert len(documents) == 100 // len(sources[0])
    assert documents.get(sources[-1]) is kept[-1]
    assert documents.get(sources[0]) is not kept[0]


def test_a_refused_operation_is_not_remembered() -> None:
    planner = Planner(SCHEMA, ENTITIES)
    operation = _operation('{ users(filter: {handle: "x"}) { nodes { id } } }', planner)
    for _ in range(3):
        with pytest.raises(Exception, match="scopes"):
            planner.query(operation, access_of([], scopes=frozenset()), {})
    assert len(planner) == 0

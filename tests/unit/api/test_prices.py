"""What operations cost: a table of samples, and what holds for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType
from hypothesis import given
from hypothesis import strategies as st

from api.cost.charge import without_cost
from api.cost.price import Price
from api.cost.weights import INTROSPECTED_LISTS, WEIGHTS, price_of_document, price_of_plan
from api.plan.planner import Planner
from api.plan.refusals import FieldRefused
from api.schema.build import ENTITIES, SCHEMA
from tenants.model import Role, access_of

_PLANNER = Planner(SCHEMA, ENTITIES)
_REGISTRAR = access_of([Role.REGISTRAR])


@dataclass(frozen=True)
class _Given:
    """As much of a request as page sizes are looked up in."""

    variables: Mapping[str, Any]


def _price(document: str, variables: Mapping[str, Any] | None = None) -> Price:
    operation = _PLANNER.documents.get(document).operation(None)
    return _PLANNER.priced(operation, operation.coerce(SCHEMA, variables or {}))


def _cost(document: str, variables: Mapping[str, Any] | None = None) -> int:
    return _price(document, variables).of(_Given(variables or {}))


# Whoever changes a weight changes what clients may ask: here it shows.
_SAMPLES: list[tuple[str, dict[str, Any], int]] = [
    ("{ __typename }", {}, 1),
    ("{ tenant { slug name } }", {}, 1),
    ('{ course(id: "course_1") { id code } }', {}, 1),
    ('{ course(id: "course_1") { title { text } orgUnit { name { text } } } }', {}, 4),
    ('{ course(id: "course_1") { credits { value } externalIds { value } } }', {}, 5),
    ("{ courses { nodes { id } } }", {}, 21),
    ("{ courses(first: 50) { nodes { id code title { text } } } }", {}, 101),
    ("{ courses(last: 50) { edges { cursor node { id } } pageInfo { hasNextPage } } }", {}, 51),
    ("{ courses(first: 0) { nodes { id } } }", {}, 1),
    ("query($n: Int) { courses(first: $n) { nodes { id code title { text } } } }", {"n": 50}, 101),
    ("query($n: Int = 7) { courses(first: $n) { nodes { id } } }", {"n": 7}, 8),
    ("query($n: Int) { courses(first: $n) { nodes { id } } }", {"n": None}, 21),
    ("{ courses { totalCount } }", {}, 11),
    ("{ courses { totalCount(exact: true) totalCountIsCapped } }", {}, 111),
    ("query($e: Boolean!) { courses { totalCount(exact: $e) } }", {"e": True}, 101),
    ("{ courses(first: 10) { nodes { offerings(first: 5) { nodes { id } totalCount } } } }", {}, 1 + 10 * (1 + 1 + 5 + 10)),
    (
        "query($a: Int, $b: Int) { courses(first: $a) { nodes { offerings(first: $b) { nodes { id } } } } }",
        {"a": 10, "b": 5},
        1 + 10 * (1 + 1 + 5),
    ),
    ("{ courses { nodes { id @skip(if: true) title @skip(if: true) { text } } } }", {}, 21),
    ("{ a: courses { nodes { id } } b: courses { nodes { id } } }", {}, 42),
    ("{ courses { nodes { ...F ...F } } } fragment F on Course { title { text } }", {}, 41),
    ("query($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": ["course_1", "user_2", "unit_3"]}, 3),
    (
        "query($i: [ID!]!) { nodes(ids: $i) { id ... on OrgUnit { courses(first: 9) { nodes { id } } } } }",
        {"i": ["course_1", "unit_3"]},
        2 * (1 + 1 + 9),
    ),
    ('{ node(id: "unit_3") { ... on OrgUnit { name { text } } ... on User { handle } } }', {}, 2),
    ("query { users(first: 10) { nodes { roles { role } emails { address } } } }", {}, 1 + 10 * 5),
    ("{ enrollments(first: 10) { nodes { waitlistPosition } } }", {}, 21),
    ('{ __type(name: "Course") { name } }', {}, 1),
    ("{ __schema { types { name fields { name } } } }", {}, 26),
    ('mutation { enrol(input: {offeringId: "offering_1"}) { userErrors { code } } }', {}, 10),
    ('mutation { enrol(input: {offeringId: "offering_1"}) { enrollment { id user { handle } } } }', {}, 12),
    ('mutation { signIn(input: {handleOrEmail: "a", password: "b"}) { accessToken } }', {}, 50),
    (
        'mutation { a: enrol(input: {offeringId: "offering_1"}) { enrollment { id } }'
        ' b: enrol(input: {offeringId: "offering_2"}) { enrollment { id } } }',
        {},
        22,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("document", "variables", "points"), _SAMPLES)
def test_what_an_operation_costs(document: str, variables: dict[str, Any], points: int) -> None:
    assert _cost(document, variables) == points


_PAGED = """query($a: Int, $b: Int, $c: Int) {
  courses(first: $a) { totalCount nodes { id title { text } offerings(first: $b) { totalCount edges { cursor node { id
    enrollments(last: $c) { nodes { id user { displayName } } } } } } } }
  users(first: $c) { nodes { roles { role } } } }"""
_SIZE = st.integers(0, 20)


@given(_SIZE, _SIZE, _SIZE, st.sampled_from("abc"), st.integers(0, 10))
def test_a_price_is_positive_and_no_page_gets_cheaper_by_being_larger(
    a: int, b: int, c: int, larger: str, by: int
) -> None:
    sizes = {"a": a, "b": b, "c": c}
    price = _price(_PAGED, sizes)
    cost = price.of(_Given(sizes))
    assert cost >= 1
    assert price.of(_Given(sizes | {larger: sizes[larger] + by})) >= cost


@given(_SIZE, _SIZE, _SIZE)
def test_a_variable_costs_what_the_same_number_costs(a: int, b: int, c: int) -> None:
    constant = _PAGED.partition("{")[2]
    for name, size in (("$a", a), ("$b", b), ("$c", c)):
        constant = constant.replace(name, str(size))
    assert _cost("{" + constant) == _cost(_PAGED, {"a": a, "b": b, "c": c})


def test_the_dearest_field_is_named_with_the_keys_that_lead_to_it() -> None:
    price = _price(
        "{ all: courses(first: 9) { nodes { id } } c: courses(first: 3) { nodes { o: offerings(first: 4) { nodes { id } } } } }"
    )
    assert price.dearest(_Given({})) == ("c.nodes.o.nodes", 12)


def test_a_wrong_page_size_is_named_while_its_price_is_sought() -> None:
    with pytest.raises(FieldRefused, match=r"courses\(first:\) is 101"):
        _price("{ courses(first: 101) { nodes { id } } }")


@pytest.mark.parametrize(
    ("document", "data", "requested", "actual"),
    [
        # an object for each brace but the outermost, and never less than one
        ("{ courses(first: 50) { nodes { id } } }", b'{"courses":{"nodes":[]}}', 51, 1),
        ("{ courses(first: 50) { nodes { id } } }", b'{"courses":{"nodes":[{"id":"a"},{"id":"b"}]}}', 51, 3),
        # what is counted beside the rows stays
        ("{ courses { nodes { id } totalCount } }", b'{"courses":{"nodes":[],"totalCount":0}}', 31, 11),
        # a count for every row cannot be told from the answer
        ("{ courses { nodes { offerings { totalCount } } } }", b'{"courses":{"nodes":[]}}', 241, 241),
        # braces in a text count, up to what was requested
        ('{ course(id: "course_1") { code } }', b'{"course":{"code":"{{{{{{{{"}}', 1, 1),
        ("{ __schema { types { name } } }", b'{"__schema":{"types":[]}}', 6, 6),
    ],
)
def test_what_was_not_needed_shows_in_the_answer(
    document: str, data: bytes, requested: int, actual: int
) -> None:
    price = _price(document)
    assert price.of(_Given({})) == requested
    assert price.actual(requested, data) == actual


def test_of_a_long_answer_parts_are_looked_at() -> None:
    price = _price(
        "{ courses(first: 100) { nodes { id code title { text } offerings(first: 100) { nodes { id } } } } }"
    )
    requested = price.of(_Given({}))
    row = b'{"id":"course_1234567890","code":"ABC","title":{"text":"Some course or other"},"offerings":{"nodes":[]}},'
    actual = price.actual(requested, b'{"courses":{"nodes":[' + row * 100 + b"]}}")
    assert 270 <= actual <= 330  # three objects a row
    full = row.replace(b"[]", b"[" + b'{"id":"offering_1234567890"},' * 100 + b"]")
    assert price.actual(requested, b'{"courses":{"nodes":[' + full * 100 + b"]}}") == pytest.approx(
        requested, rel=0.05
    )


def test_every_declared_weight_is_of_something_in_the_schema() -> None:
    known = set(SCHEMA.type_map)
    for type_ in SCHEMA.type_map.values():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            general = next((end for end in ("Connection", "Edge") if type_.name.endswith(end)), type_.name)
            for name, field in type_.fields.items():
                known |= {f"{general}.{name}", *(f"{general}.{name}({argument}:)" for argument in field.args)}
    assert set(WEIGHTS) <= known
    assert set(INTROSPECTED_LISTS) <= known
    assert all(points >= 0 for points in WEIGHTS.values())


def test_what_is_new_here_costs_more_the_longer_it_is() -> None:
    assert price_of_document(100) < price_of_document(10_000)
    assert price_of_plan(10) < price_of_plan(1_000)


def test_only_our_own_extension_is_cut_off() -> None:
    data = b'{"data":{"extensions":{"cost":1},"a":"\\",\\"extensions\\":{\\"cost\\":"}'
    body = data + b',"extensions":{"cost":{"requested":1,"actual":1,"available":1,"restoreRate":1}}}'
    assert without_cost(body) == data
    assert without_cost(b'{"errors":[]}') == b'{"errors":[]}'

"""How large a document may be: every limit with the value beside it that passes, and how fast the rest is refused."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from graphql import DocumentNode, GraphQLError, get_introspection_query, parse

from api.limits import (
    MAX_ALIASES,
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_DIRECTIVES,
    MAX_DIRECTIVES_OF_A_NODE,
    MAX_FIELDS,
    MAX_FRAGMENTS,
    MAX_MERGES,
    MAX_NODES,
    MAX_OPERATIONS,
    MAX_ROOT_FIELDS,
    MAX_TOKENS,
    MAX_VARIABLES,
    LimitExceeded,
    check_limits,
    check_merges,
)
from api.plan.documents import DocumentRefused, Documents
from api.plan.planner import Planner
from api.schema.build import ENTITIES, SCHEMA
from kernel.errors import ErrorCode
from tenants.model import Role, access_of

_MANY = " ".join(f"a{n}: tenant {{ slug }}" for n in range(MAX_ROOT_FIELDS + 1))
_REGISTRAR = access_of([Role.REGISTRAR])

Check = Callable[[DocumentNode], list[GraphQLError]]


def _times(count: int, text: str) -> str:
    """The text so often; `#` is the number."""
    return " ".join(text.replace("#", str(number)) for number in range(count))


def _nested(levels: int) -> str:
    return "{ currentTerm " + "{ parent " * (levels - 2) + "{ id }" + " }" * (levels - 1)


def _directives(count: int) -> str:
    return f"{{ tenant {{ {_times(count // 2, 'slug @x @x')} {_times(count % 2, 'slug @x')} }} }}"


# What is asked so often, the most that passes, and how the refusal of one more calls it.
_COUNTED: dict[str, tuple[Callable[[int], str], int, Check]] = {
    "operations": (lambda n: _times(n, "query Q# { tenant { slug } }"), MAX_OPERATIONS, check_limits),
    "fragments": (lambda n: _times(n, "fragment F# on Tenant { slug }"), MAX_FRAGMENTS, check_limits),
    "variables": (lambda n: f"query({_times(n, '$v#: Int')}) {{ viewer {{ id }} }}", MAX_VARIABLES, check_limits),
    "directives": (_directives, MAX_DIRECTIVES, check_limits),
    "directives in one place": (
        lambda n: f"{{ viewer {{ id {_times(n, '@x')} }} }}",
        MAX_DIRECTIVES_OF_A_NODE,
        check_limits,
    ),
    "levels of fields": (_nested, MAX_DEPTH, check_limits),
    "root fields": (lambda n: f"{{ {_times(n, 'viewer { id }')} }}", MAX_ROOT_FIELDS, check_limits),
    "aliases": (lambda n: f"{{ viewer {{ {_times(n, 'a#: id')} }} }}", MAX_ALIASES, check_limits),
    "fields": (lambda n: f"{{ viewer {{ {_times(n - 1, 'id')} }} }}", MAX_FIELDS, check_limits),
    # 77 nodes are 2926 pairs, 78 are 3003
    "pairs of fields under one response key": (
        lambda n: f"{{ viewer {{ {_times(77 if n <= MAX_MERGES else 78, 'id')} }} }}",
        MAX_MERGES,
        check_merges,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", _COUNTED)
def test_the_limit_passes_and_one_more_is_refused(what: str) -> None:
    document, most, check = _COUNTED[what]
    assert check(parse(document(most))) == []
    (error,) = check(parse(document(most + 1)))
    asked, _, advice = error.message.partition(": ")
    assert what in asked
    assert f"at most {most} are allowed" in asked
    assert advice


def test_tokens_and_characters_have_limits() -> None:
    documents = Documents(SCHEMA)
    fits = "{ tenant { slug } } " + "#\n" * (MAX_TOKENS - 6)
    assert documents.get(fits).operations
    with pytest.raises(DocumentRefused, match=f"more than {MAX_TOKENS} tokens") as refused:
        documents.get(fits + "#\n")
    assert refused.value.code is ErrorCode.LIMIT_EXCEEDED
    assert documents.get("{ tenant { slug } } #".ljust(MAX_CHARACTERS, "x")).operations
    with pytest.raises(LimitExceeded, match=f"{MAX_CHARACTERS + 1} characters; at most {MAX_CHARACTERS}"):
        documents.get("{ tenant { slug } } #".ljust(MAX_CHARACTERS + 1, "x"))


@pytest.mark.parametrize(
    "document",
    [
        f"{{ {_MANY} }}",
        f"{{ ...F }} fragment F on Query {{ {_MANY} }}",
        f"{{ ... on Query {{ {_MANY} }} }}",
        f"{{ ... {{ ...F }} }} fragment F on Query {{ ...G }} fragment G on Query {{ {_MANY} }}",
        "{ " + " ".join(f"a{n}: __schema {{ __typename }}" for n in range(MAX_ROOT_FIELDS + 1)) + " }",
    ],
)
def test_root_fields_are_counted_wherever_they_stand(document: str) -> None:
    (error,) = check_limits(parse(document))
    assert "root fields" in error.message


def test_fragments_count_as_often_as_they_are_spread() -> None:
    spread = " ".join("...F" for _ in range(60))
    body = " ".join(f"a{n}: slug" for n in range(40))
    errors = check_limits(parse(f"{{ tenant {{ {spread} }} }} fragment F on Tenant {{ {body} }}"))
    assert any(f"at most {MAX_FIELDS} are allowed" in error.message for error in errors)


# Each would take seconds or more if it were validated, spread or compiled as it stands.
_BOMBS = {
    "doubling fragments": "{ ...F0 }"
    + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(90))
    + "fragment F90 on Query { tenant { slug } }",
    "the same object again and again": '{ course(id: "course_1") {' + "orgUnit { id }" * 400 + "} }",
    "the same field again and again": "{ tenant {" + " slug" * 900 + "} }",
    "aliased lists": '{ orgUnit(code: "F") {' + _times(100, "a#: courses { nodes { id } }") + "} }",
    "braces": "{ a " * 1_900 + "}" * 1_900,
    "inline fragments": "{ ... " * 1_900 + "{ __typename }" + "}" * 1_900,
    "brackets": "{ courses(first: " + "[" * 1_900 + "]" * 1_900 + ") { totalCount } }",
    "types": "query($v: " + "[" * 1_900 + "Int" + "]" * 1_900 + ") { tenant { slug } }",
    "operations of fragments": _times(60, "query Q# { ...F }")
    + "fragment F on Query {"
    + _times(400, "a#: __typename")
    + "}",
    "unused fragments": "{ tenant { slug } } fragment F on Query {" + "tenant { slug } " * 500 + "}",
    "comments": "#\n" * 40_000 + "{ tenant { slug } }",
    "types of fields of types": "{ __schema { types "
    + "{ fields { type " * 5
    + "{ name }"
    + "} }" * 5
    + "} }",
}


def _plan(planner: Planner, document: str) -> None:
    planner.query(planner.documents.get(document).operation(None), _REGISTRAR, {})


@pytest.mark.parametrize("bomb", _BOMBS)
def test_a_bomb_is_refused_by_a_limit_before_it_is_validated_or_compiled(bomb: str) -> None:
    planner = Planner(SCHEMA, ENTITIES)
    with pytest.raises((DocumentRefused, LimitExceeded)) as refused:
        _plan(planner, _BOMBS[bomb])
    assert refused.value.code is ErrorCode.LIMIT_EXCEEDED
    assert "at most" in refused.value.message
    assert len(planner) == 0


def test_fragments_that_lead_to_themselves_are_named_before_anything_follows_them() -> None:
    circles = " ".join(f"fragment F{n} on Query {{ {_times(4, '...F#')} }}" for n in range(4))
    with pytest.raises(DocumentRefused, match="Cannot spread fragment 'F0' within itself") as refused:
        Documents(SCHEMA).get(f"{{ ...F0 }} {circles}")
    assert refused.value.code is ErrorCode.GRAPHQL_VALIDATION_FAILED


def test_an_operation_has_so_many_lists_and_no_more() -> None:
    planner = Planner(SCHEMA, ENTITIES)

    def ask(lists: int) -> None:
        document = '{ orgUnit(code: "F") {' + _times(lists, "a#: courses { nodes { id } }") + "} }"
        _plan(planner, document)

    ask(19)
    with pytest.raises(LimitExceeded, match="a list counting as 40 or 24"):
        ask(20)


def test_the_standard_introspection_passes_and_two_of_it_do_not() -> None:
    planner = Planner(SCHEMA, ENTITIES)
    everything = get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    )
    _plan(planner, everything)
    twice = everything.replace("__schema", "other: __schema", 1)
    twice = everything.replace("query IntrospectionQuery {", twice.partition("fragment")[0].rstrip()[:-1], 1)
    with pytest.raises(LimitExceeded, match="fields of the schema itself"):
        _plan(planner, twice)


def test_the_page_sizes_of_variables_allow_so_many_rows_and_no_more() -> None:
    planner = Planner(SCHEMA, ENTITIES)
    document = """query($n: Int) { courses(first: 100) { nodes { offerings(first: 100) {
      nodes { enrollments(first: $n) { nodes { id } } } } } } }"""
    operation = planner.documents.get(document).operation(None)
    price = planner.query(operation, _REGISTRAR, {"n": 3}).price
    assert price.of(_Given({"n": 3})) > 0  # 100 + 10,000 + 30,000 rows
    with pytest.raises(LimitExceeded, match=f"50100 rows in one answer; at most {MAX_NODES}"):
        price.of(_Given({"n": 4}))


@dataclass(frozen=True)
class _Given:
    """As much of a request as page sizes are looked up in."""

    variables: dict[str, int]


def test_a_document_that_is_mostly_text_is_not_remembered() -> None:
    documents = Documents(SCHEMA)
    with pytest.raises(LimitExceeded) as refused:
        documents.get("{ tenant { slug } } #" + "x" * MAX_CHARACTERS)
    assert refused.value.code is ErrorCode.LIMIT_EXCEEDED
    assert len(documents) == 0


def test_a_document_is_parsed_once_and_a_refused_one_is_not_kept() -> None:
    documents = Documents(SCHEMA)
    first = documents.get("{ tenant { slug } }")
    assert documents.get("{ tenant { slug } }") is first
    for wrong in ("{ tenant { colour } }", "{ tenant {", "subscription { tenant { slug } }"):
        with pytest.raises(DocumentRefused):
            documents.get(wrong)
    assert len(documents) == 1

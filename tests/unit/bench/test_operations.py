"""The kept operations are valid and ask for what their cases are named after."""

from pathlib import Path

import pytest
from graphql import FieldNode, GraphQLSchema, SelectionSetNode, build_schema, parse, validate
from graphql.language.ast import OperationDefinitionNode

from bench.cases import CASES, OPERATIONS, Case
from bench.peer_servers import PEERS
from bench.targets import ENROL

_SCHEMA = Path(__file__).parents[3] / "api" / "schema.graphql"


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(_SCHEMA.read_text())


def test_every_operation_has_a_case() -> None:
    assert {path.stem for path in OPERATIONS.glob("*.graphql")} == {*(case.name for case in CASES), ENROL}


def test_a_peer_with_a_spelling_of_its_own_has_one_for_every_case() -> None:
    for folder in (path for path in OPERATIONS.iterdir() if path.is_dir()):
        assert folder.name in PEERS
        assert {path.stem for path in folder.iterdir()} == {case.name for case in CASES}


def test_enrol_is_valid_for_the_printed_schema(schema: GraphQLSchema) -> None:
    assert validate(schema, parse((OPERATIONS / f"{ENROL}.graphql").read_text())) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_operation_is_valid_for_the_printed_schema(case: Case, schema: GraphQLSchema) -> None:
    assert validate(schema, parse(case.document)) == []


@pytest.mark.parametrize(
    ("name", "path"), [("course_by_id", ["course"]), ("fifty_courses", ["courses", "nodes"])]
)
def test_course_is_asked_for_six_fields(name: str, path: list[str]) -> None:
    document = parse(next(case.document for case in CASES if case.name == name))
    definition = document.definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    selected = definition.selection_set
    for field in path:
        selected = _selection(selected, field)
    assert len(selected.selections) == 6


def _selection(selected: SelectionSetNode, name: str) -> SelectionSetNode:
    for field in selected.selections:
        if isinstance(field, FieldNode) and field.name.value == name:
            assert field.selection_set is not None
            return field.selection_set
    raise AssertionError(f"{name} is not selected")

"""What a document may cost before anything is compiled for it."""

import pytest
from graphql import parse

from api.limits import MAX_CHARACTERS, MAX_FIELDS, MAX_ROOT_FIELDS, check_limits
from api.plan.documents import DocumentRefused, Documents
from api.schema.build import SCHEMA
from kernel.errors import ErrorCode

_MANY = " ".join(f"a{n}: tenant {{ slug }}" for n in range(MAX_ROOT_FIELDS + 1))


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


def test_as_many_root_fields_as_allowed_pass() -> None:
    fields = " ".join(f"a{n}: tenant {{ slug }}" for n in range(MAX_ROOT_FIELDS))
    assert check_limits(parse(f"{{ {fields} }}")) == []


def test_fragments_count_as_often_as_they_are_spread() -> None:
    spread = " ".join("...F" for _ in range(60))
    body = " ".join(f"a{n}: slug" for n in range(40))
    errors = check_limits(parse(f"{{ tenant {{ {spread} }} }} fragment F on Tenant {{ {body} }}"))
    assert [str(MAX_FIELDS) in error.message for error in errors] == [True]


def test_a_document_that_is_mostly_text_is_not_remembered() -> None:
    documents = Documents(SCHEMA)
    with pytest.raises(DocumentRefused) as refused:
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

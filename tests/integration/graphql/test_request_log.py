"""Who is told a request id by somebody finds the request in the log."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from kernel.telemetry import configure_logging
from tests.world import Answer, World


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What a process logs at its usual level."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    configure_logging(level="info", as_json=True, stream=stream)
    try:
        yield stream
    finally:
        structlog.reset_defaults()
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.captureWarnings(False)


def _lines(log: io.StringIO, answer: Answer) -> list[Any]:
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    return [line for line in lines if line.get("request_id") == answer.headers["x-request-id"]]


LONG = "L" * 70
REFUSED = [
    ("query Wrong { courses(first: 101) { totalCount } }", "query", "Wrong", ["BAD_USER_INPUT"]),
    ("{ courses { colour } }", "unknown", None, ["GRAPHQL_VALIDATION_FAILED"]),
    (f"query {LONG} {{ courses(first: 101) {{ totalCount }} }}", "query", LONG[:64], ["BAD_USER_INPUT"]),
    (
        'mutation Gone { archiveCourse(input: {id: "course_5"}) { userErrors { code } } }',
        "mutation",
        "Gone",
        ["NOT_FOUND"],
    ),
]


@pytest.mark.parametrize(("document", "kind", "name", "codes"), REFUSED)
async def test_a_request_with_errors_has_one_line(
    world: World, log: io.StringIO, document: str, kind: str, name: str | None, codes: list[str]
) -> None:
    answer = await world.ask(document)
    (line,) = _lines(log, answer)
    assert (line["event"], line["level"], line["tenant"]) == ("refused", "info", "alpha")
    assert (line["kind"], line.get("operation"), line["codes"]) == (kind, name, codes)
    assert line["duration_ms"] >= 0
    known = {"event", "level", "logger", "timestamp", "request_id", "tenant", "kind", "operation"}
    assert set(line) <= known | {"codes", "duration_ms"}


async def test_a_request_without_errors_has_none(world: World, log: io.StringIO) -> None:
    assert _lines(log, await world.ask("{ courses { totalCount } }")) == []


async def test_a_caller_who_is_refused_and_a_refusal_of_http_are_found_too(
    world: World, log: io.StringIO
) -> None:
    (line,) = _lines(log, await world.ask("{ viewer { id } }", token="nonsense"))
    assert (line["codes"], line["status"]) == (["UNAUTHENTICATED"], 401)
    refused = await world.request("POST", "/graphql", body=b"{}", headers={"content-type": "text/plain"})
    (line,) = _lines(log, refused)
    assert (line["codes"], line["status"]) == (["BAD_REQUEST"], 415)
    unnamed = await world.request("POST", "/graphql", body=b"{}")
    assert "names no content type" in unnamed.json["errors"][0]["message"]


async def test_what_is_no_name_is_not_logged(world: World, log: io.StringIO) -> None:
    body = json.dumps({"query": "query A { tenant { slug } }", "operationName": "ada@example.org"}).encode()
    headers = {"content-type": "application/json", "fediflow-tenant": "alpha"}
    answer = await world.request("POST", "/graphql", body=body, headers=headers)
    (line,) = _lines(log, answer)
    assert line["codes"] == ["BAD_REQUEST"]
    assert "operation" not in line
    assert "ada@" not in log.getvalue()

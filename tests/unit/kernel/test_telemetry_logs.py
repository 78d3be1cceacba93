"""The log: one format for everything, what belongs to a request on each line, and nobody's data."""

import asyncio
import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
import structlog
from structlog.contextvars import bound_contextvars, clear_contextvars

from kernel.errors import InvalidInput, Unavailable
from kernel.plainly import describe, said
from kernel.telemetry import configure_logging
from migrations.schema import LOADED
from tenants.registry import Registry

ALICE = "alice.liddell@example.edu"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The process's log as JSON, masked as the product masks it; everything as before at the end."""
    assert LOADED
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level, structure = root.handlers[:], root.level, structlog.get_config()
    clear_contextvars()  # requests of other tests ran in this context
    configure_logging(mask=Registry().mask, stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**structure)
    logging.captureWarnings(False)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_line_carries_request_and_tenant_only_inside_the_request(log: io.StringIO) -> None:
    logger = structlog.get_logger("api.test")
    with bound_contextvars(request_id="r1"), bound_contextvars(tenant="uni-a"):
        logger.info("inside", shard="one")
    logger.info("outside")
    inside, outside = lines(log)
    assert (
        inside.items() >= {"event": "inside", "request_id": "r1", "tenant": "uni-a", "shard": "one"}.items()
    )
    assert inside.items() >= {"level": "info", "logger": "api.test"}.items()
    assert "request_id" not in outside
    assert "tenant" not in outside


def test_what_libraries_say_comes_in_the_same_form(log: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("%s happened", "something")
    logging.getLogger("sqlalchemy.engine.Engine").info("select 1")
    warnings.showwarning("old", DeprecationWarning, "file.py", 1)
    first, second = lines(log)
    assert (
        first.items()
        >= {"event": "something happened", "logger": "uvicorn.error", "level": "warning"}.items()
    )
    assert second["logger"] == "py.warnings"


def test_levels_below_the_configured_one_are_silent(log: io.StringIO) -> None:
    structlog.get_logger("x").debug("nothing")
    assert lines(log) == []


def test_values_of_hidden_columns_are_masked_at_any_depth(log: io.StringIO) -> None:
    structlog.get_logger("x").info(
        "created",
        display_name=ALICE,
        user_id="7",
        row={"address": ALICE, "inner": [{"password_hash": ALICE}]},
    )
    assert ALICE not in log.getvalue()
    (line,) = lines(log)
    assert line["user_id"] == "7"


def test_the_message_of_an_unexpected_error_is_not_repeated(log: io.StringIO) -> None:
    try:
        try:
            raise LookupError(ALICE)
        except LookupError as error:
            raise ValueError(f"no {ALICE}") from error
    except ValueError:
        structlog.get_logger("x").error("failed", exc_info=True)
        logging.getLogger("y").exception("failed")
    assert ALICE not in log.getvalue()
    for line in lines(log):
        assert line["exception"].startswith("ValueError\n")
        assert "caused by\nLookupError\n" in line["exception"]
        assert "test_telemetry_logs.py" in line["exception"]


async def test_a_task_that_nobody_awaited_tells_no_message(log: io.StringIO) -> None:
    async def fail() -> None:
        raise ValueError(ALICE)

    task = asyncio.ensure_future(fail())
    await asyncio.wait([task])
    asyncio.get_running_loop().call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": task.exception(), "future": task}
    )
    assert ALICE not in log.getvalue()
    # what other tests left at work in this loop may also say something
    (line,) = [one for one in lines(log) if one["event"] == "Task exception was never retrieved"]
    assert "ValueError" in line["exception"]


def test_a_database_error_is_named_by_state_and_constraint() -> None:
    error = asyncpg.PostgresError.new(
        {
            "C": "23505",
            "M": "duplicate key value violates unique constraint",
            "D": f"Key (tenant_id, address_key)=(1, {ALICE}) already exists.",
            "t": "user_emails",
            "n": "user_emails_address_key_key",
        }
    )
    assert ALICE in str(error)
    assert said(error) == (
        "UniqueViolationError sqlstate=23505 table_name=user_emails constraint_name=user_emails_address_key_key"
    )


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (Unavailable("the directory does not answer"), "Unavailable: the directory does not answer"),
        (InvalidInput(f"{ALICE} is taken"), "InvalidInput"),
        (
            FileNotFoundError(2, "No such file or directory", ALICE),
            "FileNotFoundError: No such file or directory",
        ),
        (TypeError("f() takes no argument"), "TypeError: f() takes no argument"),
        (KeyError(ALICE), "KeyError"),
    ],
)
def test_only_what_cannot_hold_somebodys_data_is_said(error: Exception, sentence: str) -> None:
    assert said(error) == sentence


def test_a_group_of_errors_is_told_whole() -> None:
    group = ExceptionGroup("several", [KeyError("a"), Unavailable("b")])
    assert describe(group).splitlines() == [
        "ExceptionGroup",
        "containing",
        "KeyError",
        "containing",
        "Unavailable: b",
    ]


def test_errors_that_cause_each_other_end() -> None:
    one, two = ValueError(), KeyError()
    one.__cause__, two.__cause__ = two, one
    assert describe(one).splitlines() == ["ValueError", "caused by", "KeyError"]

"""How commands end: a code for each kind of failure, and sentences that hold nobody's data."""

import json

import asyncpg
import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy.exc import IntegrityError, OperationalError

from fediflow.exits import ExitCode, end_with, explain
from kernel.errors import FediflowError, InvalidInput, Unavailable
from kernel.settings import InvalidSettings, MissingSetting
from tenants.model import Forbidden, NotFound

ALICE = "alice.liddell@example.edu"


def driver_error(sqlstate: str, message: str) -> asyncpg.PostgresError:
    return asyncpg.PostgresError.new(
        {"C": sqlstate, "M": message, "D": f"Key (handle)=({ALICE})", "n": "users_key"}
    )


def wrapped(error: BaseException) -> IntegrityError:
    outer = IntegrityError(
        "insert into users values (:handle)", {"handle": ALICE}, Exception(), hide_parameters=True
    )
    assert isinstance(outer.orig, Exception)
    outer.orig.__cause__ = error
    return outer


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (InvalidInput("a slug has 3 signs"), ExitCode.USAGE, "a slug has 3 signs"),
        (InvalidSettings(["one", "two"]), ExitCode.USAGE, "one\ntwo"),
        (NotFound("there is no tenant"), ExitCode.NOT_FOUND, "there is no tenant"),
        (Forbidden("you may not"), ExitCode.REFUSED, "you may not"),
        (Unavailable("it is away"), ExitCode.UNAVAILABLE, "it is away"),
        (ExceptionGroup("g", [Unavailable("it is away")]), ExitCode.UNAVAILABLE, "it is away"),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED, "interrupted"),
        (
            driver_error("28P01", "password authentication failed"),
            ExitCode.UNAVAILABLE,
            "the database refuses: pass",
        ),
        (
            driver_error("42501", "permission denied for table users"),
            ExitCode.REFUSED,
            "permission denied for table",
        ),
        (
            wrapped(driver_error("23505", "duplicate key")),
            ExitCode.FAILED,
            "the database failed: UniqueViolationError",
        ),
        (
            OperationalError("select", {}, Exception(ALICE)),
            ExitCode.UNAVAILABLE,
            "could not be used: Operational",
        ),
        (RedisConnectionError(ALICE), ExitCode.UNAVAILABLE, "could not be used: ConnectionError"),
        (
            FileNotFoundError(2, "No such file", ALICE),
            ExitCode.UNAVAILABLE,
            "FileNotFoundError: No such file",
        ),
        (ValueError(ALICE), ExitCode.FAILED, "this is a defect of FediFlow, please report it:\nValueError"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_every_failure_has_its_code_and_a_sentence_without_data(
    error: BaseException, code: ExitCode, sentence: str
) -> None:
    found, said = explain(error)
    assert (found, sentence in said) == (code, True), said
    assert ALICE not in said


def test_a_program_reads_an_error_as_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        end_with(NotFound("there is no tenant 'Zürich'"), as_json=True)
    assert ended.value.code == ExitCode.NOT_FOUND
    out, line = capsys.readouterr()
    assert (out, line.count("\n")) == ("", 1)
    assert json.loads(line) == {"error": {"code": "NOT_FOUND", "message": "there is no tenant 'Zürich'"}}


def test_a_missing_password_says_where_a_running_demo_keeps_its_own() -> None:
    code, sentence = explain(MissingSetting("FEDIFLOW_WORKER_PASSWORD is not set"))
    assert code == ExitCode.USAGE
    assert "--config DIR/fediflow.toml" in sentence


def test_what_a_failure_says_goes_to_standard_error_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        end_with(FediflowError("it could not be done"))
    assert ended.value.code == ExitCode.USAGE
    assert capsys.readouterr() == ("", "it could not be done\n")

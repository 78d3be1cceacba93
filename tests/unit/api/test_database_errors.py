"""What a client is told of trouble in the database."""

import asyncpg
import pytest

from api.errors import as_answers


@pytest.mark.parametrize(
    ("error", "code", "word"),
    [
        (asyncpg.DiskFullError("could not extend file"), "UNAVAILABLE", "room"),
        (asyncpg.TooManyConnectionsError("sorry"), "UNAVAILABLE", "busy"),
        (asyncpg.AdminShutdownError("terminating"), "UNAVAILABLE", "does not answer"),
        (asyncpg.ConnectionDoesNotExistError("closed"), "UNAVAILABLE", "does not answer"),
        (asyncpg.QueryCanceledError("statement timeout"), "TIMEOUT", "longer"),
        (asyncpg.LockNotAvailableError("lock timeout"), "TIMEOUT", "somebody else"),
        (asyncpg.SerializationError("could not serialize"), "CONFLICT", "somebody else"),
        (asyncpg.UniqueViolationError("Key (email)=(a@b.c) exists"), "INTERNAL", "request id"),
    ],
)
def test_trouble_in_the_database_has_a_code_and_says_nothing_of_rows(
    error: Exception, code: str, word: str
) -> None:
    (answer,) = as_answers(error, "r1")
    assert answer["extensions"] == {"code": code, "requestId": "r1"}
    assert word in answer["message"]
    assert str(error) not in answer["message"]

"""How requests fail for reasons of the way there, and which failures are worth a second try."""

import asyncpg
from asyncpg import exceptions

from kernel.errors import Unavailable

STALE_STATEMENT = (
    exceptions.InvalidCachedStatementError,  # its result has another type since the schema changed
    exceptions.InvalidSQLStatementNameError,
    exceptions.DuplicatePreparedStatementError,
)
"""What a prepared statement can fail with although its SQL is right: prepared anew, it works."""


class Unanswered(Unavailable):
    """The connection was lost before the server turned to this request."""


def cause(error: BaseException) -> str:
    """Why a connection failed, in words: an operating system's or a server's own. Neither names a password."""
    if isinstance(error, asyncpg.PostgresError):
        return str(error.args[0])
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error) or type(error).__name__

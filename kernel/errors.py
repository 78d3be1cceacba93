"""The closed family of errors that FediFlow raises on purpose.

Every error has a code out of `ErrorCode` (what a client may branch on), a sentence for a person, and `details` that
name what was wrong and where. Anything else that is raised is a defect: the edge masks it as `INTERNAL` and logs it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum

# What every mutation calls its one argument, and so the first member of a whole path.
INPUT = "input"


class ErrorCode(StrEnum):
    """The closed set of `extensions.code` values."""

    BAD_REQUEST = "BAD_REQUEST"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    DOCUMENT_NOT_PUBLISHED = "DOCUMENT_NOT_PUBLISHED"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    RATE_LIMITED = "RATE_LIMITED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    TENANT_REQUIRED = "TENANT_REQUIRED"
    TENANT_MISMATCH = "TENANT_MISMATCH"
    TENANT_SUSPENDED = "TENANT_SUSPENDED"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    ROLLED_BACK = "ROLLED_BACK"
    UNAVAILABLE = "UNAVAILABLE"
    TIMEOUT = "TIMEOUT"
    INTERNAL = "INTERNAL"


class FediflowError(Exception):
    """Something could not be done, for a reason that the caller may know."""

    code: ErrorCode = ErrorCode.BAD_REQUEST

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, object] = details


class Unavailable(FediflowError):
    """A server that is needed does not answer; the same request may succeed later."""

    code = ErrorCode.UNAVAILABLE


class InvalidInput(FediflowError):
    """A value breaks a rule; `details` carry `path` (where) and, where it helps, `value` (what).

    A path that begins with "input" is whole; any other one is seen from where the value stands, see `below`.
    """

    code = ErrorCode.BAD_USER_INPUT


def path_of(error: FediflowError) -> list[str | int]:
    """The members that lead to what is to blame, as far as the error knows them; empty where it knows none."""
    path = error.details.get("path")
    if isinstance(path, list | tuple):
        return list(path)
    return [path] if isinstance(path, str) else []


@contextmanager
def below(*place: str | int) -> Iterator[None]:
    """What is refused inside lies below `place`: that comes before its path, unless the path is whole already."""
    try:
        yield
    except InvalidInput as error:
        path = path_of(error)
        if path[:1] != [INPUT]:
            error.details = {**error.details, "path": [*place, *path]}
        raise

"""The closed family of errors that FediFlow raises on purpose.

Every error has a code out of `ErrorCode` (what a client may branch on), a sentence for a person, and `details` that
name what was wrong and where. Anything else that is raised is a defect: the edge masks it as `INTERNAL` and logs it.
"""

from collections.abc import Mapping
from enum import StrEnum


class ErrorCode(StrEnum):
    """The closed set of `extensions.code` values."""

    BAD_REQUEST = "BAD_REQUEST"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
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
    """A value breaks a rule; `details` carry `path` (where) and, where it helps, `value` (what)."""

    code = ErrorCode.BAD_USER_INPUT

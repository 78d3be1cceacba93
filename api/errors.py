"""Errors as GraphQL answers them: a code out of the closed set, the path, the request's id; the unexpected is masked.

What the caller's scopes do not reach is refused before any SQL, with one error per field and its path. Somebody who is
signed in gets `FORBIDDEN` (403): they are known, and this token will never do. Somebody who is not gets
`UNAUTHENTICATED` (401, with `WWW-Authenticate`): signing in may help, and a client takes it as the sign to ask for that.
What merely cannot be seen is no error: it does not exist.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import orjson
import structlog
from graphql import GraphQLError, SourceLocation
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.plan.denials import OperationDenied
from api.plan.documents import DocumentRefused
from api.plan.refusals import FieldRefused
from api.plan.selection import Selected
from kernel.crypto.sealing import SealedError
from kernel.errors import ErrorCode, FediflowError
from search.engine import NoIndex

_log = structlog.get_logger("api.errors")

MASKED = "something went wrong here; give this request id to the people who run this service"
_NO_SEARCH = "search does not answer: try again in a moment; everything else works"
_NO_INDEX = "the index of search is being built: try again in a few minutes; everything else works"
_NO_ANSWER = "the database does not answer: try again in a moment"
# SQLSTATE -> what it means to a client.
_SQLSTATES = {
    # raised by the database's own function `refuse_attribute`
    "FF001": (
        ErrorCode.BAD_USER_INPUT,
        "the filter `attribute` names a field that is not declared for this type, not declared filterable, "
        "or not yours to read: see `attributeDefinitions`",
    ),
    "57014": (ErrorCode.TIMEOUT, "the answer took longer than this service allows: ask for less at once"),
    "55P03": (ErrorCode.TIMEOUT, "somebody else is changing the same thing: try again"),
    "40001": (ErrorCode.CONFLICT, "somebody else changed the same thing at the same moment: try again"),
    "40P01": (ErrorCode.CONFLICT, "somebody else changed the same thing at the same moment: try again"),
    "53100": (ErrorCode.UNAVAILABLE, "the database has no room for more, and nothing was changed"),
    "53300": (ErrorCode.UNAVAILABLE, "the database is busy: try again in a moment"),
    "54001": (ErrorCode.LIMIT_EXCEEDED, "the operation is nested too deeply for the database: ask for less"),
    "57P01": (ErrorCode.UNAVAILABLE, _NO_ANSWER),
    "57P02": (ErrorCode.UNAVAILABLE, _NO_ANSWER),
    "57P03": (ErrorCode.UNAVAILABLE, _NO_ANSWER),
}
_CONNECTION_LOST = "08"  # the class of every SQLSTATE about the connection


def sqlstate(error: BaseException) -> str | None:
    """The SQLSTATE of a database error, of the driver's or of SQLAlchemy's making."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    for one in (origin, getattr(origin, "__cause__", None)):
        state = getattr(one, "sqlstate", None) or getattr(one, "pgcode", None)
        if isinstance(state, str):
            return state
    return None


def as_answers(error: BaseException, request_id: str) -> list[dict[str, Any]]:
    """The entries of `errors` that tell a client about this error."""
    if isinstance(error, OperationDenied):
        code = ErrorCode.FORBIDDEN if error.is_signed_in else ErrorCode.UNAUTHENTICATED
        advice = "" if error.is_signed_in else "sign in first: "
        return [
            _entry(
                code,
                f"{advice}{denial.type_name} needs the scope {denial.scope}",
                request_id,
                path=denial.path,
                details={"scope": denial.scope},
            )
            for denial in error.denials
        ]
    if isinstance(error, DocumentRefused):
        return [_of_graphql(one, error.code, request_id) for one in error.errors]
    if isinstance(error, SealedError):  # which key is lost is the operator's to know
        _log.error("encrypted values cannot be used", why=error.message)
        return [_entry(error.code, MASKED, request_id)]
    if isinstance(error, FediflowError):
        return [_of_fediflow(error, request_id)]
    state = sqlstate(error) or ""
    known = _SQLSTATES.get(state)
    if known is not None:
        return [_entry(known[0], known[1], request_id)]
    if state.startswith(_CONNECTION_LOST) or isinstance(error, OSError | TimeoutError | PoolTimeout):
        _log.warning("unavailable", error=type(error).__name__)
        return [_entry(ErrorCode.UNAVAILABLE, _NO_ANSWER, request_id)]
    _log.error("unexpected", exc_info=error)
    return [_entry(ErrorCode.INTERNAL, MASKED, request_id)]


def of_field(error: FediflowError, field: Selected, request_id: str) -> dict[str, Any]:
    """The entry for a field that alone could not be answered, and is null."""
    message = _NO_INDEX if isinstance(error, NoIndex) else _NO_SEARCH
    return _entry(error.code, message, request_id, path=field.path, locations=_locations(field.locations))


def beside(body: bytes, errors: Sequence[Mapping[str, Any]]) -> bytes:
    """An answer that has data, with errors before it (GraphQL, section 7.1: they come first where there are any)."""
    return b'{"errors":%b,%b' % (orjson.dumps(errors), body[1:])


def codes_of(answers: Sequence[Mapping[str, Any]]) -> list[ErrorCode]:
    """The codes of such entries."""
    return [ErrorCode(answer["extensions"]["code"]) for answer in answers]


def seconds_to_wait(answers: Sequence[Mapping[str, Any]]) -> int:
    """When the same request is worth another try, where the answers know; else 0."""
    return max((int(answer["extensions"].get("retryAfter", 0)) for answer in answers), default=0)


def _of_fediflow(error: FediflowError, request_id: str) -> dict[str, Any]:
    details = dict(error.details)
    if isinstance(error, FieldRefused):
        locations = _locations(error.locations)
        return _entry(
            error.code, error.message, request_id, path=error.path, locations=locations, details=details
        )
    path = details.pop("path", None)
    return _entry(
        error.code, error.message, request_id, details=details | ({"inputPath": path} if path else {})
    )


def _of_graphql(error: GraphQLError, code: ErrorCode, request_id: str) -> dict[str, Any]:
    locations = _locations(error.locations or ())
    return _entry(code, error.message, request_id, path=error.path, locations=locations)


def _locations(places: Sequence[SourceLocation]) -> list[dict[str, int]]:
    return [{"line": at.line, "column": at.column} for at in places]


def _entry(
    code: ErrorCode,
    message: str,
    request_id: str,
    *,
    path: Sequence[Any] | None = None,
    locations: Sequence[Mapping[str, int]] = (),
    details: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    entry: dict[str, Any] = {"message": message}
    if locations:
        entry["locations"] = list(locations)
    if path:
        entry["path"] = list(path)
    entry["extensions"] = {"code": str(code), "requestId": request_id, **_plain(details)}
    return entry


def _plain(details: Mapping[str, Any]) -> dict[str, Any]:
    return {_camel(name): value for name, value in details.items()}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)

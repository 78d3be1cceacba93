"""GraphQL over HTTP: what a request says, and which media type and status its answer has.

Source: GraphQL over HTTP, stage 2 draft, sections 4 to 6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from api.http.messages import HttpRefused, Request
from kernel.errors import ErrorCode

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
# Errors that mean the operation was not run at all.
NOT_RUN = 400
_STATUS = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.TENANT_MISMATCH: 401,
    ErrorCode.TENANT_SUSPENDED: 403,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.TIMEOUT: 504,
    ErrorCode.INTERNAL: 500,
}


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """The parameters of one request."""

    query: str
    operation_name: str | None
    variables: Mapping[str, Any]
    is_get: bool


def media_type(accept: str | None) -> str:
    """The answer's media type for an Accept header; `HttpRefused` 406 where neither form is accepted."""
    if accept is None:
        return JSON
    weighted = []
    for position, item in enumerate(accept.split(",")):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        quality = _quality(parameters)
        found = {JSON: JSON, GRAPHQL_JSON: GRAPHQL_JSON, "*/*": JSON, "application/*": JSON}.get(name)
        if found is not None and quality > 0 and _charset(parameters) in (None, "utf-8", "utf8"):
            weighted.append((-quality, position, found))
    if not weighted:
        raise HttpRefused(
            406,
            ErrorCode.BAD_REQUEST,
            f"this endpoint answers {GRAPHQL_JSON} or {JSON}, and accepts neither other",
        )
    return min(weighted)[2]


def parameters_of(request: Request) -> GraphQLRequest:
    """What is asked, by GET or POST; `HttpRefused` says what is wrong with it."""
    if request.method == "GET":
        variables = (
            _json(request.query["variables"].encode(), "variables") if "variables" in request.query else None
        )
        extensions = (
            _json(request.query["extensions"].encode(), "extensions")
            if "extensions" in request.query
            else None
        )
        given: Any = {
            "query": request.query.get("query"),
            "operationName": request.query.get("operationName") or None,
            "variables": variables,
            "extensions": extensions,
        }
    elif request.method == "POST":
        _check_content_type(request.header("content-type"))
        given = _json(request.body, "the body")
    else:
        raise HttpRefused(
            405,
            ErrorCode.BAD_REQUEST,
            f"{request.method} is not supported; use POST or GET",
            [(b"allow", b"GET, POST")],
        )
    return _checked(given, is_get=request.method == "GET")


def status_for(media: str, codes: list[ErrorCode], *, has_data: bool) -> int:
    """The HTTP status: with `application/json` 200 for everything that GraphQL itself answers."""
    if has_data or not codes:
        return 200
    status = _STATUS.get(codes[0], NOT_RUN)
    if media == JSON and status == NOT_RUN and codes[0] is not ErrorCode.BAD_REQUEST:
        return 200
    return status


def _checked(given: Any, *, is_get: bool) -> GraphQLRequest:
    if not isinstance(given, dict):
        raise _bad("the body is not a JSON object")
    query, name = given.get("query"), given.get("operationName")
    variables, extensions = given.get("variables"), given.get("extensions")
    if not isinstance(query, str) or not query:
        raise _bad("the parameter `query` is missing or not a string")
    if name is not None and not isinstance(name, str):
        raise _bad("the parameter `operationName` is not a string")
    if variables is not None and not isinstance(variables, dict):
        raise _bad("the parameter `variables` is not an object")
    if extensions is not None and not isinstance(extensions, dict):
        raise _bad("the parameter `extensions` is not an object")
    return GraphQLRequest(query, name, variables or {}, is_get)


def _check_content_type(content_type: str | None) -> None:
    name, *parameters = (part.strip().lower() for part in (content_type or "").split(";"))
    if name != JSON or _charset(parameters) not in (None, "utf-8", "utf8"):
        raise HttpRefused(
            415,
            ErrorCode.BAD_REQUEST,
            f"{_named(content_type)}; post application/json in UTF-8",
        )


def _named(content_type: str | None) -> str:
    return f"the content type is {content_type!r}" if content_type else "the request names no content type"


def _json(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _bad(f"{what} is not JSON in UTF-8: {error}") from None


def _bad(message: str) -> HttpRefused:
    return HttpRefused(400, ErrorCode.BAD_REQUEST, message)


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def _charset(parameters: list[str]) -> str | None:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset":
            return value.strip().strip('"')
    return None

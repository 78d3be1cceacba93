"""What a request asks: one operation, or a batch of them, by POST or GET.

Source: GraphQL over HTTP, section "Request"; batches as its working group sketched them ("Request Batching").
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from api.documents.references import BadReference, Reference, reference_of
from api.http.cross_origin import refuse_embedding
from api.http.messages import HttpRefused, Receive, Request, read_body
from api.http.negotiation import JSON, charset_of, is_utf8
from kernel.errors import ErrorCode

MAX_BATCH = 10
_CODINGS = ((b"accept-encoding", b"identity"),)


@dataclass(slots=True)  # one is made for every request: a frozen one costs three times as much
class GraphQLRequest:
    """The parameters of one operation; nobody changes it. `query` is empty only where something else names the document."""

    query: str
    operation_name: str | None
    variables: Mapping[str, Any]
    is_get: bool
    reference: Reference | None = None  # to a document that is kept here, see `api.documents`
    extensions: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """Operations of one HTTP request, in order; of one that is not well-formed, why."""

    operations: tuple[GraphQLRequest | HttpRefused, ...]


async def take(request: Request, receive: Receive) -> None:
    """Takes the body of a POST, and lets a GET pass that no page embeds; `HttpRefused` for other methods."""
    if request.method == "POST":
        request.body = await read_body(receive)
    elif request.method == "GET":
        refuse_embedding(request)
    else:
        raise HttpRefused(
            405,
            ErrorCode.BAD_REQUEST,
            f"{request.method} is not supported; use POST or GET",
            [(b"allow", b"GET, POST")],
        )


def parameters_of(request: Request) -> GraphQLRequest | Batch:
    """What is asked; `HttpRefused` says what is wrong with it."""
    if request.method == "GET":
        return _checked(_of_query(request.query), is_get=True)
    check_content_type(request.header("content-type"))
    try:
        return posted(request.body)
    except HttpRefused:
        _check_content_coding(request.header("content-encoding"))
        raise


def posted(body: bytes) -> GraphQLRequest | Batch:
    """What the body of a POST asks."""
    given = _json(body, "the body")
    return _batch(given) if isinstance(given, list) else _checked(given, is_get=False)


def operation_of(given: Any) -> GraphQLRequest:
    """The one operation that a decoded JSON value asks."""
    return _checked(given, is_get=False)


def check_content_type(content_type: str | None) -> None:
    """Refuses a body that is not JSON in UTF-8: a form that a page of others may send is none (`HttpRefused` 415)."""
    if not is_json(content_type):
        raise HttpRefused(
            415, ErrorCode.BAD_REQUEST, f"{_named(content_type)}; post application/json in UTF-8"
        )


def _check_content_coding(coding: str | None) -> None:
    if coding is not None and coding.strip().lower() not in ("", "identity"):
        raise HttpRefused(
            415, ErrorCode.BAD_REQUEST, f"the body is coded as {coding!r}; send it as it is", _CODINGS
        )


@lru_cache(maxsize=128)
def is_json(content_type: str | None) -> bool:
    """Whether a body of this type is JSON in UTF-8."""
    name, *parameters = (part.strip().lower() for part in (content_type or "").split(";"))
    return name == JSON and is_utf8(charset_of(parameters))


def _of_query(query: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a query string as a body would hold them."""
    given: dict[str, Any] = dict(query)
    given["operationName"] = query.get("operationName") or None
    for name in ("variables", "extensions"):
        if name in query:
            given[name] = _json(query[name].encode(), name)
    return given


def _batch(given: list[Any]) -> Batch:
    if not given:
        raise _bad("the batch is empty")
    if len(given) > MAX_BATCH:
        raise HttpRefused(
            400,
            ErrorCode.LIMIT_EXCEEDED,
            f"the batch has {len(given)} operations; at most {MAX_BATCH} are allowed: send several requests",
            strict_status=422,
        )
    return Batch(tuple(_checked_or_refused(one) for one in given))


def _checked_or_refused(given: Any) -> GraphQLRequest | HttpRefused:
    try:
        return _checked(given, is_get=False)
    except HttpRefused as refused:
        return refused


def _checked(given: Any, *, is_get: bool) -> GraphQLRequest:
    if not isinstance(given, dict):
        raise _bad("the body is not a JSON object")
    query, name = given.get("query"), given.get("operationName")
    variables, extensions = given.get("variables"), given.get("extensions")
    if name is not None and not isinstance(name, str):
        raise _bad("the parameter `operationName` is not a string")
    if variables is not None and not isinstance(variables, dict):
        raise _bad("the parameter `variables` is not an object")
    if extensions is not None and not isinstance(extensions, dict):
        raise _bad("the parameter `extensions` is not an object")
    if extensions or "documentId" in given:
        return _named_otherwise(given, query, name, variables or {}, is_get)
    if not isinstance(query, str) or not query:
        raise _bad("the parameter `query` is missing or not a string")
    return GraphQLRequest(query, name, variables or {}, is_get)


def _named_otherwise(
    given: Mapping[str, Any], query: Any, name: str | None, variables: Mapping[str, Any], is_get: bool
) -> GraphQLRequest:
    """A request that may name its document by an id or a hash instead of its text."""
    extensions = given.get("extensions") or {}
    try:
        reference = reference_of(given.get("documentId"), extensions)
    except BadReference as bad:
        raise _bad(bad.message) from None
    if query is None and reference is not None:
        query = ""
    elif not isinstance(query, str) or not query:
        raise _bad("the parameter `query` is missing or not a string")
    return GraphQLRequest(query, name, variables, is_get, reference, extensions)


def _named(content_type: str | None) -> str:
    return f"the content type is {content_type!r}" if content_type else "the request names no content type"


def _json(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        message = f"{what} is not JSON in UTF-8: {error}"
        raise HttpRefused(400, ErrorCode.BAD_REQUEST, message) from None


def _bad(message: str) -> HttpRefused:
    """Not a well-formed request: 400, and 422 in the words of the 2026-08 draft."""
    return HttpRefused(400, ErrorCode.BAD_REQUEST, message, strict_status=422)

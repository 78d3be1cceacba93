"""The HTTP status of an answer, in the two ways an operator may choose (`FEDIFLOW_HTTP_STATUSES`).

`stable`: with `application/json` 200 for everything that GraphQL itself answers, with
`application/graphql-response+json` 4xx and 5xx for what was not run; a request that cannot be run is 400.

`2026-08`: the draft of August 2026, section "Status Codes": 400 for what does not parse, 422 for what does and cannot be
run, 294 for data beside errors, whatever media type is accepted. An answer that is not 2xx is then always sent as
`application/graphql-response+json`, which is how a client tells it from the answer of something between.

Source: https://graphql.github.io/graphql-over-http/draft/
"""

from collections.abc import Sequence

from api.http.messages import HttpRefused
from api.http.negotiation import GRAPHQL_JSON, JSON
from kernel.errors import ErrorCode
from kernel.settings import HttpStatuses

NOT_RUN = 400
PARTIAL_SUCCESS = 294
UNPROCESSABLE = 422
_STATUS = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.TENANT_MISMATCH: 401,
    ErrorCode.TENANT_SUSPENDED: 403,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.DOCUMENT_NOT_PUBLISHED: 403,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.TIMEOUT: 504,
    ErrorCode.INTERNAL: 500,
}
# What is said so by GraphQL of a document that parsed; HTTP's own refusals bring their status along.
_STRICT = _STATUS | dict.fromkeys(
    (
        ErrorCode.BAD_REQUEST,
        ErrorCode.GRAPHQL_VALIDATION_FAILED,
        ErrorCode.BAD_USER_INPUT,
        ErrorCode.LIMIT_EXCEEDED,
    ),
    UNPROCESSABLE,
)
_CONTENT_TYPES = {media: f"{media}; charset=utf-8".encode() for media in (JSON, GRAPHQL_JSON)}


def status_for(
    media: str,
    codes: Sequence[ErrorCode],
    *,
    has_data: bool,
    statuses: HttpStatuses = HttpStatuses.STABLE,
) -> int:
    """The status of what GraphQL answers, errors by their codes, the first of which decides."""
    if not codes:
        return 200
    if statuses is not HttpStatuses.STABLE:
        return PARTIAL_SUCCESS if has_data else _STRICT.get(codes[0], NOT_RUN)
    if has_data:
        return 200
    status = _STATUS.get(codes[0], NOT_RUN)
    if media == JSON and status == NOT_RUN and codes[0] is not ErrorCode.BAD_REQUEST:
        return 200
    return status


def status_of_refusal(refused: HttpRefused, statuses: HttpStatuses) -> int:
    """The status of what HTTP refuses."""
    return refused.status if statuses is HttpStatuses.STABLE else refused.strict_status


def content_type_for(media: str, status: int, statuses: HttpStatuses) -> bytes:
    """The Content-Type of an answer."""
    if statuses is not HttpStatuses.STABLE and not 200 <= status < 300:
        return _CONTENT_TYPES[GRAPHQL_JSON]
    return _CONTENT_TYPES[media]

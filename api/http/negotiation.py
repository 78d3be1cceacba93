"""Which of the forms that we can answer in a request prefers: media types and codings by their quality values.

Source: RFC 9110, sections 12.4.2 and 12.5; GraphQL over HTTP, section "Accept".
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from api.http.messages import HttpRefused
from kernel.errors import ErrorCode

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
_ANSWERED = {JSON: JSON, GRAPHQL_JSON: GRAPHQL_JSON, "*/*": JSON, "application/*": JSON}


def media_type(accept: str | None) -> str:
    """The answer's media type for an Accept header; `HttpRefused` 406 where neither form is accepted."""
    if accept is None:
        return JSON
    preferred = _preferred(accept)
    if preferred is None:
        raise HttpRefused(
            406,
            ErrorCode.BAD_REQUEST,
            f"this endpoint answers {GRAPHQL_JSON} or {JSON}, and accepts neither other",
        )
    return preferred


def takes_json(accept: str | None) -> bool:
    """Whether an answer that is no GraphQL response, such as a list of them, may be sent as JSON."""
    if accept is None:
        return True
    return any(_ANSWERED.get(name) == JSON and quality > 0 for name, _, quality in weighted(accept.lower()))


def weighted(header: str) -> Iterator[tuple[str, Sequence[str], float]]:
    """The items of a header such as Accept: name, parameters, quality from 0 to 1 (0: not at all)."""
    for item in header.split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        yield name, parameters, _quality(parameters)


def charset_of(parameters: Sequence[str]) -> str | None:
    """The charset that a media type's parameters name."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset":
            return value.strip().strip('"')
    return None


def is_utf8(charset: str | None) -> bool:
    """Whether a charset is ours; none named is."""
    return charset in (None, "utf-8", "utf8")


@lru_cache(maxsize=128)
def _preferred(accept: str) -> str | None:
    found = []
    for position, (name, parameters, quality) in enumerate(weighted(accept.lower())):
        answered = _ANSWERED.get(name)
        if answered is not None and quality > 0 and is_utf8(charset_of(parameters)):
            found.append((-quality, position, answered))
    return min(found)[2] if found else None


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0

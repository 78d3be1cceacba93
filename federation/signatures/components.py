"""The values of the components that RFC 9421 covers in a request (section 2)."""

import re
from urllib.parse import parse_qsl, quote

from federation.signatures.claims import Component
from federation.signatures.refusals import SignatureRefused, Why
from federation.signatures.requests import SignedRequest

_FIELD = re.compile(r"[a-z0-9!#$%&'*+\-.^_`|~]+")
_MOST_PARAMETERS = 100


def component_value(component: Component, request: SignedRequest) -> str:
    """What stands for the component in the signature base.

    Raises `SignatureRefused` ("component_unsupported", "component_absent", "malformed").
    """
    name = component.name
    if component.parameter is not None:
        return _query_parameter(component.parameter, request)
    if name.startswith("@"):
        return _derived(name, request)
    if _FIELD.fullmatch(name) is None:
        raise SignatureRefused(Why.COMPONENT_UNSUPPORTED, f"{name!r} is no header's name in lower case")
    value = request.field(name)
    if value is None:
        raise SignatureRefused(Why.COMPONENT_ABSENT, f"the header {name} is signed, but the request has none")
    return value


def query_parameters(request: SignedRequest) -> list[tuple[str, str]]:
    """Names and values of the query as `@query-param` knows them: decoded, then encoded in one way (section 2.2.8)."""
    query = request.target.partition("?")[2]
    try:
        # Escapes that are no UTF-8 come out as they went in, so that no two queries look alike here.
        pairs = parse_qsl(
            query, keep_blank_values=True, errors="surrogateescape", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError:
        raise SignatureRefused(
            Why.MALFORMED, f"the query has more than {_MOST_PARAMETERS} parameters"
        ) from None
    return [(_encode(name), _encode(value)) for name, value in pairs]


def _derived(name: str, request: SignedRequest) -> str:
    path, _, query = request.target.partition("?")
    match name:
        case "@method":
            return request.method
        case "@target-uri":
            return f"{request.scheme}://{request.host}{request.target}"
        case "@authority":
            return request.authority()
        case "@scheme":
            return request.scheme.lower()
        case "@request-target":
            return request.target
        case "@path":
            return path or "/"
        case "@query":
            return f"?{query}"
        case _:
            raise SignatureRefused(Why.COMPONENT_UNSUPPORTED, f"a request has no component {name}")


def _query_parameter(name: str, request: SignedRequest) -> str:
    values = [value for key, value in query_parameters(request) if key == name]
    if not values:
        raise SignatureRefused(
            Why.COMPONENT_ABSENT, f"the query parameter {name} is signed, but not in the query"
        )
    if len(values) > 1:
        # Section 2.2.8: a name that occurs several times must not be covered by itself.
        raise SignatureRefused(
            Why.DUPLICATED, f"the query parameter {name} is signed, but more than once in the query"
        )
    return values[0]


def _encode(text: str) -> str:
    # The form-urlencoded set leaves * - . _ as they are and encodes ~, which `quote` would leave.
    return quote(text, safe="*-._", errors="surrogateescape").replace("~", "%7E")

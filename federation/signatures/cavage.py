"""Signing HTTP Messages (draft-cavage-http-signatures-12), as the fediverse uses it: reading it, and what is signed."""

import re
from decimal import Decimal

from federation.signatures import cavage_parameters
from federation.signatures.claims import Claim, Component, Kind
from federation.signatures.refusals import SignatureRefused, Why
from federation.signatures.requests import SignedRequest

REQUEST_TARGET = "(request-target)"
CREATED = "(created)"
EXPIRES = "(expires)"

_FIELD = re.compile(r"[a-z0-9!#$%&'*+\-.^_`|~]+")
_MOST_COMPONENTS = 64
_SCHEME = "signature "


def is_signed(request: SignedRequest) -> bool:
    """Whether the request has a Signature header, or `Authorization: Signature`."""
    return request.has("signature") or _authorization(request) is not None


def claim(request: SignedRequest) -> Claim:
    """What the signature claims (section 2.1); raises `SignatureRefused`."""
    parameters = cavage_parameters.read(_header(request))
    components = _components(parameters.get("headers"))
    _check_pseudo(components, parameters)
    return Claim(
        kind=Kind.CAVAGE,
        label="",
        key_id=cavage_parameters.key_id(parameters),
        algorithm=cavage_parameters.algorithm(parameters),
        components=components,
        created=cavage_parameters.created(parameters),
        expires=cavage_parameters.expires(parameters),
        signature=cavage_parameters.signature(parameters),
    )


def signing_string(claimed: Claim, request: SignedRequest) -> bytes:
    """The bytes that are signed (section 2.3); raises `SignatureRefused` where a part is not in the request."""
    lines = [f"{part.name}: {_value(part.name, claimed, request)}" for part in claimed.components]
    try:
        return "\n".join(lines).encode("latin-1")
    except UnicodeEncodeError:
        raise SignatureRefused(Why.MALFORMED, "a signed part of the request is not made of bytes") from None


def _value(name: str, claimed: Claim, request: SignedRequest) -> str:
    if name == REQUEST_TARGET:
        return f"{request.method.lower()} {request.target}"
    if name == CREATED:
        return _told(name, claimed.created)
    if name == EXPIRES:
        return _told(name, claimed.expires)
    value = request.field(name)
    if value is None:
        raise SignatureRefused(Why.COMPONENT_ABSENT, f"the header {name} is signed, but the request has none")
    return value


def _told(name: str, value: int | Decimal | None) -> str:
    if value is None:
        raise SignatureRefused(Why.COMPONENT_ABSENT, f"{name} is signed, but the signature does not tell it")
    return str(value)


def _authorization(request: SignedRequest) -> str | None:
    value = request.field("authorization")
    return value[len(_SCHEME) :] if value and value[: len(_SCHEME)].lower() == _SCHEME else None


def _header(request: SignedRequest) -> str:
    told = [value for key, value in request.headers if key == "signature"]
    if len(told) > 1:
        raise SignatureRefused(Why.DUPLICATED, "the request has more than one Signature header")
    value = request.field("signature") if told else _authorization(request)
    if not value:
        raise SignatureRefused(Why.NO_SIGNATURE, "the request has no signature")
    return value


def _components(headers: str | None) -> tuple[Component, ...]:
    names = [CREATED] if headers is None else headers.lower().split()
    if not names or len(names) > _MOST_COMPONENTS:
        raise SignatureRefused(
            Why.MALFORMED, f"the signature covers no header, or more than {_MOST_COMPONENTS}"
        )
    if len(set(names)) < len(names):
        raise SignatureRefused(Why.DUPLICATED, "the signature's headers name one more than once")
    for name in names:
        if name not in (REQUEST_TARGET, CREATED, EXPIRES) and _FIELD.fullmatch(name) is None:
            raise SignatureRefused(Why.COMPONENT_UNSUPPORTED, f"{name:.80} is no header's name")
    return tuple(map(Component, names))


def _check_pseudo(components: tuple[Component, ...], parameters: dict[str, str]) -> None:
    """Section 2.3: the older algorithms' names promise that neither `(created)` nor `(expires)` is signed."""
    if parameters.get("algorithm", "").lower().startswith(("rsa", "hmac", "ecdsa")):
        for part in components:
            if part.name in (CREATED, EXPIRES):
                raise SignatureRefused(
                    Why.COMPONENT_UNSUPPORTED, f"{part.name} may only be signed where the algorithm is hs2019"
                )

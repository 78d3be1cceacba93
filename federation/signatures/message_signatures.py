"""HTTP Message Signatures (RFC 9421): reading `Signature-Input` and `Signature`, and the base that is signed."""

from collections.abc import Iterator
from decimal import Decimal

from federation.signatures.algorithms import Algorithm
from federation.signatures.claims import Claim, Component, Kind
from federation.signatures.components import component_value
from federation.signatures.refusals import SignatureRefused, Why
from federation.signatures.requests import SignedRequest
from federation.signatures.structured_fields import (
    InnerList,
    Item,
    Member,
    Token,
    serialize,
    serialize_string,
)
from federation.signatures.structured_reading import parse_dictionary

SIGNATURE_INPUT = "signature-input"
SIGNATURE = "signature"

_MOST_SIGNATURES = 8
_MOST_COMPONENTS = 64


def is_signed(request: SignedRequest) -> bool:
    """Whether the request speaks RFC 9421 at all."""
    return request.has(SIGNATURE_INPUT)


def labels(request: SignedRequest) -> list[tuple[str, Member, Member | None]]:
    """Each signature's label, its input and its bytes as they stand there, for `claim`.

    Raises `SignatureRefused` where the two headers cannot be read at all.
    """
    inputs = parse_dictionary(request.field(SIGNATURE_INPUT) or "", what="the signature-input header")
    signatures = parse_dictionary(request.field(SIGNATURE) or "", what="the signature header")
    if not inputs:
        raise SignatureRefused(Why.NO_SIGNATURE, "the signature-input header is empty")
    if len(inputs) > _MOST_SIGNATURES:
        raise SignatureRefused(Why.MALFORMED, f"the request has more than {_MOST_SIGNATURES} signatures")
    return [(label, member, signatures.get(label)) for label, member in inputs.items()]


def claim(label: str, member: Member, signature: Member | None) -> Claim:
    """What one signature claims; raises `SignatureRefused`."""
    if not isinstance(member, InnerList):
        raise SignatureRefused(Why.MALFORMED, f"the signature-input {label} is no list of components")
    if not isinstance(signature, Item) or not isinstance(signature.value, bytes):
        raise SignatureRefused(Why.NO_SIGNATURE, f"the signature header has no bytes for {label}")
    expires = _integer(member, "expires")
    return Claim(
        kind=Kind.RFC9421,
        label=label,
        key_id=_key_id(member),
        algorithm=_algorithm(member),
        components=_components(member),
        created=_integer(member, "created"),
        expires=None if expires is None else Decimal(expires),
        signature=signature.value,
        parameters=serialize(member),
    )


def signature_base(claimed: Claim, request: SignedRequest) -> bytes:
    """The bytes that are signed (section 2.5); raises `SignatureRefused` where a component has no value."""
    lines = [f"{_identifier(part)}: {component_value(part, request)}" for part in claimed.components]
    lines.append(f'"@signature-params": {claimed.parameters}')
    try:
        return "\n".join(lines).encode("latin-1")
    except UnicodeEncodeError:
        raise SignatureRefused(Why.MALFORMED, "a signed part of the request is not made of bytes") from None


def _identifier(component: Component) -> str:
    if component.parameter is None:
        return serialize_string(component.name)
    return f"{serialize_string(component.name)};name={serialize_string(component.parameter)}"


def _components(member: InnerList) -> tuple[Component, ...]:
    if len(member.items) > _MOST_COMPONENTS:
        raise SignatureRefused(Why.MALFORMED, f"more than {_MOST_COMPONENTS} components are signed")
    components = tuple(_read_components(member))
    if len(set(components)) < len(components):
        raise SignatureRefused(Why.DUPLICATED, "a component is signed more than once")
    return components


def _read_components(member: InnerList) -> Iterator[Component]:
    for item in member.items:
        name = item.value
        if not isinstance(name, str) or isinstance(name, Token):
            raise SignatureRefused(Why.MALFORMED, "a component's name is not a string")
        if name == "@query-param":
            yield Component(name, _parameter_name(item))
        elif item.parameters:
            # sf, key, bs, req and tr (section 2.1): nobody signs requests with them, and each is one more reading.
            raise SignatureRefused(
                Why.COMPONENT_UNSUPPORTED, f"the component {name} is signed with parameters"
            )
        else:
            yield Component(name)


def _parameter_name(item: Item) -> str:
    name = item.parameters.get("name")
    if len(item.parameters) != 1 or not isinstance(name, str) or isinstance(name, Token):
        raise SignatureRefused(Why.COMPONENT_UNSUPPORTED, "@query-param takes one parameter, the string name")
    return name


def _key_id(member: InnerList) -> str:
    key_id = member.parameters.get("keyid")
    if key_id is None or key_id == "":
        raise SignatureRefused(Why.KEY_ID_MISSING, "the signature names no keyid")
    return _string("keyid", key_id)


def _algorithm(member: InnerList) -> Algorithm | None:
    name = member.parameters.get("alg")
    if name is None:
        return None
    try:
        return Algorithm(_string("alg", name))
    except ValueError:
        raise SignatureRefused(
            Why.ALGORITHM_UNSUPPORTED, f"the algorithm {name!s:.40} is not supported"
        ) from None


def _string(name: str, value: object) -> str:
    if not isinstance(value, str) or isinstance(value, Token):
        raise SignatureRefused(Why.MALFORMED, f"the signature's {name} is not a string")
    return value


def _integer(member: InnerList, name: str) -> int | None:
    value = member.parameters.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise SignatureRefused(Why.MALFORMED, f"the signature's {name} is not a whole number of seconds")
    return value

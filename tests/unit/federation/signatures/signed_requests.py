"""Requests to sign and to break, and two signers that share no line with ours."""

import base64
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from federation.signatures import (
    Kind,
    PrivateKey,
    SignatureRefused,
    SignedRequest,
    Verified,
    Why,
    generate_ed25519,
    generate_rsa,
    parse_signature,
    sign,
    verify,
)
from federation.signatures.digests import content_digest, digest

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
CREATED = int(NOW.timestamp())
DATE = "Thu, 01 Oct 2026 12:00:00 GMT"
KEY_ID = "https://abroad.example/actors/1#main-key"
BODY = b'{"type":"Follow"}'
METHOD = '"@method": POST'
TARGET = '"@target-uri": https://uni.example/inbox'

RSA = generate_rsa()
OTHER_RSA = generate_rsa()
ED25519 = generate_ed25519()


def request(
    target: str = "/inbox", *, method: str = "POST", body: bytes = BODY, **headers: str
) -> SignedRequest:
    """An unsigned request with all that a signature may want to cover."""
    told = {"host": "uni.example", "date": DATE, "content-type": "application/activity+json"}
    if body:
        told |= {"digest": digest(body), "content-digest": content_digest(body)}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    return SignedRequest(method, target, "https", "uni.example", tuple(told.items()), body)


def get(target: str) -> SignedRequest:
    return request(target, method="GET", body=b"")


def adding(base: SignedRequest, **headers: str) -> SignedRequest:
    """The request with headers in place of those of the same name."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    kept = tuple((name, value) for name, value in base.headers if name not in told)
    return replace(base, headers=(*kept, *told.items()))


def without(base: SignedRequest, name: str) -> SignedRequest:
    return replace(base, headers=tuple(header for header in base.headers if header[0] != name))


def ours(kind: Kind, base: SignedRequest | None = None, key: PrivateKey = RSA) -> SignedRequest:
    """What our own signer sends."""
    base = base or request()
    headers = sign(base, key_id=KEY_ID, key=key, kind=kind, now=NOW)
    return adding(base, **{name.replace("-", "_"): value for name, value in headers.items()})


def by_cavage(
    base: SignedRequest,
    covered: str = "(request-target) host date digest",
    *,
    key: PrivateKey = RSA,
    algorithm: str | None = "hs2019",
    more: str = "",
    **values: str,
) -> SignedRequest:
    """A cavage signature over `covered`, put together here; `values` are those that no header has."""
    told = dict(base.headers) | {"(request-target)": f"{base.method.lower()} {base.target}"}
    told |= {f"({name})": value for name, value in values.items()}
    text = "\n".join(f"{name}: {told[name]}" for name in covered.lower().split())
    algorithms = f'algorithm="{algorithm}",' if algorithm else ""
    return adding(
        base,
        signature=f'keyId="{KEY_ID}",{algorithms}headers="{covered}",{more}signature="{_signed(key, text)}"',
    )


def by_message(
    base: SignedRequest,
    lines: tuple[str, ...],
    *,
    key: PrivateKey = RSA,
    parameters: str = f';created={CREATED};keyid="{KEY_ID}"',
    label: str = "sig1",
) -> SignedRequest:
    """An RFC 9421 signature over `lines` (`"@method": POST`), put together here."""
    covered = f"({' '.join(line.partition(': ')[0] for line in lines)}){parameters}"
    text = "\n".join((*lines, f'"@signature-params": {covered}'))
    return adding(base, signature_input=f"{label}={covered}", signature=f"{label}=:{_signed(key, text)}:")


def content_line(base: SignedRequest) -> str:
    return f'"content-digest": {dict(base.headers)["content-digest"]}'


def message(
    *lines: str, parameters: str = f';created={CREATED};keyid="{KEY_ID}"', base: SignedRequest | None = None
) -> SignedRequest:
    """A message signature over these lines."""
    return by_message(base or request(), lines, parameters=parameters)


def full(parameters: str) -> SignedRequest:
    """A message signature over all that is required."""
    return message(METHOD, TARGET, content_line(request()), parameters=parameters)


def input_of(text: str) -> SignedRequest:
    """A sound signature whose input was replaced."""
    return adding(full(f';created={CREATED};keyid="{KEY_ID}"'), signature_input=text)


def accept(received: SignedRequest, key: PrivateKey = RSA, now: datetime = NOW) -> Verified:
    """Reads and verifies, as a server does."""
    return verify(parse_signature(received), received, key.public, now)


def refuse(received: SignedRequest, why: Why, key: PrivateKey = RSA, now: datetime = NOW) -> SignatureRefused:
    """Expects that the request is refused for that reason."""
    with pytest.raises(SignatureRefused) as refused:
        accept(received, key, now)
    assert refused.value.why is why, refused.value.message
    return refused.value


def _signed(key: PrivateKey, text: str) -> str:
    return base64.b64encode(key.sign(text.encode("latin-1"))).decode()

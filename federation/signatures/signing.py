"""Signing a request that is about to be sent: what is signed of it, and the headers that a signature becomes."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from federation.signatures.algorithms import Algorithm
from federation.signatures.cavage import REQUEST_TARGET
from federation.signatures.claims import Kind
from federation.signatures.digests import CONTENT_DIGEST, DIGEST, content_digest, digest
from federation.signatures.message_signatures import SIGNATURE, SIGNATURE_INPUT
from federation.signatures.private_keys import PrivateKey
from federation.signatures.refusals import SignatureRefused, Why
from federation.signatures.requests import SignedRequest
from federation.signatures.structured_fields import serialize_string
from federation.signatures.times import http_date

LABEL = "sig1"
CONTENT_TYPE = "content-type"


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A request without its signature yet: the bytes to sign, and the headers that will be added to it."""

    data: bytes
    added: Mapping[str, str]
    before: str  # the signature in its header
    after: str

    def signed(self, signature: str) -> dict[str, str]:
        """The headers to add, with the signature over `data` in base64."""
        return {**self.added, SIGNATURE: f"{self.before}{signature}{self.after}"}


def sign(
    request: SignedRequest, *, key_id: str, key: PrivateKey, kind: Kind, now: datetime
) -> dict[str, str]:
    """The headers to add to the request: date, digest and signature of `kind`.

    Covered are method, target, host, time, the body's digest where there may be one, and the content type where the
    request has it among its headers. Raises ValueError for a `key_id` that no header can hold.
    """
    waiting = unsigned(request, key_id=key_id, algorithm=key.algorithm, kind=kind, now=now)
    return waiting.signed(base64.b64encode(key.sign(waiting.data)).decode())


def unsigned(
    request: SignedRequest,
    *,
    key_id: str,
    algorithm: Algorithm,
    kind: Kind,
    now: datetime,
    sha256: str | None = None,
) -> Unsigned:
    """The same for who has the signature made elsewhere. `sha256` is what that gave for the body, if known."""
    quoted = serialize_string(key_id)
    if kind is Kind.CAVAGE:
        return _cavage(request, quoted, algorithm, now, sha256)
    return _message(request, quoted, algorithm, now, sha256)


def _cavage(
    request: SignedRequest, key_id: str, algorithm: Algorithm, now: datetime, sha256: str | None
) -> Unsigned:
    added = {"date": _date(int(now.timestamp()))}
    if request.needs_digest():
        added[DIGEST] = digest(request.body, sha256)
    values = {
        REQUEST_TARGET: f"{request.method.lower()} {request.target}",
        "host": request.field("host") or "",
        **added,
        **_content_type(request),
    }
    # Servers that know only the oldest drafts look for the name of the algorithm; "hs2019" is for what came after.
    name = "rsa-sha256" if algorithm is Algorithm.RSA_V1_5_SHA256 else "hs2019"
    before = f'keyId={key_id},algorithm="{name}",headers="{" ".join(values)}",signature="'
    return Unsigned(_bytes([f"{name}: {value}" for name, value in values.items()]), added, before, '"')


def _message(
    request: SignedRequest, key_id: str, algorithm: Algorithm, now: datetime, sha256: str | None
) -> Unsigned:
    added = {CONTENT_DIGEST: content_digest(request.body, sha256)} if request.needs_digest() else {}
    values = {
        "@method": request.method,
        "@target-uri": f"{request.scheme}://{request.host}{request.target}",
        **added,
        **_content_type(request),
    }
    listed = " ".join(f'"{name}"' for name in values)
    parameters = f'({listed});created={int(now.timestamp())};keyid={key_id};alg="{algorithm.value}"'
    lines = [f'"{name}": {value}' for name, value in values.items()]
    data = _bytes([*lines, f'"@signature-params": {parameters}'])
    return Unsigned(data, {**added, SIGNATURE_INPUT: f"{LABEL}={parameters}"}, f"{LABEL}=:", ":")


def _content_type(request: SignedRequest) -> dict[str, str]:
    value = request.field(CONTENT_TYPE)
    return {} if value is None else {CONTENT_TYPE: value}


def _bytes(lines: list[str]) -> bytes:
    try:
        return "\n".join(lines).encode("latin-1")
    except UnicodeEncodeError:
        raise SignatureRefused(Why.MALFORMED, "a signed part of the request is not made of bytes") from None


@lru_cache(maxsize=4)
def _date(second: int) -> str:
    """Of a Unix time: many requests are signed in the same second."""
    return http_date(datetime.fromtimestamp(second, UTC))

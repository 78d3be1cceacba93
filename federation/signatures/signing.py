"""Signing a request that is about to be sent."""

import base64
from datetime import datetime

from federation.signatures.algorithms import Algorithm
from federation.signatures.cavage import REQUEST_TARGET, signing_string
from federation.signatures.claims import Claim, Component, Kind
from federation.signatures.digests import CONTENT_DIGEST, DIGEST, content_digest, digest
from federation.signatures.message_signatures import SIGNATURE, SIGNATURE_INPUT, signature_base
from federation.signatures.private_keys import PrivateKey
from federation.signatures.requests import SignedRequest
from federation.signatures.structured_fields import serialize_string
from federation.signatures.times import http_date

LABEL = "sig1"
CONTENT_TYPE = "content-type"


def sign(
    request: SignedRequest, *, key_id: str, key: PrivateKey, kind: Kind, now: datetime
) -> dict[str, str]:
    """The headers to add to the request: date, digest and signature of `kind`.

    Covered are method, target, host, time, the body's digest where there may be one, and the content type where the
    request has it among its headers. Raises ValueError for a `key_id` that no header can hold.
    """
    quoted = serialize_string(key_id)
    if kind is Kind.CAVAGE:
        return _sign_cavage(request, quoted, key, now)
    return _sign_message(request, quoted, key, now)


def _sign_cavage(request: SignedRequest, key_id: str, key: PrivateKey, now: datetime) -> dict[str, str]:
    added = {"date": http_date(now)}
    names = [REQUEST_TARGET, "host", "date"]
    if request.needs_digest():
        added[DIGEST] = digest(request.body)
        names.append(DIGEST)
    names += _content_type(request)
    claimed = _claim(Kind.CAVAGE, names)
    signature = key.sign(signing_string(claimed, _with(request, added)))
    # Servers that know only the oldest drafts look for the name of the algorithm; "hs2019" is for what came after.
    algorithm = "rsa-sha256" if key.algorithm is Algorithm.RSA_V1_5_SHA256 else "hs2019"
    told = (
        f'keyId={key_id},algorithm="{algorithm}",headers="{" ".join(names)}",signature="{_base64(signature)}"'
    )
    return {**added, SIGNATURE: told}


def _sign_message(request: SignedRequest, key_id: str, key: PrivateKey, now: datetime) -> dict[str, str]:
    added: dict[str, str] = {}
    names = ["@method", "@target-uri"]
    if request.needs_digest():
        added[CONTENT_DIGEST] = content_digest(request.body)
        names.append(CONTENT_DIGEST)
    names += _content_type(request)
    listed = " ".join(f'"{name}"' for name in names)
    parameters = f'({listed});created={int(now.timestamp())};keyid={key_id};alg="{key.algorithm.value}"'
    claimed = _claim(Kind.RFC9421, names, parameters)
    signature = key.sign(signature_base(claimed, _with(request, added)))
    return {**added, SIGNATURE_INPUT: f"{LABEL}={parameters}", SIGNATURE: f"{LABEL}=:{_base64(signature)}:"}


def _claim(kind: Kind, names: list[str], parameters: str = "") -> Claim:
    return Claim(kind, LABEL, "", None, tuple(map(Component, names)), None, None, b"", parameters)


def _content_type(request: SignedRequest) -> list[str]:
    return [CONTENT_TYPE] if request.has(CONTENT_TYPE) else []


def _with(request: SignedRequest, added: dict[str, str]) -> SignedRequest:
    """The request as it will be sent: what is added takes the place of headers of the same name."""
    kept = tuple((name, value) for name, value in request.headers if name not in added)
    return SignedRequest(
        request.method, request.target, request.scheme, request.host, (*kept, *added.items()), request.body
    )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()

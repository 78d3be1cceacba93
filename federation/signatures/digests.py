"""Digests of a body: Content-Digest (RFC 9530 section 2) and the older Digest (RFC 3230), made and checked."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable

from federation.signatures.refusals import SignatureRefused, Why
from federation.signatures.structured_fields import Item
from federation.signatures.structured_reading import parse_dictionary

DIGEST = "digest"
CONTENT_DIGEST = "content-digest"

_HASHES: dict[str, Callable[[bytes], bytes]] = {
    "sha-256": lambda body: hashlib.sha256(body).digest(),
    "sha-512": lambda body: hashlib.sha512(body).digest(),
}


def sha256(body: bytes) -> str:
    """What both headers say of a body, in base64."""
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def digest(body: bytes, known: str | None = None) -> str:
    """The Digest header's value: `SHA-256=…`; `known` is what `sha256` gave for the body."""
    return f"SHA-256={known or sha256(body)}"


def content_digest(body: bytes, known: str | None = None) -> str:
    """The Content-Digest header's value: `sha-256=:…:`; `known` likewise."""
    return f"sha-256=:{known or sha256(body)}:"


def check_digest(name: str, value: str, body: bytes) -> None:
    """Refuses a Digest or Content-Digest (`name` says which) that is not about `body`.

    All that is understood must match and at least one of SHA-256 and SHA-512 must be there. Raises `SignatureRefused`
    ("digest_mismatch", "digest_unsupported", "malformed", "duplicated").
    """
    told = _content_digest(value) if name == CONTENT_DIGEST else _digest(value)
    known = {algorithm: claimed for algorithm, claimed in told.items() if algorithm in _HASHES}
    if not known:
        raise SignatureRefused(Why.DIGEST_UNSUPPORTED, f"the {name} header has neither SHA-256 nor SHA-512")
    for algorithm, claimed in known.items():
        if not hmac.compare_digest(_HASHES[algorithm](body), claimed):
            raise SignatureRefused(
                Why.DIGEST_MISMATCH, f"the body is not the one that the {name} header is about"
            )


def _content_digest(value: str) -> dict[str, bytes]:
    told: dict[str, bytes] = {}
    for algorithm, member in parse_dictionary(value, what="the content-digest header").items():
        if not isinstance(member, Item) or not isinstance(member.value, bytes):
            raise SignatureRefused(
                Why.MALFORMED, f"the content-digest header's {algorithm} is no byte sequence"
            )
        told[algorithm] = member.value
    return told


def _digest(value: str) -> dict[str, bytes]:
    told: dict[str, bytes] = {}
    for part in value.split(","):
        algorithm, is_said, encoded = part.strip(" \t").partition("=")
        algorithm = algorithm.lower()
        if not is_said:
            raise SignatureRefused(Why.MALFORMED, "the digest header is no list of algorithm=value")
        if algorithm in told:
            raise SignatureRefused(Why.DUPLICATED, "the digest header names an algorithm more than once")
        # Other algorithms have other encodings (unixsum is decimal): they are not read.
        told[algorithm] = _base64(encoded) if algorithm in _HASHES else b""
    return told


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SignatureRefused(Why.MALFORMED, "the digest header's value is not base64") from None

"""Signed HTTP requests: shown to be their sender's, and signed. Pure: no I/O, no clock.

Spoken are draft-cavage-http-signatures-12 (sections 2 and 3, with Digest of RFC 3230) and RFC 9421 (sections 2, 3 and
4.3 on requests, with Content-Digest of RFC 9530), RSA and Ed25519. Receiving goes `parse_signature` (which key?), the
caller finds the key and its owner, `verify`, `key_may_act_for`, `ReplayWindow.check`, and `remember` once what came is
durable. Sending is `sign`, or `unsigned` for who has signatures made elsewhere. What is refused is a `SignatureRefused` with a `Why`.
"""

from federation.signatures.algorithms import Algorithm
from federation.signatures.claims import Claim, Component, Kind, Verified
from federation.signatures.digests import sha256
from federation.signatures.keys import (
    PublicKey,
    public_key_from_jwk,
    public_key_from_multibase,
    public_key_from_pem,
)
from federation.signatures.owners import key_may_act_for
from federation.signatures.policy import STRICT, Policy
from federation.signatures.private_keys import (
    PrivateKey,
    generate_ed25519,
    generate_rsa,
    private_key_from_pem,
)
from federation.signatures.refusals import SignatureRefused, Why
from federation.signatures.replay import ReplayWindow
from federation.signatures.requests import SignedRequest
from federation.signatures.signing import Unsigned, sign, unsigned
from federation.signatures.verifying import is_signed, parse_signature, parse_signatures, verify

__all__ = [
    "STRICT",
    "Algorithm",
    "Claim",
    "Component",
    "Kind",
    "Policy",
    "PrivateKey",
    "PublicKey",
    "ReplayWindow",
    "SignatureRefused",
    "SignedRequest",
    "Unsigned",
    "Verified",
    "Why",
    "generate_ed25519",
    "generate_rsa",
    "is_signed",
    "key_may_act_for",
    "parse_signature",
    "parse_signatures",
    "private_key_from_pem",
    "public_key_from_jwk",
    "public_key_from_multibase",
    "public_key_from_pem",
    "sha256",
    "sign",
    "unsigned",
    "verify",
]

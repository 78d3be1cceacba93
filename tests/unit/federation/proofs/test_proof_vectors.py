"""Published proofs: W3C vc-di-eddsa appendix B (eddsa-jcs-2022) and FEP-8b32, made with the same key."""

from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from federation.proofs import VerifiedProof, prove, verify_proof
from federation.signatures import PrivateKey, multibase, private_key_from_pem, public_key_from_multibase

CREATED = datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC)
PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
SECRET = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"

W3C_METHOD = f"did:key:{PUBLIC}#{PUBLIC}"
W3C_VALUE = "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"
W3C: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}

FEP_METHOD = "https://server.example/users/alice#ed25519-key"
FEP_VALUE = "zLaewdp4H9kqtwyrLatK4cjY5oRHwVcw4gibPSUDYDMhi4M49v8pcYk3ZB6D69dNpAPbUmY8ocuJ3m9KhKJEEg7z"
FEP: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v1"],
    "id": "https://server.example/activities/1",
    "type": "Create",
    "actor": "https://server.example/users/alice",
    "object": {
        "id": "https://server.example/objects/1",
        "type": "Note",
        "attributedTo": "https://server.example/users/alice",
        "content": "Hello world",
        "location": {"type": "Place", "longitude": -71.184902, "latitude": 25.273962},
    },
}

VECTORS = pytest.mark.parametrize(
    ("document", "method", "value"),
    [
        pytest.param(W3C, W3C_METHOD, W3C_VALUE, id="W3C"),
        pytest.param(FEP, FEP_METHOD, FEP_VALUE, id="FEP-8b32"),
    ],
)


def secret() -> PrivateKey:
    """The key of both; its text is the multicodec of a private key and the seed."""
    seed = multibase.decode(SECRET, most=100)[2:]
    loaded = Ed25519PrivateKey.from_private_bytes(seed)
    return private_key_from_pem(loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@VECTORS
def test_our_proof_is_the_published_one(document: dict[str, Any], method: str, value: str) -> None:
    proved = prove(document, secret(), verification_method=method, created=CREATED)
    assert proved == {
        **document,
        "proof": {
            "@context": document["@context"],
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-jcs-2022",
            "verificationMethod": method,
            "proofPurpose": "assertionMethod",
            "created": "2023-02-24T23:36:38Z",
            "proofValue": value,
        },
    }


@VECTORS
def test_published_proof_verifies(document: dict[str, Any], method: str, value: str) -> None:
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2023-02-24T23:36:38Z",
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
        "@context": document["@context"],
        "proofValue": value,
    }
    key = public_key_from_multibase(PUBLIC)
    assert verify_proof({**document, "proof": proof}, key, now=CREATED) == VerifiedProof(method, CREATED)


def test_public_key_of_the_vectors_is_written_as_published() -> None:
    assert secret().public.to_multibase() == PUBLIC

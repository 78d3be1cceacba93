"""Adding a proof to a document of ours."""

from collections.abc import Mapping
from datetime import UTC, datetime

from federation.proofs.claims import CRYPTOSUITE, PROOF, PROOF_TYPE, PURPOSE
from federation.proofs.hashing import signed_bytes
from federation.proofs.refusals import ProofRefused, Why
from federation.signatures import multibase
from federation.signatures.algorithms import Algorithm
from federation.signatures.private_keys import PrivateKey


def prove(
    document: Mapping[str, object], key: PrivateKey, *, verification_method: str, created: datetime
) -> dict[str, object]:
    """The document with a proof by the Ed25519 key whose address is `verification_method`, beside those it has.

    The document should name `DATA_INTEGRITY_CONTEXT` in its `@context`; what it is, is signed. Raises `ProofRefused`
    ("key_unsupported", "not_canonical").
    """
    if key.algorithm is not Algorithm.ED25519:
        raise ProofRefused(Why.KEY_UNSUPPORTED, "eddsa-jcs-2022 is signed with an Ed25519 key")
    unsecured = {name: value for name, value in document.items() if name != PROOF}
    options: dict[str, object] = {
        "type": PROOF_TYPE,
        "cryptosuite": CRYPTOSUITE,
        "verificationMethod": verification_method,
        "proofPurpose": PURPOSE,
        "created": created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if "@context" in document:
        options = {"@context": document["@context"], **options}
    value = multibase.encode(key.sign(signed_bytes(unsecured, options)))
    return {**unsecured, PROOF: _beside(document.get(PROOF), {**options, "proofValue": value})}


def _beside(present: object, proof: dict[str, object]) -> object:
    if present is None:
        return proof
    return [*present, proof] if isinstance(present, list) else [present, proof]

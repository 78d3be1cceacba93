"""Object integrity proofs (FEP-8b32): `eddsa-jcs-2022` of W3C vc-di-eddsa section 3.3, made and verified. Pure.

`parse_proofs` says whose keys are needed, `verify_proof` checks one, `prove` adds one. What is refused is a
`ProofRefused` with a `Why`.
"""

from federation.proofs.claims import ProofClaim, parse_proofs
from federation.proofs.proving import prove
from federation.proofs.refusals import ProofRefused, Why
from federation.proofs.verifying import VerifiedProof, verify_proof

DATA_INTEGRITY_CONTEXT = "https://w3id.org/security/data-integrity/v1"

__all__ = [
    "DATA_INTEGRITY_CONTEXT",
    "ProofClaim",
    "ProofRefused",
    "VerifiedProof",
    "Why",
    "parse_proofs",
    "prove",
    "verify_proof",
]

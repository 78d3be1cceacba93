"""Showing that a document is the work of a key's holder, wherever it came from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from federation.proofs.claims import PROOF, ProofClaim, parse_proofs
from federation.proofs.hashing import signed_bytes
from federation.proofs.refusals import ProofRefused, Why
from federation.signatures.algorithms import Algorithm
from federation.signatures.keys import PublicKey

# What a document says holds for as long as it is kept, so a proof may be of any age; only a clock may be ahead.
FUTURE = timedelta(minutes=5)

_LINKED_DATA_SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class VerifiedProof:
    """The holder of the key at `verification_method` made the document, all of it but `proof`.

    A legacy Linked Data `signature` beside the proof may have been added later and is not covered.
    """

    verification_method: str
    created: datetime | None


def verify_proof(
    document: Mapping[str, object], key: PublicKey, *, now: datetime, claim: ProofClaim | None = None
) -> VerifiedProof:
    """Checks `claim`, or else the document's first proof, with the key at its `verification_method`.

    That the key is one of the document's author is for the caller to ask. Raises `ProofRefused`; "bad_signature" may
    mean that the key was rotated.
    """
    if key.algorithm is not Algorithm.ED25519:
        raise ProofRefused(Why.KEY_UNSUPPORTED, "eddsa-jcs-2022 is verified with an Ed25519 key")
    claim = claim or parse_proofs(document)[0]
    _check_times(claim, now)
    for unsecured, options in _readings(document, claim):
        if key.verifies(Algorithm.ED25519, claim.value, signed_bytes(unsecured, options)):
            return VerifiedProof(claim.verification_method, claim.created)
    raise ProofRefused(Why.BAD_SIGNATURE, "the proof is not the key's over this document")


def _check_times(claim: ProofClaim, now: datetime) -> None:
    if claim.created is not None and claim.created > now + FUTURE:
        raise ProofRefused(
            Why.IN_FUTURE, f"the proof was made at {claim.created.isoformat()}, which is to come"
        )
    if claim.expires is not None and claim.expires <= now:
        raise ProofRefused(Why.EXPIRED, f"the proof expired at {claim.expires.isoformat()}")


def _readings(
    document: Mapping[str, object], claim: ProofClaim
) -> Iterator[tuple[dict[str, object], dict[str, object]]]:
    """What may have been signed, the specification's reading first; each covers everything that is read later.

    Some servers leave the proof's `@context` out of what they send, though it is in what they sign; and some add a
    Linked Data signature after the proof.
    """
    unsecured = {name: value for name, value in document.items() if name != PROOF}
    options = dict(claim.options)
    every_options = [options]
    if "@context" in document and "@context" not in options:
        every_options.append({**options, "@context": document["@context"]})
    documents = [unsecured]
    if isinstance(unsecured.get(_LINKED_DATA_SIGNATURE), Mapping):
        documents.append({name: value for name, value in unsecured.items() if name != _LINKED_DATA_SIGNATURE})
    for reading in documents:
        for chosen in every_options:
            yield reading, chosen

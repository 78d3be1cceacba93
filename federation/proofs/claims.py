"""Integrity proofs as they are read in a document, before their key is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from federation.proofs.refusals import ProofRefused, Why
from federation.signatures import multibase

PROOF = "proof"
PROOF_TYPE = "DataIntegrityProof"
CRYPTOSUITE = "eddsa-jcs-2022"
PURPOSE = "assertionMethod"
SIGNATURE_BYTES = 64

# 64 bytes are 88 signs of base 58; the rest is for a text that says at length that it is wrong.
_MOST_VALUE = 120
_MOST_PROOFS = 8


@dataclass(frozen=True, slots=True)
class ProofClaim:
    """One proof as it stands there, nothing of it shown. `options` is the proof without its value."""

    verification_method: str
    created: datetime | None
    expires: datetime | None
    value: bytes
    options: Mapping[str, object]


def parse_proofs(document: Mapping[str, object]) -> tuple[ProofClaim, ...]:
    """The document's proofs that are `eddsa-jcs-2022` assertions (FEP-8b32), at least one.

    Raises `ProofRefused`, about the first proof where none will do.
    """
    told = document.get(PROOF)
    proofs = told if isinstance(told, list) else [] if told is None else [told]
    if not proofs:
        raise ProofRefused(Why.NO_PROOF, "the document has no proof")
    if len(proofs) > _MOST_PROOFS:
        raise ProofRefused(Why.MALFORMED, f"the document has more than {_MOST_PROOFS} proofs")
    accepted: list[ProofClaim] = []
    refusals: list[ProofRefused] = []
    for proof in proofs:
        try:
            accepted.append(_claim(proof, document))
        except ProofRefused as refused:
            refusals.append(refused)
    if not accepted:
        raise refusals[0]
    return tuple(accepted)


def _claim(proof: object, document: Mapping[str, object]) -> ProofClaim:
    if not isinstance(proof, Mapping):
        raise ProofRefused(Why.MALFORMED, "the proof is not an object")
    _check_kind(proof)
    _check_context(proof, document)
    return ProofClaim(
        verification_method=_method(proof),
        created=_moment(proof, "created"),
        expires=_moment(proof, "expires"),
        value=_value(proof),
        options={name: value for name, value in proof.items() if name != "proofValue"},
    )


def _check_kind(proof: Mapping[str, object]) -> None:
    if proof.get("type") != PROOF_TYPE:
        raise ProofRefused(Why.TYPE_UNSUPPORTED, f"the proof's type is not {PROOF_TYPE}")
    if proof.get("cryptosuite") != CRYPTOSUITE:
        raise ProofRefused(Why.CRYPTOSUITE_UNSUPPORTED, f"the proof's cryptosuite is not {CRYPTOSUITE}")
    if proof.get("proofPurpose") != PURPOSE:
        raise ProofRefused(Why.WRONG_PURPOSE, f"the proof's purpose is not {PURPOSE}")
    if "previousProof" in proof:
        raise ProofRefused(Why.TYPE_UNSUPPORTED, "the proof is one of a chain, which is not read here")


def _check_context(proof: Mapping[str, object], document: Mapping[str, object]) -> None:
    """The specification lets the document have contexts behind the proof's, which nobody would have signed."""
    if "@context" in proof and _contexts(proof) != _contexts(document):
        raise ProofRefused(Why.CONTEXT_MISMATCH, "the proof's @context is not the document's")


def _contexts(value: Mapping[str, object]) -> list[object]:
    context = value.get("@context")
    return context if isinstance(context, list) else [context]


def _method(proof: Mapping[str, object]) -> str:
    method = proof.get("verificationMethod")
    if not isinstance(method, str) or not method:
        raise ProofRefused(Why.MALFORMED, "the proof's verificationMethod is not the address of a key")
    return method


def _moment(proof: Mapping[str, object], name: str) -> datetime | None:
    """XML Schema's dateTimeStamp: a date, a time, and an offset (W3C vc-data-integrity section 2.1)."""
    text = proof.get(name)
    if text is None and name not in proof:
        return None
    try:
        if isinstance(text, str) and text.isascii() and "T" in text:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ProofRefused(Why.MALFORMED, f"the proof's {name} is not a time with an offset")


def _value(proof: Mapping[str, object]) -> bytes:
    text = proof.get("proofValue")
    try:
        value = multibase.decode(text, most=_MOST_VALUE) if isinstance(text, str) and text[:1] == "z" else b""
    except ValueError:
        value = b""
    if len(value) != SIGNATURE_BYTES:
        raise ProofRefused(
            Why.MALFORMED, f"the proof's proofValue is not {SIGNATURE_BYTES} bytes in base58btc"
        )
    return value

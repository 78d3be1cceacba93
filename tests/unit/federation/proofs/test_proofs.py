"""Integrity proofs cover the whole document, come from the key that is named, and are refused for a told reason."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.proofs import (
    DATA_INTEGRITY_CONTEXT,
    ProofClaim,
    ProofRefused,
    VerifiedProof,
    Why,
    parse_proofs,
    prove,
    verify_proof,
)
from federation.proofs.hashing import signed_bytes
from federation.signatures import generate_ed25519, generate_rsa, multibase

NO_DEADLINE = settings(deadline=None)  # other tests use the machine too

NOW = datetime(2026, 10, 1, 12, 0, 0, 999, tzinfo=UTC)
CREATED = NOW.replace(microsecond=0)
METHOD = "https://abroad.example/actors/1#ed25519-key"
KEY = generate_ed25519()
OTHER = generate_ed25519()
RSA = generate_rsa()

DOCUMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/activitystreams", DATA_INTEGRITY_CONTEXT],
    "id": "https://abroad.example/activities/1",
    "type": "Create",
    "to": ["as:Public"],
    "object": {
        "type": "Note",
        "content": "Grüße, 世界 \U0001f600",
        "likes": 3,
        "ratio": 1e-7,
        "flag": True,
        "x": None,
    },
}


def proved(document: dict[str, Any] = DOCUMENT) -> dict[str, Any]:
    return prove(document, KEY, verification_method=METHOD, created=NOW)


def proving(**changes: object) -> dict[str, Any]:
    """The document with the proof's members changed, and signed so."""
    options: dict[str, Any] = {**proved()["proof"], **changes}
    options = {name: value for name, value in options.items() if value is not ... and name != "proofValue"}
    value = multibase.encode(KEY.sign(signed_bytes(DOCUMENT, options)))
    return {**DOCUMENT, "proof": {**options, "proofValue": value}}


def altered(**changes: object) -> dict[str, Any]:
    """The document with the proof's members changed afterwards."""
    proof: dict[str, Any] = {**proved()["proof"], **changes}
    return {**DOCUMENT, "proof": {name: value for name, value in proof.items() if value is not ...}}


def verify(document: dict[str, Any], now: datetime = NOW) -> VerifiedProof:
    return verify_proof(document, KEY.public, now=now)


def refuse(document: dict[str, Any], why: Why, now: datetime = NOW) -> None:
    with pytest.raises(ProofRefused) as refused:
        verify(document, now)
    assert refused.value.why is why, refused.value.message
    assert refused.value.details["why"] == why.value


def test_proof_of_ours_verifies_and_leaves_the_document_as_it_was() -> None:
    before = dict(DOCUMENT)
    assert verify(proved()) == VerifiedProof(METHOD, CREATED)
    assert before == DOCUMENT
    assert {name: value for name, value in proved().items() if name != "proof"} == DOCUMENT


def test_document_without_a_context_has_a_proof_without_one() -> None:
    bare = {name: value for name, value in DOCUMENT.items() if name != "@context"}
    assert "@context" not in proved(bare)["proof"]
    assert verify(proved(bare))


def test_proof_may_be_of_any_age() -> None:
    made = NOW - timedelta(days=365 * 20)
    assert verify(proving(created=made.isoformat())).created == made


@pytest.mark.parametrize(
    "created", ["2026-10-01T14:00:00+02:00", "2026-10-01T12:00:00.000000000Z", "2026-10-01T12:00:00.5Z"]
)
def test_times_of_other_writers_are_read(created: str) -> None:
    read = verify(proving(created=created)).created
    assert read is not None
    assert abs(read - CREATED) < timedelta(seconds=1)


def test_proof_need_not_say_when_it_was_made() -> None:
    assert verify(proving(created=...)).created is None


def test_every_other_member_of_the_proof_is_signed_too() -> None:
    assert verify(proving(id="urn:uuid:1", domain="uni.example"))
    refuse(
        {**proving(domain="uni.example"), "proof": {**proving(domain="uni.example")["proof"], "domain": "x"}},
        Why.BAD_SIGNATURE,
    )


@pytest.mark.parametrize("name", sorted(DOCUMENT))
def test_document_that_lost_a_member_is_refused(name: str) -> None:
    short = {key: value for key, value in proved().items() if key != name}
    refuse(short, Why.CONTEXT_MISMATCH if name == "@context" else Why.BAD_SIGNATURE)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"type": "Delete"}, id="a member"),
        pytest.param({"object": {**DOCUMENT["object"], "content": "Hallo"}}, id="a nested member"),
        pytest.param({"object": {**DOCUMENT["object"], "likes": 4}}, id="a number"),
        pytest.param({"bto": []}, id="a member more"),
        pytest.param({"to": ["as:Public", "as:Public"]}, id="an entry more"),
    ],
)
def test_document_that_was_changed_is_refused(change: dict[str, Any]) -> None:
    refuse({**proved(), **change}, Why.BAD_SIGNATURE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("created", "2026-10-01T11:59:59Z"),
        ("verificationMethod", "https://abroad.example/actors/2#ed25519-key"),
        ("id", "urn:uuid:1"),
        ("created", ...),
    ],
)
def test_proof_that_was_changed_is_refused(name: str, value: object) -> None:
    refuse(altered(**{name: value}), Why.BAD_SIGNATURE)


def test_another_actors_key_is_refused() -> None:
    with pytest.raises(ProofRefused) as refused:
        verify_proof(proved(), OTHER.public, now=NOW)
    assert refused.value.why is Why.BAD_SIGNATURE


def test_rsa_key_is_refused_for_verifying_and_proving() -> None:
    with pytest.raises(ProofRefused) as refused:
        verify_proof(proved(), RSA.public, now=NOW)
    assert refused.value.why is Why.KEY_UNSUPPORTED
    with pytest.raises(ProofRefused) as refused:
        prove(DOCUMENT, RSA, verification_method=METHOD, created=NOW)
    assert refused.value.why is Why.KEY_UNSUPPORTED


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"type": "Ed25519Signature2020"}, Why.TYPE_UNSUPPORTED, id="type"),
        pytest.param({"type": ["DataIntegrityProof"]}, Why.TYPE_UNSUPPORTED, id="a list of types"),
        pytest.param({"cryptosuite": "eddsa-rdfc-2022"}, Why.CRYPTOSUITE_UNSUPPORTED, id="cryptosuite"),
        pytest.param({"cryptosuite": ...}, Why.CRYPTOSUITE_UNSUPPORTED, id="no cryptosuite"),
        pytest.param({"proofPurpose": "authentication"}, Why.WRONG_PURPOSE, id="purpose"),
        pytest.param({"proofPurpose": ...}, Why.WRONG_PURPOSE, id="no purpose"),
        pytest.param({"previousProof": "urn:uuid:1"}, Why.TYPE_UNSUPPORTED, id="a chain"),
        pytest.param({"verificationMethod": {"id": METHOD}}, Why.MALFORMED, id="an embedded key"),
        pytest.param({"verificationMethod": ...}, Why.MALFORMED, id="no key"),
        pytest.param({"created": "2026-10-01T12:00:00"}, Why.MALFORMED, id="a local time"),
        pytest.param({"created": "2026-10-01"}, Why.MALFORMED, id="a day"),
        pytest.param({"created": 1}, Why.MALFORMED, id="a number for a time"),
        pytest.param({"created": None}, Why.MALFORMED, id="no time"),
        pytest.param({"created": "0001-01-01T00:00:00+14:00"}, Why.MALFORMED, id="a time before all"),
        pytest.param({"created": "2026-10-01T12:05:02Z"}, Why.IN_FUTURE, id="to come"),
        pytest.param({"expires": "2026-10-01T12:00:00Z"}, Why.EXPIRED, id="expired"),
        pytest.param({"@context": [DATA_INTEGRITY_CONTEXT]}, Why.CONTEXT_MISMATCH, id="another context"),
        pytest.param(
            {"@context": [*DOCUMENT["@context"], "https://x.example"]},
            Why.CONTEXT_MISMATCH,
            id="more contexts",
        ),
        pytest.param({"@context": DOCUMENT["@context"][:1]}, Why.CONTEXT_MISMATCH, id="fewer contexts"),
    ],
)
def test_proof_of_another_kind_is_refused(changes: dict[str, Any], why: Why) -> None:
    refuse(proving(**changes), why)


@pytest.mark.parametrize(
    "value",
    [
        ...,
        None,
        1,
        "",
        "z",
        "u" + "A" * 86,
        "z0",
        "z" + "1" * 64 + "2",
        "z" + "2" * 500,
        multibase.encode(bytes(63)),
        multibase.encode(bytes(65)),
    ],
)
def test_proof_value_that_is_no_signature_is_refused(value: object) -> None:
    refuse(altered(proofValue=value), Why.MALFORMED)


@pytest.mark.parametrize(
    ("proof", "why"),
    [
        (..., Why.NO_PROOF),
        (None, Why.NO_PROOF),
        ([], Why.NO_PROOF),
        ("proof", Why.MALFORMED),
        ([1], Why.MALFORMED),
        ([{}] * 9, Why.MALFORMED),
        ({}, Why.TYPE_UNSUPPORTED),
    ],
)
def test_document_without_a_proof_of_ours_is_refused(proof: object, why: Why) -> None:
    refuse(DOCUMENT if proof is ... else {**DOCUMENT, "proof": proof}, why)


def test_expiry_to_come_is_accepted() -> None:
    assert verify(proving(expires="2026-10-01T12:00:01Z"))


def test_context_as_a_text_is_the_same_as_in_a_list() -> None:
    document = {**DOCUMENT, "@context": DATA_INTEGRITY_CONTEXT}
    made = proved(document)
    assert verify({**made, "proof": {**made["proof"], "@context": DATA_INTEGRITY_CONTEXT}})


def test_context_that_was_signed_but_not_sent_is_read_from_the_document() -> None:
    """Some servers sign the proof with the document's context and leave it out of what they send."""
    made = altered(**{"@context": ...})
    assert verify(made)
    refuse({**made, "@context": [DATA_INTEGRITY_CONTEXT]}, Why.BAD_SIGNATURE)


def test_linked_data_signature_may_be_added_after_the_proof() -> None:
    signed = {**proved(), "signature": {"type": "RsaSignature2017", "signatureValue": "x"}}
    assert verify(signed)
    refuse({**signed, "type": "Delete"}, Why.BAD_SIGNATURE)
    refuse({**proved(), "signature": "not one"}, Why.BAD_SIGNATURE)


def test_linked_data_signature_before_the_proof_is_covered() -> None:
    assert verify(proved({**DOCUMENT, "signature": {"type": "RsaSignature2017"}}))


def test_each_of_several_proofs_is_over_the_document_alone() -> None:
    twice = prove(proved(), OTHER, verification_method="https://other.example/key", created=NOW)
    thrice = prove(twice, KEY, verification_method=METHOD, created=NOW)
    mine, other, _ = parse_proofs(thrice)
    assert [claim.verification_method for claim in (mine, other)] == [METHOD, "https://other.example/key"]
    assert verify(thrice).verification_method == METHOD
    assert (
        verify_proof(thrice, OTHER.public, now=NOW, claim=other).verification_method
        == other.verification_method
    )


def test_proofs_of_other_kinds_are_passed_over() -> None:
    other = {"type": "Ed25519Signature2020", "proofValue": "z"}
    document = {**DOCUMENT, "proof": [other, proved()["proof"], "odd"]}
    assert len(parse_proofs(document)) == 1
    assert verify(document)


def test_claim_of_one_document_does_not_vouch_for_another() -> None:
    (claim,) = parse_proofs(proved())
    assert isinstance(claim, ProofClaim)
    with pytest.raises(ProofRefused) as refused:
        verify_proof({**DOCUMENT, "type": "Delete"}, KEY.public, now=NOW, claim=claim)
    assert refused.value.why is Why.BAD_SIGNATURE


@pytest.mark.parametrize("value", [2**60, "\ud800", float("inf"), float("nan")])
def test_value_without_canonical_writing_is_refused(value: object) -> None:
    refuse({**proved(), "object": value}, Why.NOT_CANONICAL)
    with pytest.raises(ProofRefused) as refused:
        proved({**DOCUMENT, "object": value})
    assert refused.value.why is Why.NOT_CANONICAL


def test_endless_nesting_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    refuse({**proved(), "object": deep}, Why.NOT_CANONICAL)


json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)
members = st.dictionaries(
    st.sampled_from(["@context", "id", "type", "object", "signature", "é"]), json, max_size=5
)


@NO_DEADLINE
@given(members)
def test_what_is_proved_verifies(document: dict[str, Any]) -> None:
    assert verify(proved(document)) == VerifiedProof(METHOD, CREATED)


@NO_DEADLINE
@given(members, st.dictionaries(st.sampled_from([*proved()["proof"], "expires", "id"]), json, max_size=3))
def test_arbitrary_documents_and_proofs_crash_nothing(
    document: dict[str, Any], changes: dict[str, Any]
) -> None:
    try:
        verify({**document, "proof": {**proved()["proof"], **changes}})
    except ProofRefused:
        return
    assert document == DOCUMENT

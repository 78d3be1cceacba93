"""What is wrong with a request is refused, for the reason that is told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from signed_requests import (
    BODY,
    CREATED,
    ED25519,
    KEY_ID,
    METHOD,
    NOW,
    OTHER_RSA,
    RSA,
    TARGET,
    adding,
    by_cavage,
    content_line,
    full,
    get,
    message,
    ours,
    refuse,
    request,
    without,
)

from federation.signatures import (
    Kind,
    SignatureRefused,
    SignedRequest,
    Why,
    cavage,
    key_may_act_for,
    parse_signature,
    verify,
)
from federation.signatures.digests import content_digest, digest

BOTH = pytest.mark.parametrize("kind", list(Kind))


@BOTH
def test_unsigned_request_is_refused(kind: Kind) -> None:
    bare = without(without(ours(kind), "signature"), "signature-input")
    refuse(bare, Why.NO_SIGNATURE)


@BOTH
def test_swapped_body_is_refused(kind: Kind) -> None:
    refuse(replace(ours(kind), body=BODY.replace(b"Follow", b"Delete")), Why.DIGEST_MISMATCH)


@BOTH
def test_swapped_body_with_its_own_digest_is_refused(kind: Kind) -> None:
    other = b'{"type":"Delete"}'
    swapped = adding(
        replace(ours(kind), body=other), digest=digest(other), content_digest=content_digest(other)
    )
    refuse(swapped, Why.BAD_SIGNATURE)


@BOTH
@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param({"method": "PUT"}, Why.BAD_SIGNATURE, id="method"),
        pytest.param({"target": "/other"}, Why.BAD_SIGNATURE, id="path"),
        pytest.param({"target": "/inbox?a=1"}, Why.BAD_SIGNATURE, id="query"),
        pytest.param({"target": "/inbox?"}, Why.BAD_SIGNATURE, id="empty query"),
        pytest.param({"host": "other.example"}, Why.WRONG_HOST, id="host beside its header"),
    ],
)
def test_request_to_another_place_is_refused(kind: Kind, change: dict[str, str], why: Why) -> None:
    refuse(replace(ours(kind), **change), why)  # type: ignore[arg-type]


@BOTH
def test_request_for_another_host_is_refused(kind: Kind) -> None:
    refuse(adding(replace(ours(kind), host="other.example"), host="other.example"), Why.BAD_SIGNATURE)


@BOTH
def test_another_actors_key_is_refused(kind: Kind) -> None:
    refuse(ours(kind), Why.BAD_SIGNATURE, OTHER_RSA)


@BOTH
def test_key_of_another_kind_is_refused(kind: Kind) -> None:
    refuse(ours(kind), Why.ALGORITHM_MISMATCH, ED25519)


@BOTH
@pytest.mark.parametrize(
    ("later", "why"),
    [
        pytest.param(timedelta(hours=1, seconds=1), Why.TOO_OLD, id="old"),
        pytest.param(timedelta(days=4000), Why.TOO_OLD, id="years old"),
        pytest.param(timedelta(minutes=-5, seconds=-1), Why.IN_FUTURE, id="future"),
    ],
)
def test_signature_out_of_its_time_is_refused(kind: Kind, later: timedelta, why: Why) -> None:
    refuse(ours(kind), why, now=NOW + later)


@pytest.mark.parametrize(
    ("covered", "why"),
    [
        pytest.param("host date digest", Why.TARGET_NOT_SIGNED, id="target"),
        pytest.param("(request-target) date digest", Why.HOST_NOT_SIGNED, id="host"),
        pytest.param("(request-target) host digest", Why.TIME_NOT_SIGNED, id="time"),
        pytest.param("(request-target) host date", Why.DIGEST_NOT_SIGNED, id="digest"),
        pytest.param("date", Why.TARGET_NOT_SIGNED, id="all but date"),
    ],
)
def test_cavage_that_leaves_a_part_out_is_refused(covered: str, why: Why) -> None:
    refuse(by_cavage(request(), covered), why)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        pytest.param((TARGET, "digest"), Why.METHOD_NOT_SIGNED, id="method"),
        pytest.param((METHOD, "digest"), Why.HOST_NOT_SIGNED, id="target"),
        pytest.param((METHOD, '"@path": /inbox', "digest"), Why.HOST_NOT_SIGNED, id="authority"),
        pytest.param((METHOD, '"@authority": uni.example', "digest"), Why.TARGET_NOT_SIGNED, id="path"),
        pytest.param((METHOD, TARGET), Why.DIGEST_NOT_SIGNED, id="digest"),
        pytest.param((), Why.METHOD_NOT_SIGNED, id="everything"),
    ],
)
def test_message_signature_that_leaves_a_part_out_is_refused(lines: tuple[str, ...], why: Why) -> None:
    told = [content_line(request()) if line == "digest" else line for line in lines]
    refuse(message(*told), why)


@pytest.mark.parametrize(
    "received",
    [
        pytest.param(by_cavage(request(), "(request-target) host digest"), id="cavage"),
        pytest.param(full(f';keyid="{KEY_ID}"'), id="message"),
    ],
)
def test_what_is_missing_is_told_before_any_key_is_sought(received: SignedRequest) -> None:
    with pytest.raises(SignatureRefused) as refused:
        parse_signature(received)
    assert refused.value.why is Why.TIME_NOT_SIGNED


def test_legacy_digest_does_not_stand_in_for_content_digest() -> None:
    refuse(message(METHOD, TARGET, f'"digest": {digest(BODY)}'), Why.DIGEST_NOT_SIGNED)


@pytest.mark.parametrize(
    ("target", "lines"),
    [
        pytest.param("/a?b=1", (), id="no query"),
        pytest.param("/a?", (), id="no empty query"),
        pytest.param("/a?b=1&c=2", ('"@query-param";name="b": 1',), id="one parameter of two"),
    ],
)
def test_query_that_is_not_signed_is_refused(target: str, lines: tuple[str, ...]) -> None:
    told = ('"@method": GET', '"@authority": uni.example', '"@path": /a', *lines)
    refuse(message(*told, base=get(target)), Why.TARGET_NOT_SIGNED)


def test_query_that_was_left_out_of_the_request_target_is_refused() -> None:
    signed = by_cavage(get("/outbox"), "(request-target) host date")
    refuse(replace(signed, target="/outbox?page=2"), Why.BAD_SIGNATURE)


@pytest.mark.parametrize(
    ("target", "why"),
    [
        pytest.param("/a?b=1&b=2", Why.DUPLICATED, id="twice in the query"),
        pytest.param("/a?c=1", Why.COMPONENT_ABSENT, id="not in the query"),
        pytest.param("/a?b=1" + "&c=1" * 200, Why.MALFORMED, id="among two hundred"),
    ],
)
def test_query_parameter_that_is_not_there_once_is_refused(target: str, why: Why) -> None:
    line = f'"@target-uri": https://uni.example{target}'
    refuse(message('"@method": GET', line, '"@query-param";name="b": 1', base=get(target)), why)


@BOTH
def test_request_without_the_digest_header_is_refused(kind: Kind) -> None:
    name = "digest" if kind is Kind.CAVAGE else "content-digest"
    refuse(without(ours(kind), name), Why.DIGEST_ABSENT)


def test_post_without_body_and_digest_is_refused() -> None:
    bare = by_cavage(request(body=b""), "(request-target) host date")
    refuse(bare, Why.DIGEST_ABSENT)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        pytest.param("SHA=abcd", Why.DIGEST_UNSUPPORTED, id="unknown algorithm"),
        pytest.param("sha-256", Why.MALFORMED, id="no value"),
        pytest.param("sha-256=%%", Why.MALFORMED, id="no base64"),
        pytest.param("sha-256=AAAA", Why.DIGEST_MISMATCH, id="short"),
        pytest.param(f"{digest(BODY)},sha-256=AAAA", Why.DUPLICATED, id="twice"),
        pytest.param(f"{digest(BODY)},sha-512=AAAA", Why.DIGEST_MISMATCH, id="one of two wrong"),
    ],
)
def test_digest_that_does_not_hold_is_refused(value: str, why: Why) -> None:
    refuse(by_cavage(request(digest=value)), why)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        pytest.param("md5=:AAAA:", Why.DIGEST_UNSUPPORTED, id="unknown algorithm"),
        pytest.param('sha-256="AAAA"', Why.MALFORMED, id="no bytes"),
        pytest.param("sha-256=:AAAA:", Why.DIGEST_MISMATCH, id="short"),
        pytest.param(f"{content_digest(BODY)}, sha-256=:AAAA:", Why.DUPLICATED, id="twice"),
        pytest.param(f"{content_digest(BODY)}, sha-512=:AAAA:", Why.DIGEST_MISMATCH, id="one of two wrong"),
    ],
)
def test_content_digest_that_does_not_hold_is_refused(value: str, why: Why) -> None:
    refuse(message(METHOD, TARGET, f'"content-digest": {value}', base=request(content_digest=value)), why)


def test_request_without_a_date_is_refused() -> None:
    refuse(without(by_cavage(request()), "date"), Why.COMPONENT_ABSENT)


def test_covered_header_that_is_missing_is_refused() -> None:
    refuse(without(ours(Kind.RFC9421), "content-type"), Why.COMPONENT_ABSENT)
    refuse(without(ours(Kind.CAVAGE), "content-type"), Why.COMPONENT_ABSENT)


def test_a_date_among_the_headers_does_not_count_for_message_signatures() -> None:
    refuse(full(f';keyid="{KEY_ID}"'), Why.TIME_NOT_SIGNED)


@pytest.mark.parametrize(
    "date",
    [
        "yesterday",
        "Thu, 31 Feb 2026 12:00:00 GMT",
        "Thu, 01 Oct 2026 12:00:00 +0200",
        "2026-10-01T12:00:00Z",
        "",
    ],
)
def test_date_that_cannot_be_read_is_refused(date: str) -> None:
    refuse(by_cavage(request(date=date)), Why.MALFORMED)


def test_created_that_is_right_does_not_excuse_a_wrong_date() -> None:
    stale = request(date="Thu, 01 Oct 2020 12:00:00 GMT")
    covered = "(request-target) host (created) date digest"
    refuse(by_cavage(stale, covered, more=f"created={CREATED},", created=str(CREATED)), Why.TOO_OLD)


@pytest.mark.parametrize("seconds", [CREATED, CREATED - 1, 0])
def test_expired_signature_is_refused(seconds: int) -> None:
    refuse(full(f';created={CREATED};expires={seconds};keyid="{KEY_ID}"'), Why.EXPIRED)
    refuse(by_cavage(request(), more=f"expires={seconds},"), Why.EXPIRED)


def test_pseudo_header_under_an_old_algorithm_is_refused() -> None:
    covered = "(request-target) host (created) digest"
    told = by_cavage(
        request(), covered, algorithm="rsa-sha256", more=f"created={CREATED},", created=str(CREATED)
    )
    refuse(told, Why.COMPONENT_UNSUPPORTED)


def test_pseudo_header_without_its_parameter_is_refused() -> None:
    covered = "(request-target) host date (created) digest"
    refuse(by_cavage(request(), covered, created=str(CREATED)), Why.COMPONENT_ABSENT)


def test_pseudo_header_without_its_parameter_tells_no_time() -> None:
    covered = "(request-target) host (created) digest"
    refuse(by_cavage(request(), covered, created=str(CREATED)), Why.TIME_NOT_SIGNED)


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "rsa-sha1", "ecdsa-sha256", "none", "ed25519ph"])
def test_algorithm_that_is_not_spoken_is_refused(algorithm: str) -> None:
    refuse(by_cavage(request(), algorithm=algorithm), Why.ALGORITHM_UNSUPPORTED)
    refuse(full(f';created={CREATED};keyid="{KEY_ID}";alg="{algorithm}"'), Why.ALGORITHM_UNSUPPORTED)


@pytest.mark.parametrize("algorithm", ["rsa-pss-sha512", "ecdsa-p256-sha256", "ed25519"])
def test_algorithm_that_is_not_the_keys_is_refused(algorithm: str) -> None:
    parameters = f';created={CREATED};keyid="{KEY_ID}";alg="{algorithm}"'
    why = Why.ALGORITHM_UNSUPPORTED if algorithm == "rsa-pss-sha512" else Why.ALGORITHM_MISMATCH
    refuse(full(parameters), why)


def test_rsa_algorithm_with_an_ed25519_key_is_refused() -> None:
    refuse(by_cavage(request(), key=ED25519, algorithm="rsa-sha256"), Why.ALGORITHM_MISMATCH, ED25519)


def test_claim_about_one_request_does_not_vouch_for_another() -> None:
    signed = ours(Kind.RFC9421)
    claim = parse_signature(signed)
    assert verify(claim, signed, RSA.public, NOW)
    with pytest.raises(SignatureRefused) as refused:
        verify(claim, replace(signed, body=b"{}"), RSA.public, NOW)
    assert refused.value.why is Why.DIGEST_MISMATCH


def test_claim_that_was_read_without_its_requirements_does_not_verify() -> None:
    signed = by_cavage(request(), "date")
    with pytest.raises(SignatureRefused) as refused:
        verify(cavage.claim(signed), signed, RSA.public, NOW)
    assert refused.value.why is Why.TARGET_NOT_SIGNED


def test_refusal_is_about_the_first_signature_where_none_will_do() -> None:
    two = adding(
        ours(Kind.RFC9421),
        signature_input='a=("@path");keyid="a", sig1=("@method");keyid="b"',
        signature="a=:AAAA:, sig1=:AAAA:",
    )
    refuse(two, Why.METHOD_NOT_SIGNED)


def test_refusal_names_its_reason_in_its_details() -> None:
    refused = refuse(ours(Kind.CAVAGE), Why.BAD_SIGNATURE, OTHER_RSA)
    assert refused.details["why"] == "bad_signature"


@pytest.mark.parametrize(
    ("owner", "actor"),
    [
        ("https://a.example/actors/1", "https://a.example/actors/2"),
        ("https://a.example/actors/1", "https://A.example/actors/1"),
        ("https://a.example/actors/1", "https://a.example/actors/1/"),
        ("https://a.example/actors/1", "https://b.example/actors/1"),
        (None, None),
        ("", ""),
        (None, "https://a.example/actors/1"),
    ],
)
def test_key_does_not_act_for_somebody_else(owner: str | None, actor: str | None) -> None:
    assert not key_may_act_for(owner, actor)


def test_key_acts_for_its_owner() -> None:
    assert key_may_act_for("https://a.example/actors/1", "https://a.example/actors/1")

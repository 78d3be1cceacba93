"""The test values of draft-cavage-http-signatures-12, appendix C."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from federation.signatures import (
    Algorithm,
    PublicKey,
    SignatureRefused,
    SignedRequest,
    Why,
    cavage,
    parse_signature,
    public_key_from_pem,
)

# 1,024 bits: enough for a vector, too few for anybody else.
KEY = """-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C3
6rPJj+CvfSC8+q28hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6
Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJeDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJw
oYi+1hqp1fIekaxsyQIDAQAB
-----END PUBLIC KEY-----"""

C1 = (
    'headers="date",signature="SjWJWbWN7i0wzBvtPl8rbASWz5xQW6mcJmn+ibttBqtifLN7Sazz6m79cNfwwb8DMJ5cou1s7uEGKKCs+FLEEa'
    'DV5lp7q25WqS+lavg7T8hc0GppauB6hbgEKTwblDHYGEtbGmtdHgVCk9SuS13F0hZ8FD0k/5OxEPXe5WozsbM="'
)
C2 = (
    'headers="(request-target) host date",signature="qdx+H7PHHDZgy4y/Ahn9Tny9V3GP6YgBPyUXMmoxWtLbHpUnXS2mg2+SbrQDMCJy'
    'pxBLSPQR2aAjn7ndmw2iicw3HMbe8VfEdKFYRqzic+efkb3nndiv/x1xSHDJWeSWkx3ButlYSuBskLu6kd9Fswtemr3lgdDEmn04swr2Os0="'
)
# The draft prints (created) and (expires) among the headers of C.3, but its signature is over the others.
C3 = (
    'headers="(request-target) host date content-type digest content-length",signature="vSdrb+dS3EceC9bcwHSo4MlyKS59i'
    "FIrhgYkz8+oVLEEzmYZZvRs8rgOp+63LEM3v+MFHB32NfpB2bEKBIvB1q52LaEUHFv120V01IL+TAD48XaERZFukWgHoBTLMhYS2Gb51gWxpeIq8"
    'knRmPnYePbF5MOkR0Zkly4zKH7s1dE="'
)


def received(parameters: str, header: str = "signature", before: str = "") -> SignedRequest:
    headers = {
        "host": "example.com",
        "date": "Sun, 05 Jan 2014 21:31:40 GMT",
        "content-type": "application/json",
        "digest": "SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=",
        "content-length": "18",
        header: f'{before}keyId="Test",algorithm="rsa-sha256",{parameters}',
    }
    return SignedRequest(
        "POST",
        "/foo?param=value&pet=dog",
        "https",
        "example.com",
        tuple(headers.items()),
        b'{"hello": "world"}',
    )


def verifies(request: SignedRequest) -> bool:
    loaded = load_pem_public_key(KEY.encode())
    assert isinstance(loaded, RSAPublicKey)
    claim = cavage.claim(request)
    assert claim.key_id == "Test"
    return PublicKey(loaded, Algorithm.RSA_V1_5_SHA256).verifies(
        Algorithm.RSA_V1_5_SHA256, claim.signature, cavage.signing_string(claim, request)
    )


@pytest.mark.parametrize(
    "parameters",
    [pytest.param(C1, id="default"), pytest.param(C2, id="basic"), pytest.param(C3, id="all headers")],
)
def test_vectors_verify(parameters: str) -> None:
    assert verifies(received(parameters))
    assert verifies(received(parameters, "authorization", "Signature "))
    other_day = dict(received(parameters).headers) | {"date": "Mon, 06 Jan 2014 21:31:40 GMT"}
    assert not verifies(replace(received(parameters), headers=tuple(other_day.items())))


def test_a_vector_that_covers_everything_is_parsed_as_such() -> None:
    assert parse_signature(received(C3)).algorithm is Algorithm.RSA_V1_5_SHA256


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        pytest.param(C1, Why.TARGET_NOT_SIGNED, id="default"),
        pytest.param(C2, Why.DIGEST_NOT_SIGNED, id="basic"),
    ],
)
def test_vectors_that_sign_too_little_are_refused(parameters: str, why: Why) -> None:
    with pytest.raises(SignatureRefused) as refused:
        parse_signature(received(parameters))
    assert refused.value.why is why


def test_the_key_of_the_vectors_is_too_weak_to_be_loaded() -> None:
    with pytest.raises(SignatureRefused) as refused:
        public_key_from_pem(KEY)
    assert refused.value.why is Why.KEY_WEAK

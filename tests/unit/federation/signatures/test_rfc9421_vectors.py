"""The test cases of RFC 9421, appendix B.2, with the keys of appendix B.1."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from federation.signatures import (
    Algorithm,
    Claim,
    Policy,
    PublicKey,
    SignatureRefused,
    SignedRequest,
    Why,
    message_signatures,
    parse_signature,
    private_key_from_pem,
    public_key_from_pem,
    verify,
)
from federation.signatures.digests import check_digest

NOW = datetime.fromtimestamp(1618884473, UTC)

RSA_PSS = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2
+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+
oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq
gDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W
Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4
aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI
2wIDAQAB
-----END PUBLIC KEY-----"""

RSA_PKCS1 = """-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAhAKYdtoeoy8zcAcR874L8cnZxKzAGwd7v36APp7Pv6Q2jdsPBRrw
WEBnez6d0UDKDwGbc6nxfEXAy5mbhgajzrw3MOEt8uA5txSKobBpKDeBLOsdJKFq
MGmXCQvEG7YemcxDTRPxAleIAgYYRjTSd/QBwVW9OwNFhekro3RtlinV0a75jfZg
kne/YiktSvLG34lw2zqXBDTC5NHROUqGTlML4PlNZS5Ri2U4aCNx2rUPRcKIlE0P
uKxI4T+HIaFpv8+rdV6eUgOrB2xeI1dSFFn/nnv5OoZJEIB+VmuKn3DCUcCZSFlQ
PSXSfBDiUGhwOw76WuSSsf1D4b/vLoJ10wIDAQAB
-----END RSA PUBLIC KEY-----"""

ECC_P256 = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf
w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==
-----END PUBLIC KEY-----"""

ED25519 = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----"""

ED25519_PRIVATE = b"""-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----"""

SHARED_SECRET = base64.b64decode(
    "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
)

BODY = b'{"hello": "world"}'
CONTENT_DIGEST = (
    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"
)

B21 = (
    'sig-b21=();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"',
    "sig-b21=:d2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkbbHAve4cRAtx31Iq786U7it++wgGxbtRxf8Udx7zFZsckz"
    "XaJMkA7ChG52eSkFxykJeNqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR72rgFWhzx2VjBqJzsPLMIQKhO4DGezXehhWwE56YCE+O"
    "6c0mKZsfxVrogUvA4HELjVKWmAvtl6UnCh8jYzuVG5WSb/QEVPnP5TmcAnLH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLhd"
    "xO5Nyt8C8ssinQ98Xw9Q==:",
)
B22 = (
    'sig-b22=("@authority" "content-digest" "@query-param";name="Pet");created=1618884473;keyid="test-key-rsa-pss";'
    'tag="header-example"',
    "sig-b22=:LjbtqUbfmvjj5C5kr1Ugj4PmLYvx9wVjZvD9GsTT4F7GrcQEdJzgI9qHxICagShLRiLMlAJjtq6N4CDfKtjvuJyE5qH7KT8UCMkSow"
    "OB4+ECxCmT8rtAmj/0PIXxi0A0nxKyB09RNrCQibbUjsLS/2YyFYXEu4TRJQzRw1rLEuEfY17SARYhpTlaqwZVtR8NV7+4UKkjqpcAoFqWFQh6"
    "2s7Cl+H2fjBSpqfZUJcsIk4N6wiKYd4je2U/lankenQ99PZfB4jY3I5rSV2DSBVkSFsURIjYErOs0tFTQosMTAoxk//0RoKUqiYY8Bh0aaUEb0"
    "rQl3/XaVe4bXTugEjHSw==:",
)
B23 = (
    'sig-b23=("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");'
    'created=1618884473;keyid="test-key-rsa-pss"',
    "sig-b23=:bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt683+qRpRRU5p2voTp768Z"
    "rCUb38K0fUxN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH1pFkh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o"
    "/CCoC1xMy7JA1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF8Eim5f8ui9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2"
    "FUo5fTIztsDZKEgM4cUA==:",
)
B24 = (
    'sig-b24=("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256"',
    "sig-b24=:wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==:",
)
B25 = (
    'sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
    "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:",
)
B26 = (
    'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;'
    'keyid="test-key-ed25519"',
    "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:",
)


def received(vector: tuple[str, str]) -> SignedRequest:
    """The request of appendix B.2 with a signature."""
    headers = {
        "host": "example.com",
        "date": "Tue, 20 Apr 2021 02:07:55 GMT",
        "content-type": "application/json",
        "content-digest": CONTENT_DIGEST,
        "content-length": "18",
        "signature-input": vector[0],
        "signature": vector[1],
    }
    return SignedRequest(
        "POST", "/foo?param=Value&Pet=dog", "https", "example.com", tuple(headers.items()), BODY
    )


def claimed(vector: tuple[str, str]) -> Claim:
    (found,) = message_signatures.labels(received(vector))
    return message_signatures.claim(*found)


def pss_key() -> PublicKey:
    loaded = load_pem_public_key(RSA_PSS.encode())
    assert isinstance(loaded, RSAPublicKey)
    return PublicKey(loaded, Algorithm.RSA_PSS_SHA512)


@pytest.mark.parametrize(
    "vector",
    [pytest.param(B21, id="minimal"), pytest.param(B22, id="selective"), pytest.param(B23, id="full")],
)
def test_rsa_pss_vectors_verify(vector: tuple[str, str]) -> None:
    claim = claimed(vector)
    base = message_signatures.signature_base(claim, received(vector))
    assert claim.key_id == "test-key-rsa-pss"
    assert pss_key().verifies(Algorithm.RSA_PSS_SHA512, claim.signature, base)
    assert not pss_key().verifies(Algorithm.RSA_PSS_SHA512, claim.signature, base + b"\n")
    assert not pss_key().verifies(Algorithm.RSA_V1_5_SHA256, claim.signature, base)


def test_full_coverage_is_accepted_by_a_policy_that_has_its_algorithm() -> None:
    request = received(B23)
    policy = Policy(algorithms=frozenset({Algorithm.RSA_PSS_SHA512}))
    assert (
        verify(parse_signature(request), request, pss_key(), NOW, policy).algorithm
        is Algorithm.RSA_PSS_SHA512
    )
    with pytest.raises(SignatureRefused) as refused:
        verify(parse_signature(request), request, pss_key(), NOW)
    assert refused.value.why is Why.ALGORITHM_UNSUPPORTED


def test_ecdsa_vector_verifies() -> None:
    """B.2.4 signs a response, whose base is given as the RFC prints it."""
    base = (
        b'"@status": 200\n"content-type": application/json\n"content-digest": sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlC'
        b'FJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:\n"content-length": 23\n"@signature-params": ("@status" '
        b'"content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256"'
    )
    claim = claimed(B24)
    key = public_key_from_pem(ECC_P256)
    assert key.algorithm is Algorithm.ECDSA_P256_SHA256
    assert key.verifies(Algorithm.ECDSA_P256_SHA256, claim.signature, base)
    assert not key.verifies(Algorithm.ECDSA_P256_SHA256, claim.signature, base.replace(b"200", b"201"))
    assert not key.verifies(Algorithm.ECDSA_P256_SHA256, claim.signature[:-1], base)


def test_a_response_is_no_request() -> None:
    with pytest.raises(SignatureRefused) as refused:
        message_signatures.signature_base(claimed(B24), received(B24))
    assert refused.value.why is Why.COMPONENT_UNSUPPORTED


def test_hmac_vector_has_our_signature_base() -> None:
    """Shared secrets are not spoken here; B.2.5 still says that the base is made as it should be."""
    claim = claimed(B25)
    base = message_signatures.signature_base(claim, received(B25))
    assert hmac.new(SHARED_SECRET, base, hashlib.sha256).digest() == claim.signature


def test_ed25519_vector_verifies_and_is_what_we_sign() -> None:
    claim = claimed(B26)
    base = message_signatures.signature_base(claim, received(B26))
    assert public_key_from_pem(ED25519).verifies(Algorithm.ED25519, claim.signature, base)
    assert private_key_from_pem(ED25519_PRIVATE).sign(base) == claim.signature


@pytest.mark.parametrize(
    ("vector", "why"),
    [
        pytest.param(B21, Why.METHOD_NOT_SIGNED, id="minimal"),
        pytest.param(B22, Why.METHOD_NOT_SIGNED, id="selective"),
        pytest.param(B26, Why.TARGET_NOT_SIGNED, id="without the query"),
    ],
)
def test_vectors_that_sign_too_little_are_refused(vector: tuple[str, str], why: Why) -> None:
    with pytest.raises(SignatureRefused) as refused:
        parse_signature(received(vector))
    assert refused.value.why is why


def test_the_digest_of_the_rfc_is_of_its_body() -> None:
    check_digest("content-digest", CONTENT_DIGEST, BODY)


def test_pkcs1_public_key_of_the_rfc_is_read() -> None:
    assert public_key_from_pem(RSA_PKCS1).algorithm is Algorithm.RSA_V1_5_SHA256

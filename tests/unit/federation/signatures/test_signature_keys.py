"""Keys are read from what actors publish, and refused where they are weak, broken or of another kind."""

import base64
import json
import textwrap

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from signed_requests import ED25519, RSA

from federation.signatures import (
    Algorithm,
    PublicKey,
    SignatureRefused,
    Why,
    multibase,
    private_key_from_pem,
    public_key_from_jwk,
    public_key_from_multibase,
    public_key_from_pem,
)
from federation.signatures.keys import public_key

DATA = b"what is signed"


def verifies(key: PublicKey) -> bool:
    private = RSA if key.algorithm is Algorithm.RSA_V1_5_SHA256 else ED25519
    return key.verifies(key.algorithm, private.sign(DATA), DATA) and not key.verifies(
        key.algorithm, private.sign(DATA), DATA + b"!"
    )


def pkcs1() -> str:
    return RSA.public.loaded.public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()


def base64url(number: int) -> str:
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(RSA.public.to_pem(), id="SPKI"),
        pytest.param(pkcs1(), id="PKCS 1"),
        pytest.param(RSA.public.to_pem().replace("\n", "\r\n"), id="CRLF"),
        pytest.param(RSA.public.to_pem().strip(), id="no last line break"),
        pytest.param(f"\n  {textwrap.indent(RSA.public.to_pem(), '   ')} \n", id="indented"),
        pytest.param(ED25519.public.to_pem(), id="Ed25519"),
    ],
)
def test_pem_is_read(text: str) -> None:
    assert verifies(public_key_from_pem(text))


@pytest.mark.parametrize("private", [RSA, ED25519], ids=["RSA", "Ed25519"])
def test_multibase_is_written_and_read(private: object) -> None:
    text = (RSA if private is RSA else ED25519).public.to_multibase()
    assert text.startswith("z4MX" if private is RSA else "z6Mk")
    assert verifies(public_key_from_multibase(text))
    in_base64 = "u" + base64.urlsafe_b64encode(multibase.decode(text, most=1000)).decode().rstrip("=")
    assert verifies(public_key_from_multibase(in_base64))


def test_json_web_keys_are_read() -> None:
    assert isinstance(RSA.public.loaded, rsa.RSAPublicKey)
    numbers = RSA.public.loaded.public_numbers()
    assert verifies(public_key_from_jwk({"kty": "RSA", "n": base64url(numbers.n), "e": base64url(numbers.e)}))
    raw = ED25519.public.loaded.public_bytes(Encoding.Raw, PublicFormat.Raw)
    x = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    assert verifies(public_key_from_jwk(json.loads(json.dumps({"kty": "OKP", "crv": "Ed25519", "x": x}))))


def test_same_text_gives_the_same_object() -> None:
    text = RSA.public.to_pem()
    assert public_key_from_pem(text) is public_key_from_pem(text)


@pytest.mark.parametrize("private", [RSA, ED25519], ids=["RSA", "Ed25519"])
def test_private_key_is_kept_as_pem(private: object) -> None:
    key = RSA if private is RSA else ED25519
    again = private_key_from_pem(key.to_pem())
    assert again.public.verifies(key.algorithm, again.sign(DATA), DATA)
    assert again.public.to_pem() == key.public.to_pem()


def test_private_key_does_not_print_itself() -> None:
    assert repr(ED25519) == "PrivateKey(ed25519)"


def weak() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def pem_of(n: int, e: int) -> str:
    key = rsa.RSAPublicNumbers(e, n).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def ed448() -> str:
    key = Ed448PrivateKey.generate().public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def p384() -> str:
    key = ec.generate_private_key(ec.SECP384R1()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("", Why.KEY_UNREADABLE, id="nothing"),
        pytest.param("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----", Why.KEY_UNREADABLE, id="empty"),
        pytest.param(RSA.public.to_pem()[:-60], Why.KEY_UNREADABLE, id="cut"),
        pytest.param("x" * 5000, Why.KEY_UNREADABLE, id="endless"),
        pytest.param(
            "-----BEGIN PUBLIC KEY-----\né\n-----END PUBLIC KEY-----", Why.KEY_UNREADABLE, id="no ASCII"
        ),
        pytest.param("\ud800", Why.KEY_UNREADABLE, id="half a surrogate pair"),
        pytest.param(RSA.to_pem().decode(), Why.KEY_UNREADABLE, id="a private key"),
        pytest.param(weak(), Why.KEY_WEAK, id="1024 bits"),
        pytest.param(pem_of((1 << 9000) + 1, 65537), Why.KEY_UNSUPPORTED, id="9001 bits"),
        pytest.param(pem_of((1 << 2048) + 1, (1 << 60) + 1), Why.KEY_UNSUPPORTED, id="a large exponent"),
        pytest.param(ed448(), Why.KEY_UNSUPPORTED, id="Ed448"),
        pytest.param(p384(), Why.KEY_UNSUPPORTED, id="P-384"),
    ],
)
def test_pem_that_is_no_key_for_us_is_refused(text: str, why: Why) -> None:
    with pytest.raises(SignatureRefused) as refused:
        public_key_from_pem(text)
    assert refused.value.why is why


def test_endless_pem_is_not_even_read() -> None:
    padded = RSA.public.to_pem() + "\n" * 5000
    with pytest.raises(SignatureRefused, match="more than 4096 characters"):
        public_key_from_pem(padded)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("", Why.KEY_UNREADABLE, id="nothing"),
        pytest.param("f00ff", Why.KEY_UNREADABLE, id="base16"),
        pytest.param("z0OIl", Why.KEY_UNREADABLE, id="no base58"),
        pytest.param("z" + "6" * 2000, Why.KEY_UNREADABLE, id="endless"),
        pytest.param("u7Q=", Why.KEY_UNREADABLE, id="padded"),
        pytest.param("u7Q", Why.KEY_UNSUPPORTED, id="a prefix cut short"),
        pytest.param(multibase.encode(b"\xed\x01" + bytes(31)), Why.KEY_UNREADABLE, id="31 bytes"),
        pytest.param(multibase.encode(b"\xe7\x01" + bytes(33)), Why.KEY_UNSUPPORTED, id="secp256k1"),
        pytest.param(multibase.encode(b"\x85\x24" + bytes(33)), Why.KEY_UNREADABLE, id="no RSA key"),
    ],
)
def test_multibase_that_is_no_key_for_us_is_refused(text: str, why: Why) -> None:
    with pytest.raises(SignatureRefused) as refused:
        public_key_from_multibase(text)
    assert refused.value.why is why


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({}, Why.KEY_UNSUPPORTED),
        ({"kty": "EC", "crv": "P-256"}, Why.KEY_UNSUPPORTED),
        ({"kty": "OKP", "crv": "X25519", "x": "A" * 43}, Why.KEY_UNSUPPORTED),
        ({"kty": "OKP", "crv": "Ed25519"}, Why.KEY_UNREADABLE),
        ({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}, Why.KEY_UNREADABLE),
        ({"kty": "OKP", "crv": "Ed25519", "x": "%"}, Why.KEY_UNREADABLE),
        ({"kty": "RSA", "n": 1, "e": "AQAB"}, Why.KEY_UNREADABLE),
        ({"kty": "RSA", "n": "AQAB", "e": "AQAB"}, Why.KEY_UNREADABLE),
        ({"kty": "RSA", "n": base64url((1 << 1023) + 1), "e": "AQAB"}, Why.KEY_WEAK),
    ],
)
def test_json_web_key_that_is_no_key_for_us_is_refused(members: dict[str, object], why: Why) -> None:
    with pytest.raises(SignatureRefused) as refused:
        public_key_from_jwk(members)
    assert refused.value.why is why


def test_private_key_that_is_none_of_ours_is_refused() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(SignatureRefused) as refused:
        private_key_from_pem(pem)
    assert refused.value.why is Why.KEY_UNSUPPORTED
    with pytest.raises(SignatureRefused) as refused:
        private_key_from_pem(b"lost")
    assert refused.value.why is Why.KEY_UNREADABLE


def test_a_p256_key_is_not_published_in_multibase() -> None:
    key = public_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    with pytest.raises(SignatureRefused) as refused:
        key.to_multibase()
    assert refused.value.why is Why.KEY_UNSUPPORTED


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\1", b"hello", bytes(range(256))])
def test_base58_keeps_leading_zeros(data: bytes) -> None:
    assert multibase.decode(multibase.encode(data), most=400) == data


def test_base58_is_the_alphabet_of_the_specification() -> None:
    assert multibase.encode(b"yes mani !") == "z7paNL19xttacUY"

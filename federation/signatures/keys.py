"""Public keys: read once from what actors publish, then kept as objects that verify.

Texts come from `publicKeyPem` (SPKI, or PKCS #1 "RSA PUBLIC KEY"), `publicKeyMultibase` (FEP-521a: Ed25519 `z6Mk…`, RSA)
and JSON Web Keys. Each reader remembers the last few thousand texts, for the same actors sign again and again.
"""

from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from federation.signatures import multibase
from federation.signatures.algorithms import Algorithm
from federation.signatures.key_texts import ED25519_PREFIX, RSA_PREFIX, from_jwk, from_multibase, from_pem
from federation.signatures.refusals import SignatureRefused, Why

LEAST_RSA_BITS = 2048
# Verifying takes time with the square of the size, and with the exponent, both of which the sender chooses.
MOST_RSA_BITS = 8192
MOST_RSA_EXPONENT = 2**32

Loaded = rsa.RSAPublicKey | Ed25519PublicKey | ec.EllipticCurvePublicKey

_REMEMBERED = 4096
_SHA256 = hashes.SHA256()
_PKCS1 = padding.PKCS1v15()
_SHA512 = hashes.SHA512()
_PSS = padding.PSS(mgf=padding.MGF1(_SHA512), salt_length=64)
_ECDSA = ec.ECDSA(_SHA256)
_P256_HALF = 32


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key and the algorithm it is used with where the signature names none."""

    loaded: Loaded
    algorithm: Algorithm

    def fits(self, algorithm: Algorithm) -> bool:
        """Whether a signature of that algorithm can be this key's at all."""
        if isinstance(self.loaded, rsa.RSAPublicKey):
            return algorithm in (Algorithm.RSA_V1_5_SHA256, Algorithm.RSA_PSS_SHA512)
        return algorithm is self.algorithm

    def verifies(self, algorithm: Algorithm, signature: bytes, data: bytes) -> bool:
        """Whether `signature` is this key's over `data`; never true for an algorithm that does not fit."""
        if not self.fits(algorithm):
            return False
        try:
            self._verify(algorithm, signature, data)
        except InvalidSignature:
            return False
        return True

    def _verify(self, algorithm: Algorithm, signature: bytes, data: bytes) -> None:
        key = self.loaded
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, data)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(_der(signature), data, _ECDSA)
        elif algorithm is Algorithm.RSA_PSS_SHA512:
            key.verify(signature, data, _PSS, _SHA512)
        else:
            key.verify(signature, data, _PKCS1, _SHA256)

    def to_pem(self) -> str:
        """The text for `publicKeyPem`: SPKI."""
        return self.loaded.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def to_multibase(self) -> str:
        """The text for `publicKeyMultibase`; raises `SignatureRefused` for a key that has none here (P-256)."""
        if isinstance(self.loaded, Ed25519PublicKey):
            return multibase.encode(ED25519_PREFIX + self.loaded.public_bytes_raw())
        if isinstance(self.loaded, rsa.RSAPublicKey):
            return multibase.encode(RSA_PREFIX + self.loaded.public_bytes(Encoding.DER, PublicFormat.PKCS1))
        raise SignatureRefused(Why.KEY_UNSUPPORTED, "only RSA and Ed25519 keys are published in multibase")


@lru_cache(maxsize=_REMEMBERED)
def public_key_from_pem(text: str) -> PublicKey:
    """The key of a `publicKeyPem`; raises `SignatureRefused` ("key_unreadable", "key_unsupported", "key_weak")."""
    return public_key(from_pem(text))


@lru_cache(maxsize=_REMEMBERED)
def public_key_from_multibase(text: str) -> PublicKey:
    """The key of a `publicKeyMultibase`; raises as `public_key_from_pem` does."""
    return public_key(from_multibase(text))


def public_key_from_jwk(members: dict[str, object]) -> PublicKey:
    """The key of a JSON Web Key, RSA or OKP Ed25519 (RFC 7517, 8037); raises as `public_key_from_pem` does."""
    return public_key(from_jwk(members))


def public_key(loaded: object) -> PublicKey:
    """A key object of the cryptography library as one of ours, if its type and size are accepted."""
    if isinstance(loaded, Ed25519PublicKey):
        return PublicKey(loaded, Algorithm.ED25519)
    if isinstance(loaded, rsa.RSAPublicKey):
        return PublicKey(_strong(loaded), Algorithm.RSA_V1_5_SHA256)
    if isinstance(loaded, ec.EllipticCurvePublicKey) and isinstance(loaded.curve, ec.SECP256R1):
        return PublicKey(loaded, Algorithm.ECDSA_P256_SHA256)
    raise SignatureRefused(Why.KEY_UNSUPPORTED, "the key is neither RSA nor Ed25519 nor P-256")


def _strong(key: rsa.RSAPublicKey) -> rsa.RSAPublicKey:
    if key.key_size < LEAST_RSA_BITS:
        raise SignatureRefused(
            Why.KEY_WEAK, f"the RSA key has {key.key_size} bits; at least {LEAST_RSA_BITS} are needed"
        )
    if key.key_size > MOST_RSA_BITS or key.public_numbers().e > MOST_RSA_EXPONENT:
        raise SignatureRefused(
            Why.KEY_UNSUPPORTED,
            f"the RSA key has over {MOST_RSA_BITS} bits or a public exponent over 32 bits",
        )
    return key


def _der(signature: bytes) -> bytes:
    """RFC 9421 section 3.3.4 writes r and s one after the other, the library reads DER."""
    if len(signature) != 2 * _P256_HALF:
        raise InvalidSignature
    r, s = signature[:_P256_HALF], signature[_P256_HALF:]
    return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))

"""Private keys of our own actors: made, kept as PEM bytes (which the caller encrypts), and signing.

A key object is loaded once and used by any thread. An RSA signature takes a quarter of a millisecond; signing lets go of
the interpreter lock, but has to get it back: who makes very many has a process for it (`federation/delivery/signing.py`).
"""

from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from federation.signatures.algorithms import Algorithm
from federation.signatures.keys import PublicKey, public_key
from federation.signatures.refusals import SignatureRefused, Why

RSA_BITS = 2048

_SHA256 = hashes.SHA256()
_PKCS1 = padding.PKCS1v15()


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """An RSA key (RSASSA-PKCS1-v1_5 with SHA-256, what every server verifies) or an Ed25519 key."""

    loaded: rsa.RSAPrivateKey | Ed25519PrivateKey
    public: PublicKey

    @property
    def algorithm(self) -> Algorithm:
        """What it signs with."""
        return self.public.algorithm

    def sign(self, data: bytes) -> bytes:
        """The signature over `data`."""
        if isinstance(self.loaded, Ed25519PrivateKey):
            return self.loaded.sign(data)
        return self.loaded.sign(data, _PKCS1, _SHA256)

    def to_pem(self) -> bytes:
        """The key as unencrypted PKCS #8 PEM: a secret, to be sealed before it is written anywhere."""
        return self.loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def __repr__(self) -> str:
        return f"PrivateKey({self.algorithm.value})"


def generate_rsa() -> PrivateKey:
    """A new RSA-2048 key; takes some 50 to 500 ms of CPU."""
    return _private_key(rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS))


def generate_ed25519() -> PrivateKey:
    """A new Ed25519 key."""
    return _private_key(Ed25519PrivateKey.generate())


def private_key_from_pem(pem: bytes) -> PrivateKey:
    """A key that `to_pem` wrote; raises `SignatureRefused` ("key_unreadable", "key_unsupported", "key_weak").

    Its primes are not checked again, which would take 34 ms: what was sealed by us comes back as it was or not at all.
    """
    try:
        loaded = load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError):
        raise SignatureRefused(
            Why.KEY_UNREADABLE, "the bytes are no unencrypted private key in PEM"
        ) from None
    return _private_key(loaded)


def _private_key(loaded: object) -> PrivateKey:
    if isinstance(loaded, rsa.RSAPrivateKey | Ed25519PrivateKey):
        return PrivateKey(loaded, public_key(loaded.public_key()))
    raise SignatureRefused(Why.KEY_UNSUPPORTED, "a private key is RSA or Ed25519 here")

"""The writings of public keys, read into key objects of the cryptography library; of any size, see `keys`."""

import base64
import binascii

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from federation.signatures import multibase
from federation.signatures.refusals import SignatureRefused, Why

# The multicodec prefixes of ed25519-pub and rsa-pub, as variable-length integers.
ED25519_PREFIX = b"\xed\x01"
RSA_PREFIX = b"\x85\x24"

# An RSA key of 8192 bits is 1,500 characters either way.
_MOST_PEM = 4096
_MOST_MULTIBASE = 1600
_MOST_MEMBER = 1500


def from_pem(text: str) -> object:
    """The key of a PEM text, SPKI or PKCS #1; raises `SignatureRefused` ("key_unreadable", "key_unsupported")."""
    if len(text) > _MOST_PEM:
        raise _unreadable(f"the PEM text has more than {_MOST_PEM} characters")
    # Some servers publish each line indented, or the whole with blanks around it.
    lines = [line.strip() for line in text.strip().splitlines()]
    try:
        return load_pem_public_key("\n".join(lines).encode())
    except UnsupportedAlgorithm:
        raise SignatureRefused(
            Why.KEY_UNSUPPORTED, "the PEM text holds a key of an unsupported kind"
        ) from None
    except ValueError:
        raise _unreadable("the PEM text holds no public key") from None


def from_multibase(text: str) -> object:
    """The key of a Multikey's text; raises `SignatureRefused` ("key_unreadable", "key_unsupported")."""
    try:
        data = multibase.decode(text, most=_MOST_MULTIBASE)
        if data.startswith(ED25519_PREFIX):
            return Ed25519PublicKey.from_public_bytes(data[len(ED25519_PREFIX) :])
        if data.startswith(RSA_PREFIX):
            return load_der_public_key(data[len(RSA_PREFIX) :])
    except UnsupportedAlgorithm:
        raise SignatureRefused(
            Why.KEY_UNSUPPORTED, "the multibase text holds a key of an unsupported kind"
        ) from None
    except ValueError as error:
        raise _unreadable(f"the multibase text holds no public key: {error}") from None
    raise SignatureRefused(Why.KEY_UNSUPPORTED, "the multibase text is neither an Ed25519 nor an RSA key")


def from_jwk(members: dict[str, object]) -> object:
    """The key of a JSON Web Key; raises `SignatureRefused` ("key_unreadable", "key_unsupported")."""
    kind, curve = members.get("kty"), members.get("crv")
    try:
        if kind == "OKP" and curve == "Ed25519":
            return Ed25519PublicKey.from_public_bytes(_base64url(members, "x"))
        if kind == "RSA":
            e, n = (int.from_bytes(_base64url(members, name), "big") for name in ("e", "n"))
            return RSAPublicNumbers(e, n).public_key()
    except ValueError as error:
        raise _unreadable(f"the JSON Web Key holds no public key: {error}") from None
    raise SignatureRefused(Why.KEY_UNSUPPORTED, "the JSON Web Key is neither RSA nor OKP with Ed25519")


def _base64url(members: dict[str, object], name: str) -> bytes:
    text = members.get(name)
    if not isinstance(text, str) or len(text) > _MOST_MEMBER:
        raise ValueError(f"its {name} is missing or too long")
    try:
        return base64.b64decode(
            text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True
        )
    except (binascii.Error, ValueError):
        raise ValueError(f"its {name} is not base64url") from None


def _unreadable(message: str) -> SignatureRefused:
    return SignatureRefused(Why.KEY_UNREADABLE, message)

"""SCRAM-SHA-256 (RFC 5802, RFC 7677): proves that we know a password and that the server does, without sending it."""

import base64
import binascii
import hashlib
import hmac
import secrets

from kernel.errors import Unavailable

MECHANISM = "SCRAM-SHA-256"
_NO_BINDING = b"n,,"
_MOST_ITERATIONS = 1_000_000  # a hostile server must not keep this process computing


class ScramFailed(Unavailable):
    """The conversation went wrong: the server does not know the password, or speaks differently."""


class Scram:
    """One conversation: `first`, then `final` with the server's challenge, then `verify` with its signature."""

    def __init__(self, password: str, nonce: str | None = None) -> None:
        # SASLprep leaves printable ASCII as it is; our passwords are generated from it.
        if not password or not password.isascii() or not password.isprintable():
            raise ScramFailed("a database password is made of printable ASCII characters")
        self._password = password.encode()
        self._nonce = nonce or secrets.token_urlsafe(18)
        self._bare = f"n=,r={self._nonce}".encode()  # PostgreSQL takes the name from the startup message
        self._signature: bytes | None = None

    def first(self) -> bytes:
        """The first message of the client."""
        return _NO_BINDING + self._bare

    def final(self, challenge: bytes) -> bytes:
        """The proof, from the challenge."""
        parts = _attributes(challenge)
        try:
            nonce, salt, iterations = parts["r"], _decoded(parts["s"]), int(parts["i"])
        except (KeyError, ValueError):
            raise ScramFailed("the server's challenge cannot be read") from None
        if not nonce.startswith(self._nonce) or len(nonce) == len(self._nonce):
            raise ScramFailed("the server's challenge answers somebody else")
        if not 0 < iterations <= _MOST_ITERATIONS:
            raise ScramFailed(f"the server asks for {iterations} iterations")
        salted = hashlib.pbkdf2_hmac("sha256", self._password, salt, iterations)
        unproven = b"c=" + base64.b64encode(_NO_BINDING) + b",r=" + nonce.encode()
        said = b",".join((self._bare, challenge, unproven))
        client = hmac.digest(salted, b"Client Key", "sha256")
        mask = hmac.digest(hashlib.sha256(client).digest(), said, "sha256")
        self._signature = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), said, "sha256")
        proof = bytes(a ^ b for a, b in zip(client, mask, strict=True))
        return unproven + b",p=" + base64.b64encode(proof)

    def verify(self, answer: bytes) -> None:
        """Raises `ScramFailed` unless the server knows the password too."""
        try:
            signature = _decoded(_attributes(answer).get("v", ""))
        except ValueError:
            signature = b""
        if self._signature is None or not hmac.compare_digest(signature, self._signature):
            raise ScramFailed("the server could not prove that it knows the password")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def _attributes(message: bytes) -> dict[str, str]:
    try:
        return {part[:1]: part[2:] for part in message.decode("ascii").split(",")}
    except UnicodeDecodeError:
        raise ScramFailed("the server's message cannot be read") from None

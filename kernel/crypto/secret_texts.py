"""Secrets that a token carries: 256 random bits as text, kept as a digest, compared in constant time."""

import hashlib
import hmac
import re
import secrets
import string

_ALPHABET = string.ascii_letters + string.digits
# 62 ** 43 is the first power above 2 ** 256.
_LENGTH = 43

SECRET_PATTERN = rf"[A-Za-z0-9]{{{_LENGTH}}}"
_SECRET = re.compile(SECRET_PATTERN, re.ASCII)


def new_secret() -> str:
    """A secret of 256 random bits out of letters and digits, so that a double click selects all of it."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def is_secret(text: str) -> bool:
    """Whether `text` has the form of a secret."""
    return _SECRET.fullmatch(text) is not None


def digest(text: str) -> str:
    """What is kept of a secret. A fast hash is right for it: nobody can try 2^256 of them."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=32).hexdigest()


def same(kept: str, given: str) -> bool:
    """Whether two digests are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(kept.encode(), given.encode())

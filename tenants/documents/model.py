"""What a document's id may look like, and when it says something about the text. Pure.

Source: GraphQL over HTTP, appendix A "Persisted Documents": an id without a colon is the client's own, `x-NAME:` its own
method, `sha256:` the hash of the text; other prefixes are reserved. Clients of Apollo and Relay write the hash without
its prefix, so 64 small hexadecimal digits are the same id as those digits after `sha256:`.
"""

import hashlib
import re
from dataclasses import dataclass

from kernel.errors import InvalidInput

MAX_ID = 128
MAX_CLIENT = 64
DEFAULT_CLIENT = "default"
HASH_PREFIX = "sha256:"

_OWN = re.compile(r"(x-[A-Za-z0-9._~-]+:)?[A-Za-z0-9._~-]+", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document to be published: its canonical id, text, the names of its operations, and whose it is."""

    document_id: str
    body: str
    operations: tuple[str, ...]
    clients: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """The hash of the text, in hexadecimal digits."""
        return hash_of(self.body)


def canonical_id(given: str) -> str:
    """The id as it is kept: a hash always with its prefix. `InvalidInput` where it is none."""
    if _HASH.fullmatch(given):
        return HASH_PREFIX + given
    if given.startswith(HASH_PREFIX):
        if not _HASH.fullmatch(given, len(HASH_PREFIX)):
            raise InvalidInput("after `sha256:` an id has 64 hexadecimal digits in small letters")
        return given
    if len(given) > MAX_ID or not _OWN.fullmatch(given):
        raise InvalidInput(
            f"an id has 1 to {MAX_ID} of A-Z, a-z, 0-9 and `-._~`, alone or after `sha256:` or a prefix such as `x-own:`"
        )
    return given


def checked_client(name: str) -> str:
    """The name of a client, without blanks around it; `InvalidInput` where it is none."""
    name = name.strip()
    if not 1 <= len(name) <= MAX_CLIENT or not name.isprintable():
        raise InvalidInput(f"the name of a client has 1 to {MAX_CLIENT} printable characters")
    return name


def hash_of(body: str) -> str:
    """SHA-256 of the text in UTF-8, in hexadecimal digits."""
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()


def is_hash(document_id: str) -> bool:
    """Whether a canonical id says what the text's hash is."""
    return document_id.startswith(HASH_PREFIX)


def fits(document_id: str, body: str) -> bool:
    """Whether a canonical id may stand for the text: one that is no hash may stand for any."""
    return not is_hash(document_id) or document_id == HASH_PREFIX + hash_of(body)

"""Keys that wrap keys: what the operator holds outside of every database, so that a stolen one does not open itself.

The first key of the ring wraps, the others still unwrap. A wrapped key is a version byte, a nonce and AES-256-GCM's
ciphertext, bound to what it was wrapped for: put elsewhere it does not unwrap.
"""

import base64
import binascii
import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.crypto.sealing import CiphertextDamaged, KeyLost
from kernel.errors import InvalidInput

KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeyEncryptionKey:
    """One key and the name it has in what it wrapped; the name is no secret."""

    id: str
    cipher: AESGCM = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyEncryptionKeys:
    """The keys by id; the first one wraps. Without any, nothing can be wrapped or unwrapped."""

    by_id: dict[str, KeyEncryptionKey] = field(repr=False)

    @property
    def current(self) -> KeyEncryptionKey:
        """The key that wraps; `KeyLost` where there is none."""
        for key in self.by_id.values():
            return key
        raise KeyLost(
            "FEDIFLOW_KEY_ENCRYPTION_KEYS is not set: without a key-encryption key nothing can be stored encrypted"
        )

    def wrap(self, key: bytes, context: str) -> bytes:
        """`key` as it may be stored, under the current key; `context` says for what, and is needed to unwrap it."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self.current.cipher.encrypt(nonce, key, context.encode())

    def unwrap(self, wrapped: bytes, context: str, by: str) -> bytes:
        """What `wrap` was given; `by` names the key that wrapped it.

        Raises `KeyLost` where that key is not in the ring, `CiphertextDamaged` where it does not open.
        """
        key = self.by_id.get(by)
        if key is None:
            raise KeyLost(
                f"the key-encryption key {by!r} is needed ({context}) and is not among FEDIFLOW_KEY_ENCRYPTION_KEYS: "
                "put it back behind the current one, or restore it from where the operator keeps it",
                key_encryption_key=by,
            )
        try:
            if wrapped[:1] != _VERSION:
                raise InvalidTag
            nonce, sealed = wrapped[1 : 1 + _NONCE_BYTES], wrapped[1 + _NONCE_BYTES :]
            return key.cipher.decrypt(nonce, sealed, context.encode())
        except (InvalidTag, ValueError):
            raise CiphertextDamaged(
                f"a wrapped key ({context}) does not open with the key-encryption key {by!r}: it was changed or moved, "
                "or that id once named another key; restore the row from a backup",
                key_encryption_key=by,
            ) from None


def new_key_encryption_key() -> str:
    """A new key as text for a settings file: `id:base64`."""
    raw = secrets.token_bytes(KEY_BYTES)
    return f"kek-{secrets.token_hex(4)}:{base64.b64encode(raw).decode()}"


def key_encryption_keys(texts: Iterable[str]) -> KeyEncryptionKeys:
    """The ring of keys written as `id:base64`; `InvalidInput` says what is wrong and repeats no key."""
    found: dict[str, KeyEncryptionKey] = {}
    for number, text in enumerate(texts, 1):
        key = _read(text, number)
        if key.id in found:
            raise InvalidInput(f"two keys are named {key.id!r}: each needs an id of its own")
        found[key.id] = key
    return KeyEncryptionKeys(found)


def _read(text: str, number: int) -> KeyEncryptionKey:
    key_id, colon, encoded = text.partition(":")
    if not colon or not _ID.fullmatch(key_id):
        raise InvalidInput(
            f"key {number} has no id: expected id:base64, the id of lower-case letters, digits, dots, dashes"
        )
    try:
        raw = base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != KEY_BYTES:
        raise InvalidInput(f"the key {key_id!r} is not {KEY_BYTES} bytes in base64")
    return KeyEncryptionKey(key_id, AESGCM(raw))

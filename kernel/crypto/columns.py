"""Columns that are stored encrypted: AES-256-GCM under a data key of the tenant, and an index to look values up by.

A ciphertext is a version byte, two bytes of key id, a nonce, and the encrypted value with its tag. It is bound to the
tenant and to `table.column`: copied to another tenant, table or column it does not decrypt. A blind index is
HMAC-SHA-256 under a key derived (HKDF, RFC 5869) for the same place: equal values of one column of one tenant have equal
indexes, and nobody without the key can tell or try which value it is.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kernel.crypto.sealing import CiphertextDamaged, CiphertextMoved, KeyLost

KEY_BYTES = 32
LARGEST_KEY_ID = 32_767
_VERSION = 1
_ID_BYTES = 2
_NONCE_BYTES = 12
_TAG_BYTES = 16
_HEADER_BYTES = 1 + _ID_BYTES
_SHORTEST = _HEADER_BYTES + _NONCE_BYTES + _TAG_BYTES


@dataclass(frozen=True, slots=True)
class ColumnKeys:
    """The data keys of one tenant by id: `current` encrypts, all decrypt, the oldest one makes the blind indexes.

    The oldest, because an index must find what was stored before a new data key was made.
    """

    tenant_id: int
    current: int
    by_id: Mapping[int, bytes] = field(repr=False)

    def encrypt(self, place: str, value: bytes) -> bytes:
        """`value` as it is stored in `place` ("table.column"): 31 bytes longer, and never twice the same."""
        nonce = os.urandom(_NONCE_BYTES)
        header = bytes((_VERSION,)) + self.current.to_bytes(_ID_BYTES)
        return header + nonce + _cipher(self._key(self.current)).encrypt(nonce, value, self._bound_to(place))

    def decrypt(self, place: str, stored: bytes) -> bytes:
        """The value that was stored in `place`.

        Raises `KeyLost` where the tenant has no such data key, `CiphertextDamaged` where it is no ciphertext at all, and
        `CiphertextMoved` where it was made for another place or was changed.
        """
        key = self._key(key_id_of(stored, place))
        nonce = stored[_HEADER_BYTES : _HEADER_BYTES + _NONCE_BYTES]
        try:
            return _cipher(key).decrypt(nonce, stored[_HEADER_BYTES + _NONCE_BYTES :], self._bound_to(place))
        except InvalidTag:
            raise CiphertextMoved(
                f"a value of {place} does not decrypt: it was stored for another tenant, table or column, or changed",
                place=place,
            ) from None

    def blind_index(self, place: str, value: str) -> bytes:
        """32 bytes that are equal for equal values; `value` is normalised by whoever knows what it is."""
        oldest = self._key(min(self.by_id, default=1))
        return hmac.digest(_index_key(oldest, self._bound_to(place)), value.encode(), hashlib.sha256)

    def _bound_to(self, place: str) -> bytes:
        return f"{self.tenant_id}|{place}".encode()

    def _key(self, key_id: int) -> bytes:
        key = self.by_id.get(key_id)
        if key is None:
            raise KeyLost(
                f"the data key {key_id} of tenant {self.tenant_id} is not in data_keys: restore that row from a backup",
                key_id=key_id,
            )
        return key


def key_id_of(stored: bytes, place: str) -> int:
    """Which data key encrypted it; `CiphertextDamaged` where it has not the form of a ciphertext."""
    if len(stored) < _SHORTEST or stored[0] != _VERSION:
        raise CiphertextDamaged(
            f"a value of {place} is no ciphertext of ours: restore it from a backup", place=place
        )
    return int.from_bytes(stored[1:_HEADER_BYTES])


def new_data_key() -> bytes:
    """A data key of 256 random bits."""
    return secrets.token_bytes(KEY_BYTES)


# Making a cipher or deriving a key costs more than using it; the keys are held unwrapped by the process anyway.
@lru_cache(maxsize=4096)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


@lru_cache(maxsize=4096)
def _index_key(key: bytes, place: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"fediflow blind index|" + place).derive(key)

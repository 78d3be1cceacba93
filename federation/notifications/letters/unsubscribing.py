"""The links that end letters without signing in (RFC 8058): who, which kinds, and a seal that only we can make.

The seal is a keyed hash under the institution's data key, so a link holds for its institution alone and says nothing that
it could be guessed from. It does not run out: whoever finds an old letter may still end the new ones.
"""

import base64
import binascii
import hmac
from collections.abc import Collection
from dataclasses import dataclass

from federation.notifications.model import NotificationKind
from kernel.crypto.columns import ColumnKeys
from kernel.errors import InvalidInput

_PLACE = "notification_preferences.unsubscribe"
_USER_BYTES, _KINDS_BYTES, _SEAL_BYTES = 8, 4, 16
_LENGTH = _USER_BYTES + _KINDS_BYTES + _SEAL_BYTES
_KINDS = tuple(NotificationKind)


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """Whose letters about what."""

    user_id: int
    kinds: tuple[NotificationKind, ...]


def unsubscribe_token(keys: ColumnKeys, user_id: int, kinds: Collection[NotificationKind]) -> str:
    """What a link ends in; 38 characters that a URL may have."""
    places = sum(1 << place for place, kind in enumerate(_KINDS) if kind in kinds)
    said = user_id.to_bytes(_USER_BYTES) + places.to_bytes(_KINDS_BYTES)
    return _written(said + _seal(keys, said))


def read_unsubscribe_token(keys: ColumnKeys, token: str) -> Unsubscribed:
    """What a link says; `InvalidInput` where it is none of ours."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    said, seal = raw[:-_SEAL_BYTES], raw[-_SEAL_BYTES:]
    is_whole = (
        len(raw) == _LENGTH and _written(raw) == token
    )  # as we write it: the last character has room for more
    if not is_whole or not hmac.compare_digest(seal, _seal(keys, said)):
        raise InvalidInput("this link is not whole: copy all of it from the letter", argument="token")
    places = int.from_bytes(said[_USER_BYTES:])
    kinds = tuple(kind for place, kind in enumerate(_KINDS) if places >> place & 1)
    return Unsubscribed(int.from_bytes(said[:_USER_BYTES]), kinds)


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _seal(keys: ColumnKeys, said: bytes) -> bytes:
    return keys.blind_index(_PLACE, said.hex())[:_SEAL_BYTES]

"""The signatures that one process accepted lately, so that none is accepted twice."""

from datetime import datetime, timedelta
from hashlib import blake2b

from federation.signatures.policy import STRICT
from federation.signatures.refusals import SignatureRefused, Why

_DIGEST_BYTES = 16


class ReplayWindow:
    """Remembers signatures for `span` at least, and `most` of them at most: some 100 bytes each.

    They stand in two generations. When the younger one is as old as the span or half of `most`, it becomes the older
    one and what was the older is forgotten: no entry has to be looked at again, whatever comes in. A flood shortens the
    memory rather than filling it; activities are unique by their id in the database anyway.

    Remember a signature only once what it brought is durable: a sender who got no answer from us sends it again. Signing
    is deterministic and its clock counts seconds, so an honest sender may bring the same signature twice as well: it is
    refused, which costs nothing, because what it brings was taken. Ask about requests that change something only.
    """

    def __init__(self, span: timedelta = STRICT.span, most: int = 200_000) -> None:
        self._span = span
        self._half = max(1, most // 2)
        self._young: set[bytes] = set()
        self._old: set[bytes] = set()
        self._since: datetime | None = None

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def seen(self, signature: bytes, now: datetime) -> bool:
        """Whether that signature was remembered within the span."""
        self._turn(now)
        key = _key(signature)
        return key in self._young or key in self._old

    def check(self, signature: bytes, now: datetime) -> None:
        """Refuses ("replayed") a signature that was seen."""
        if self.seen(signature, now):
            raise SignatureRefused(Why.REPLAYED, "a request with this very signature was accepted before")

    def remember(self, signature: bytes, now: datetime) -> None:
        """From now on the signature counts as seen."""
        self._turn(now)
        if len(self._young) >= self._half:
            self._begin(now)
        self._young.add(_key(signature))

    def _turn(self, now: datetime) -> None:
        if self._since is None:
            self._since = now
            return
        age = now - self._since
        if age >= 2 * self._span:
            self._young = set()
        if age >= self._span:
            self._begin(now)

    def _begin(self, now: datetime) -> None:
        self._old, self._young, self._since = self._young, set(), now


def _key(signature: bytes) -> bytes:
    return blake2b(signature, digest_size=_DIGEST_BYTES).digest()

"""The public keys that an actor names: `publicKey` with a PEM, `assertionMethod` with a Multikey (FEP-521a)."""

from collections.abc import Iterator
from itertools import islice

from federation.protocol.origins import origin_of, same_origin
from federation.protocol.reading.errors import Unreadable
from federation.protocol.reading.identity import id_of
from federation.protocol.reading.shapes.activities import Document
from federation.protocol.reading.shapes.actors import RemoteKey
from federation.protocol.reading.times import moment
from federation.protocol.reading.values import member, objects, text, types_of, uri
from federation.protocol.vocabulary import KeyKind

MOST_KEYS = 10
LONGEST_KEY = 16_384


def keys_of(document: Document, actor: str) -> tuple[RemoteKey, ...]:
    """The actor's keys, each id once. A key of another origin or owner, or without its value, is left out."""
    found = islice(_keys(document, actor), MOST_KEYS)
    return tuple({key.id: key for key in found}.values())


def read_key(document: Document, *, where: str = "$", allow_http: bool = False) -> RemoteKey:
    """A key that was asked for by its own id: the key itself, or the actor around it that some servers answer with.

    Who the owner is stands in it as a claim: whether the owner names this key, ask the owner.
    """
    id = id_of(document, where, allow_http=allow_http)
    owner = uri(member(document, "owner", "controller")) or id
    key = _key(document, owner) or next(_keys(document, id), None)
    if key is None:
        raise Unreadable("holds no public key of its own origin", where)
    return key


def _keys(document: Document, actor: str) -> Iterator[RemoteKey]:
    for name in ("publicKey", "assertionMethod"):
        for _, one in objects(document.get(name), MOST_KEYS):
            key = _key(one, actor)
            if key is not None:
                yield key


def _key(document: Document, actor: str) -> RemoteKey | None:
    id = document.get("id")
    owner = uri(member(document, "owner", "controller")) or actor
    value = _value(document)
    if not isinstance(id, str) or origin_of(id) is None or owner != actor or value is None:
        return None
    if not same_origin(id, actor):
        return None
    return RemoteKey(id, owner, *value, moment(member(document, "expires", "revoked")))


def _value(document: Document) -> tuple[KeyKind, str] | None:
    pem = text(document.get("publicKeyPem"), LONGEST_KEY)
    if pem is not None and "-----BEGIN" in pem:
        return KeyKind.PEM, pem
    multibase = text(document.get("publicKeyMultibase"), LONGEST_KEY)
    if multibase is not None and multibase.startswith("z") and "Multikey" in types_of(document):
        return KeyKind.MULTIKEY, multibase
    return None

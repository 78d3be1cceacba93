"""A document's traits: its kind and who finds it, as far as a small number says it; for the others its row is looked at."""

from collections.abc import Iterable

from search.model import Document, Kind

# Each a bit. Any tokens would do, these are those of many documents: for them no row is looked at.
_BROAD = ("public", "members", "catalog", "users")
_AUTHORS = ("by:", "host:")  # what readers do not want to meet begins so, and few documents have it
FURTHER = 1 << len(_BROAD)
"""It has tokens besides the broad ones."""
_WRITTEN = FURTHER << 1
ONLINE = _WRITTEN << 1
KINDS_FROM = len(_BROAD) + 3
"""The bits from here on are the number of the kind, which begins at 1."""
KINDS = tuple(one.value for one in Kind)


def traits_of(document: Document) -> int:
    """What a block says of a document; of one that was removed it says 0, which nobody finds."""
    further = FURTHER if further_of(document.audience) else 0
    written = _WRITTEN if any(map(_is_author, document.audience)) else 0
    online = ONLINE if document.is_online else 0
    kind = 1 + KINDS.index(document.kind.value)
    return broad_bits(document.audience) | further | written | online | kind << KINDS_FROM


def broad_bits(tokens: Iterable[str]) -> int:
    """The broad ones among the tokens."""
    return sum(1 << _BROAD.index(token) for token in set(tokens) if token in _BROAD)


def further_of(tokens: Iterable[str]) -> list[str]:
    """The others, in order."""
    return sorted({token for token in tokens if token not in _BROAD})


def may_have(tokens: Iterable[str]) -> int:
    """The bit without which a document has none of these further tokens."""
    return _WRITTEN if all(map(_is_author, tokens)) else FURTHER


def _is_author(token: str) -> bool:
    return token.startswith(_AUTHORS)

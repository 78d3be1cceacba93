"""The links that pieces of a text become."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from federation.content.hashtags import hashtag_key
from federation.content.pieces import Piece, PieceKind


@dataclass(frozen=True, slots=True)
class MentionAnchor:
    """Somebody who was found by a handle: the actor's URI, the page for people, and the handle in full."""

    uri: str
    url: str
    handle: str  # @user@domain


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link in a text: where to, what it is called, and its classes."""

    href: str
    text: str
    classes: str


@dataclass(frozen=True, slots=True)
class Anchors:
    """What the caller found out about the names in a text; `hashtag_url` takes a hashtag's key."""

    mentions: Mapping[str, MentionAnchor]
    hashtag_url: Callable[[str], str]

    def anchor(self, piece: Piece) -> Anchor | None:
        """The link that a piece becomes; None where it stays text."""
        if piece.handle is not None:
            found = self.mentions.get(piece.handle.key)
            return Anchor(found.url, piece.text, "u-url mention") if found else None
        if piece.kind is PieceKind.HASHTAG:
            key = hashtag_key(piece.text)
            return Anchor(self.hashtag_url(key), piece.text, "mention hashtag") if key else None
        return Anchor(piece.text, piece.text, "") if piece.kind is PieceKind.LINK else None


def no_hashtag_page(key: str) -> str:
    """For texts whose hashtags link nowhere: an empty address, which sanitising takes away."""
    return ""

"""A plain text taken apart: addresses, mentions and hashtags, and what is between them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from federation.content.handles import HANDLE, Handle, handle_in
from federation.content.hashtags import SIGNS, hashtag_in
from federation.protocol.origins import origin_of


class PieceKind(Enum):
    """What a piece is."""

    TEXT = auto()
    LINK = auto()
    MENTION = auto()
    HASHTAG = auto()


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text. `handle` is a mention's, `text` what was written; a hashtag's with its sign."""

    kind: PieceKind
    text: str
    handle: Handle | None = None


def pieces(text: str) -> Iterator[Piece]:
    """The text in pieces that joined are the text again."""
    done = position = 0
    while found := _START.search(text, position):
        piece = _piece_at(text, found.start())
        if piece is None:
            position = found.end()
            continue
        if found.start() > done:
            yield Piece(PieceKind.TEXT, text[done : found.start()])
        yield piece
        done = position = found.start() + len(piece.text)
    if done < len(text):
        yield Piece(PieceKind.TEXT, text[done:])


# Where something may begin: an address, or a sign that is not in the middle of a word or of an address.
_START = re.compile(r"(?<![\w])https?://(?=[^\s])|(?<![\w/=@.&#＃])[@#＃](?=[^\s])", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s<>\"`{}|\\^\u3000-\u3003\u3008-\u3011]{1,2048}", re.IGNORECASE)
_PAIRS = {")": "(", "]": "["}
_AFTER = ".,;:!?'*_~…’”»"


def _piece_at(text: str, start: int) -> Piece | None:
    sign = text[start]
    if sign == "@":
        return _mention(text, start)
    if sign in SIGNS:
        name = hashtag_in(text[start + 1 : start + 102])
        return Piece(PieceKind.HASHTAG, sign + name) if name else None
    return _link(text, start)


def _mention(text: str, start: int) -> Piece | None:
    found = HANDLE.match(text, start)
    handle = handle_in(found[0], whole=True) if found else None
    return Piece(PieceKind.MENTION, found[0], handle) if found and handle else None


def _link(text: str, start: int) -> Piece | None:
    found = _ADDRESS.match(text, start)
    if found is None:
        return None
    address = found[0]
    while address[-1] in _AFTER or _is_unpaired(address):
        address = address[:-1]
    return Piece(PieceKind.LINK, address) if origin_of(address) is not None else None


def _is_unpaired(address: str) -> bool:
    """A closing bracket belongs to the address only where it closes one of it."""
    opening = _PAIRS.get(address[-1])
    return opening is not None and address.count(opening) < address.count(address[-1])

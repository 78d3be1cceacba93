"""Plain text as HTML: paragraphs at blank lines, line breaks within, and links."""

import re
from html import escape

from federation.content.anchors import Anchors
from federation.content.pieces import Piece, pieces


def render_paragraphs(text: str, anchors: Anchors) -> str:
    """The text as `<p>` elements with everything escaped; not sanitised, and in no need of it."""
    parts = _BLANK_LINES.split(_LINE_ENDS.sub("\n", text).strip())
    return "".join(f"<p>{_inline(part, anchors)}</p>" for part in parts if part.strip())


_LINE_ENDS = re.compile(r"\r\n?|\u2028|\u2029")
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def _inline(text: str, anchors: Anchors) -> str:
    return "".join(_piece(piece, anchors) for piece in pieces(text)).replace("\n", "<br>")


def _piece(piece: Piece, anchors: Anchors) -> str:
    anchor = anchors.anchor(piece)
    if anchor is None:
        return escape(piece.text)
    classes = f' class="{anchor.classes}"' if anchor.classes else ""
    return f'<a href="{escape(anchor.href)}"{classes}>{escape(anchor.text)}</a>'

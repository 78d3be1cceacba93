"""Markdown (CommonMark with tables and strikethrough, no raw HTML, no pictures) as HTML with links, mentions, hashtags."""

from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from federation.content.anchors import Anchor, Anchors
from federation.content.pieces import Piece, pieces


def render_markdown(text: str, anchors: Anchors) -> str:
    """The text as HTML; to be sanitised. A line break is one, as in plain text."""
    tokens = _PARSER.parse(text)
    for token in tokens:
        if token.children:
            token.children = list(_with_anchors(token.children, anchors))
    return str(_PARSER.renderer.render(tokens, _PARSER.options, {}))


def markdown_pieces(text: str) -> Iterator[Piece]:
    """What is written outside of code and links, in pieces."""
    for token in _PARSER.parse(text):
        for child in _outside_links(token.children or ()):
            if child.type == "text":
                yield from pieces(child.content)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": False})
    parser.enable(["table", "strikethrough"])
    # Without it an escaped sign stays apart from the word after it, and `\@user` names nobody.
    parser.disable(["image", "html_block", "html_inline", "text_join"])
    return parser


_PARSER = _parser()


def _with_anchors(children: Sequence[Token], anchors: Anchors) -> Iterator[Token]:
    outside = {id(child) for child in _outside_links(children)}
    for child in children:
        if child.type == "text" and id(child) in outside:
            for piece in pieces(child.content):
                yield from _tokens(piece, anchors.anchor(piece))
        else:
            yield _text(child.content) if child.type == "text_special" else child


def _outside_links(children: Sequence[Token]) -> Iterator[Token]:
    depth = 0
    for child in children:
        depth += {"link_open": 1, "link_close": -1}.get(child.type, 0)
        if depth == 0:
            yield child


def _tokens(piece: Piece, anchor: Anchor | None) -> Iterator[Token]:
    if anchor is None:
        yield _text(piece.text)
        return
    attributes: dict[str, str | int | float] = {"href": anchor.href}
    if anchor.classes:
        attributes["class"] = anchor.classes
    yield Token("link_open", "a", 1, attrs=attributes)
    yield _text(piece.text)
    yield Token("link_close", "a", -1)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)

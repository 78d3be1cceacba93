"""What people here type, as HTML: plain text or Markdown, with links, mentions and hashtags.

In two steps, since finding somebody by handle takes a network: `outline` says who and what is named, the caller looks
them up, `compose` makes the HTML.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from federation.content.anchors import Anchors, MentionAnchor
from federation.content.hashtags import hashtag_key
from federation.content.markdown import markdown_pieces, render_markdown
from federation.content.paragraphs import render_paragraphs
from federation.content.pieces import Piece, PieceKind, pieces
from federation.content.plain_text import count_links
from federation.content.sanitising import sanitised
from kernel.errors import InvalidInput
from kernel.visible_text import is_blank


class TextFormat(StrEnum):
    """How a text is written."""

    PLAIN = "plain"
    MARKDOWN = "markdown"

    @property
    def media_type(self) -> str:
        """What a document's `source` calls it."""
        return f"text/{self.value}"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one text may hold: characters as Python counts them (code points), distinct mentions and hashtags."""

    characters: int = 10_000
    mentions: int = 50
    hashtags: int = 50


@dataclass(frozen=True, slots=True)
class Outline:
    """Who and what a text names, each once, in order: handles by their key, hashtags in their first spelling."""

    handles: tuple[str, ...]
    hashtags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Composed:
    """A text as sanitised HTML, and what became of its names. `links` are those that are no mentions or hashtags."""

    html: str
    mentions: tuple[MentionAnchor, ...]
    hashtags: tuple[str, ...]
    links: int


DEFAULT_LIMITS = Limits()


def outline(text: str, format: TextFormat, *, limits: Limits = DEFAULT_LIMITS) -> Outline:
    """Who and what a text names outside of code and addresses; `InvalidInput` where it is too long or names too many."""
    _check_text(text, limits)
    handles: dict[str, None] = {}
    hashtags: dict[str, str] = {}
    for piece in _pieces(text, format):
        if piece.handle is not None:
            handles.setdefault(piece.handle.key)
        elif piece.kind is PieceKind.HASHTAG:
            name = piece.text[1:]
            hashtags.setdefault(hashtag_key(name) or name, name)
    _check_number("mentions", len(handles), limits.mentions)
    _check_number("hashtags", len(hashtags), limits.hashtags)
    return Outline(tuple(handles), tuple(hashtags.values()))


def compose(
    text: str,
    format: TextFormat,
    *,
    mentions: Mapping[str, MentionAnchor],
    hashtag_url: Callable[[str], str],
    limits: Limits = DEFAULT_LIMITS,
) -> Composed:
    """The text as HTML. `mentions` has who was found by the keys of `outline`: whoever was not stays plain text.

    `hashtag_url` gives the page of a hashtag by its key.
    """
    named = outline(text, format, limits=limits)
    anchors = Anchors(mentions, hashtag_url)
    render = render_markdown if format is TextFormat.MARKDOWN else render_paragraphs
    html = sanitised(render(text, anchors))
    found = {mentions[key].uri: mentions[key] for key in named.handles if key in mentions}
    return Composed(html, tuple(found.values()), named.hashtags, count_links(html))


def _pieces(text: str, format: TextFormat) -> Iterable[Piece]:
    return markdown_pieces(text) if format is TextFormat.MARKDOWN else pieces(text)


def _check_text(text: str, limits: Limits) -> None:
    if is_blank(text) or "\0" in text:
        raise InvalidInput("a text is not blank and holds no U+0000", path="text")
    if len(text) > limits.characters:
        raise InvalidInput(f"a text has at most {limits.characters} characters, not {len(text)}", path="text")


def _check_number(what: str, number: int, most: int) -> None:
    if number > most:
        raise InvalidInput(f"a text has at most {most} {what}, not {number}", path="text")

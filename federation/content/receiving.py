"""Foreign texts as HTML that may be shown, whatever they were written in."""

from html import escape

from federation.content.anchors import Anchors, no_hashtag_page
from federation.content.markdown import render_markdown
from federation.content.paragraphs import render_paragraphs
from federation.content.plain_text import text_of
from federation.content.sanitising import sanitised, with_linked_pictures

LONGEST_HTML = 100_000
"""Characters of HTML that are kept of a text; one that has more is kept as its plain text, cut there."""


def received_html(text: str, media_type: str = "text/html") -> str:
    """The text as sanitised HTML, at most `LONGEST_HTML` characters; a type that is not known is taken for plain."""
    html = _html(text, media_type)
    return html if len(html) <= LONGEST_HTML else _cut(html)


_NOBODY = Anchors({}, no_hashtag_page)


def _html(text: str, media_type: str) -> str:
    if media_type in ("text/html", "application/xhtml+xml"):
        return with_linked_pictures(text)
    if media_type == "text/markdown":
        return sanitised(render_markdown(text, _NOBODY))
    return sanitised(render_paragraphs(text, _NOBODY))


def _cut(html: str) -> str:
    """Escaping makes up to six characters of one, so a text of a sixth fits however it is written."""
    return sanitised(f"<p>{escape(text_of(html)[: LONGEST_HTML // 7], quote=False)}</p>")

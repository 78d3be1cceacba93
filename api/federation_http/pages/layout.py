"""What all pages share: their frame, their head, and what a browser may do with them."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path

import orjson

from api.federation_http.answers import MINUTE, Answer
from api.federation_http.asked import Asked
from api.federation_http.forms import Form
from api.federation_http.pages.words import Words, words_for
from federation.protocol.vocabulary import ACTIVITY_JSON
from kernel.languages import choose_language

_STYLE = (Path(__file__).parent / "style.css").read_text()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
# Nothing runs; the one style is named by its hash; pictures may be of other servers, as avatars are.
HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src 'self' https: data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}
_MEANT_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


@dataclass(frozen=True, slots=True)
class Page:
    """A page: `body` is HTML, everything else plain text."""

    title: str
    body: str
    canonical: str
    kind: str = "website"  # OpenGraph's
    description: str = ""
    image: str | None = None
    document: str | None = None  # the address of the same as a document
    me: Sequence[str] = ()  # other pages of the same person
    data: Mapping[str, object] | None = None  # JSON-LD
    is_listed: bool = True  # search engines may show it


class Writer:
    """Writes a page in the language of who asks."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.words = words_for(asked.languages)
        self.language = self.words.language

    def page(self, page: Page, *, status: int = 200) -> Answer:
        """The answer with the whole page."""
        return Answer(self.html(page).encode(), Form.PAGE.value, MINUTE, status, HEADERS)

    def text(self, texts: Mapping[str, str], tag: str = "span", attributes: str = "") -> str:
        """A language-tagged text as an element that says its language; '' where there is none."""
        if not texts:
            return ""
        language = choose_language(list(texts), self.asked.languages)
        return f"<{tag}{attributes}{lang(language)}>{escape(texts[language])}</{tag}>"

    def plain(self, texts: Mapping[str, str] | None) -> str:
        """A language-tagged text for the reader, as it is."""
        return texts[choose_language(list(texts), self.asked.languages)] if texts else ""

    def say(self, sentence: str, **parts: str) -> str:
        """A sentence of the pages' own as HTML, with HTML in its places."""
        return escape(self.words[sentence]).format(**parts)

    def count(self, name: str, number: int) -> str:
        """So many of something, as HTML."""
        return escape(self.words.counted(name, number))

    def institution(self) -> str:
        """The institution's name."""
        return self.plain(self.asked.tenant.name)

    def html(self, page: Page) -> str:
        """The whole of a page."""
        here, institution = self.asked.here, self.institution()
        title = page.title if page.title == institution else f"{page.title} – {institution}"
        home = escape(here.profile(self.asked.tenant.slug))
        named = self.text(self.asked.tenant.name)
        return framed(
            self.words,
            title,
            head=self._head(page),
            header=f'<header><a href="{home}">{named}</a></header>\n',
            main=page.body,
            footer=f'<footer>{named} · <bdi dir="ltr">{escape(here.domain)}</bdi></footer>\n',
        )

    def _head(self, page: Page) -> str:
        about = {
            "og:title": page.title,
            "og:type": page.kind,
            "og:url": page.canonical,
            "og:site_name": self.institution(),
            "og:description": page.description,
            "og:image": page.image,
        }
        lines = [f'<link rel="canonical" href="{escape(page.canonical)}">']
        if page.document:
            lines.append(f'<link rel="alternate" type="{ACTIVITY_JSON}" href="{escape(page.document)}">')
        lines += [f'<link rel="me" href="{escape(one)}">' for one in page.me]
        if page.description:
            lines.append(f'<meta name="description" content="{escape(page.description)}">')
        lines += [
            f'<meta property="{name}" content="{escape(text)}">' for name, text in about.items() if text
        ]
        if not page.is_listed:
            lines.append('<meta name="robots" content="noindex">')
        if page.data is not None:
            # "<" could end the element; in JSON it may be written so anywhere it can stand
            text = orjson.dumps(page.data).decode().replace("<", "\\u003c")
            lines.append(f'<script type="application/ld+json">{text}</script>')
        return "".join(f"{line}\n" for line in lines)


def framed(words: Words, title: str, *, main: str, head: str = "", header: str = "", footer: str = "") -> str:
    """A whole page of HTML parts; the title is plain text."""
    direction = "rtl" if words.language in _MEANT_RIGHT_TO_LEFT else "ltr"
    return (
        f'<!doctype html>\n<html lang="{words.language}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n"
        '<link rel="icon" href="data:,">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{head}<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#content">{escape(words["to_content"])}</a>\n{header}'
        f'<main id="content">\n{main}\n</main>\n{footer}</body>\n</html>\n'
    )


def link(address: str, attributes: str = "") -> str:
    """An address as a link to itself; it reads from left to right in every language."""
    return f'<a href="{escape(address)}" dir="ltr"{attributes}>{escape(address)}</a>'


def handle(text: str) -> str:
    """A handle, from left to right in every language."""
    return f'<bdi dir="ltr">{escape(text)}</bdi>'


def lang(language: str | None) -> str:
    """The attributes of an element whose text is in a language."""
    if not language or language == "und":
        return ' dir="auto"'
    direction = "rtl" if language.split("-")[0] in _MEANT_RIGHT_TO_LEFT else "ltr"
    return f' lang="{escape(language)}" dir="{direction}"'


def moment(value: datetime) -> str:
    """A time, to the minute, in UTC."""
    return (
        f'<time dir="ltr" datetime="{value.isoformat(timespec="seconds")}">{value:%Y-%m-%d %H:%M} UTC</time>'
    )


def facts(rows: Sequence[tuple[str, str]]) -> str:
    """A list of facts: plain names, values as HTML; those without a value are left out."""
    given = "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in rows if value)
    return f"<dl>{given}</dl>" if given else ""

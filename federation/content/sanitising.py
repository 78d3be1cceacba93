"""The one list of what HTML may hold, here and from anywhere: everything that is shown went through `sanitised`."""

import re
from html import escape

import nh3

LINK_RELATION = "nofollow noopener noreferrer ugc"
"""What every link is marked with."""

MOST_TAGS = 10_000


def sanitised(html: str) -> str:
    """The HTML with what is allowed of it: text, headings, lists, quotes, code, tables, links to http and https.

    Pictures, styles, scripts, forms, ids and foreign classes are gone; elements that may not be are replaced by what is
    in them, unless that is no text either. Doing it twice changes nothing. HTML of more than `MOST_TAGS` tags loses all
    of them: nested lists cost the square of their depth to parse.
    """
    if html.count("<") > MOST_TAGS:
        return escape(_ANY_TAG.sub(" ", html), quote=False)
    return _CLEANER.clean(html)


def with_linked_pictures(html: str) -> str:
    """Sanitised HTML in which each picture has become a link to it, under the words that describe it."""
    if "<img" not in html.lower() or html.count("<") > MOST_TAGS:
        return sanitised(html)
    return sanitised(_PICTURE.sub(_linked, _PICTURE_KEEPER.clean(html)))


def _linked(picture: re.Match[str]) -> str:
    attributes = {found["name"]: found["value"] for found in _ATTRIBUTE.finditer(picture[0])}
    source = attributes.get("src", "")
    return f'<a href="{source}">{attributes.get("alt") or source}</a>' if source else ""


_ALLOWED = """a abbr b bdi blockquote br cite code dd del dl dt em h1 h2 h3 h4 h5 h6 hr i ins kbd li mark ol p pre q rp rt ruby s
samp small span strong sub sup table tbody td th thead tr u ul var wbr"""
_TAGS = frozenset(_ALLOWED.split())

# Elements whose content is no text for readers.
_UNREADABLE = "iframe math noembed noframes noscript object script style svg template textarea title xmp"
_GONE = frozenset(_UNREADABLE.split())

_ANY_TAG = re.compile(r"<[^<>]*>")

# These two read what nh3 wrote: one element, its attributes quoted and escaped.
_PICTURE = re.compile(r"<img\b[^<>]*>")
_ATTRIBUTE = re.compile(r' (?P<name>src|alt)="(?P<value>[^"<>]*)"')


def _cleaner(*, more: frozenset[str] = frozenset()) -> nh3.Cleaner:
    tags = _TAGS | more
    return nh3.Cleaner(
        tags=set(tags),
        clean_content_tags=set(_GONE),
        attributes={
            "a": {"href", "hreflang"},
            "ol": {"start", "reversed"},
            "li": {"value"},
            "*": {"lang"},
            **({"img": {"src", "alt"}} if more else {}),
        },
        tag_attribute_values={
            tag: {"dir": {"ltr", "rtl", "auto"}, **({"translate": {"no"}} if tag in ("a", "span") else {})}
            for tag in tags
        },
        allowed_classes={
            "a": {"mention", "hashtag", "u-url"},
            "span": {"h-card", "mention", "invisible", "ellipsis", "quote-inline"},
            "p": {"quote-inline"},
        },
        link_rel=LINK_RELATION,
        url_schemes={"http", "https"},
        url_relative="deny",
    )


_CLEANER = _cleaner()
_PICTURE_KEEPER = _cleaner(more=frozenset({"img"}))

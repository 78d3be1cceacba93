"""Texts in languages: `content` and `contentMap` and their like, put together under canonical tags."""

from typing import Any

from federation.protocol.reading.shapes.activities import Document
from federation.protocol.reading.values import LONGEST_TEXT, each, first, member, text
from federation.protocol.vocabulary import UNDETERMINED
from kernel.errors import InvalidInput
from kernel.languages import language_tag

MOST_LANGUAGES = 50


def texts(
    document: Document, name: str, *, language: str | None = None, most: int = LONGEST_TEXT
) -> dict[str, str]:
    """The texts of one member by language, the plain one first; empty where there is none.

    The plain text has the language under which the map says the same, else its own `@language`, else `language`, else
    `und`. A tag that is none is read as `und`, of which there is one.
    """
    mapped = _mapped(document.get(f"{name}Map"), most) or _mapped(_map_in(document.get(name)), most)
    plain = text(document.get(name), most)
    if plain is None:
        return mapped
    tags = [tag for tag, translated in mapped.items() if translated == plain]
    spoken = tags[0] if tags else _language_of(document.get(name)) or language or UNDETERMINED
    if spoken in mapped and mapped[spoken] != plain:
        spoken = UNDETERMINED
    return {spoken: plain, **{tag: value for tag, value in mapped.items() if tag != spoken}}


def language_of(document: Document, inherited: str | None = None) -> str | None:
    """The language a document says its texts have: its own member, its context's `@language`, else the inherited."""
    own = first(member(document, "language", "inLanguage"))
    if isinstance(own, dict):
        own = own.get("identifier")
    return _tag(own) or _context_language(document.get("@context")) or inherited


def _context_language(context: Any) -> str | None:
    found = (_tag(part.get("@language")) for part in each(context, MOST_LANGUAGES) if isinstance(part, dict))
    return next((tag for tag in found if tag), None)


def _mapped(value: Any, most: int) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    found: dict[str, str] = {}
    for tag, given in list(value.items())[:MOST_LANGUAGES]:
        translated = text(given, most)
        if translated is not None:
            found.setdefault(_tag(tag) or UNDETERMINED, translated)
    return found


def _map_in(value: Any) -> Any:
    """A map that stands where the plain text should: `{"en": …}`, but not `{"@value": …}`."""
    one = first(value)
    return one if isinstance(one, dict) and not any(name.startswith("@") for name in one) else None


def _language_of(value: Any) -> str | None:
    one = first(value)
    return _tag(one.get("@language")) if isinstance(one, dict) else None


def _tag(value: Any) -> str | None:
    """A canonical tag that says something; the underscore of locales is forgiven."""
    if not isinstance(value, str):
        return None
    try:
        tag = language_tag(value.replace("_", "-"))
    except InvalidInput:
        return None
    return None if tag == UNDETERMINED else tag

"""What a letter says: its items as sentences in the person's language, as plain text and as HTML. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from federation.content.plain_text import preview, text_of
from federation.notifications.letters.words import Words
from federation.notifications.model import NotificationKind
from kernel.languages import choose_language

_EXCERPT = 200
_NAME = 80
_RIGHT_TO_LEFT = frozenset({"ar"})
# What is said of these depends on what became of it, or on whom it is for.
_BY_STATE = {
    NotificationKind.REQUEST_DECIDED: "state",
    NotificationKind.IMPORT_FINISHED: "state",
    NotificationKind.FOLLOW_REQUEST: "of",
}
# What somebody wrote to few is not repeated where others may read it.
_OPEN_POSTS = frozenset({"public", "unlisted"})
_WITH_EXCERPT = frozenset(
    {NotificationKind.MENTION, NotificationKind.REPLY, NotificationKind.COURSE_ANNOUNCEMENT}
)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a letter tells of; `url` is where anybody may read more, `excerpt` plain text."""

    kind: NotificationKind
    details: Mapping[str, Any] = field(default_factory=dict)
    actor: str | None = None
    offering: str | None = None
    url: str | None = None
    excerpt: str | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into a letter: `total` may be more than there are items."""

    name: str
    institution: str
    time_zone: str
    items: Sequence[Item]
    total: int
    is_digest: bool
    unsubscribe_url: str


@dataclass(frozen=True, slots=True)
class Composed:
    """A letter's texts."""

    subject: str
    text: str
    html: str


def compose(contents: Contents, words: Words) -> Composed:
    """The letter in the language of the words; everything that people wrote is text, whatever it looks like."""
    sentences = [(sentence(item, words, contents.time_zone), item) for item in contents.items]
    more = contents.total - len(contents.items)
    return Composed(
        _subject(contents, words, sentences[0][0]),
        _text(contents, words, sentences, more),
        _html(contents, words, sentences, more),
    )


def sentence(item: Item, words: Words, time_zone: str) -> str:
    """One line that says what happened."""
    state = item.details.get(_BY_STATE.get(item.kind, ""))
    key = f"{item.kind.value}_{state}" if state is not None else item.kind.value
    said = words.get(key) or words[item.kind.value]
    return said.format_map(
        {
            "actor": preview(item.actor or words["somebody"], _NAME),
            "offering": preview(item.offering or words["an_offering"], _NAME),
            "until": _moment(item.details.get("until"), time_zone),
            "errors": item.details.get("errors", 0),
            "group": preview(item.details.get("group", ""), _NAME),
            "search": preview(item.details.get("search", ""), _NAME),
            "count": item.details.get("count", 0),
            "case": ", ".join(one for one in (item.details.get("claimed"), item.details.get("about")) if one),
        }
    )


def item_of(row: Mapping[str, Any], languages: Sequence[str], offering_url: str | None) -> Item:
    """An item out of a row of the statement `items`; `offering_url` is where its offering is shown."""
    kind = NotificationKind(row["kind"])
    is_open = row["post_visibility"] in _OPEN_POSTS
    titles = row["offering_title"]
    if row["post_visibility"] is not None:
        url = row["post_url"] if is_open else None
    else:
        url = offering_url if row["is_open"] else None
    return Item(
        kind,
        row["details"],
        _name(row),
        titles[choose_language(list(titles), languages)] if titles else None,
        url,
        _excerpt(row) if is_open and kind in _WITH_EXCERPT else None,
    )


def _name(row: Mapping[str, Any]) -> str | None:
    if row["preferred_username"] is None:
        return None
    return row["display_name"].strip() or f"@{row['preferred_username']}@{row['host']}"


def _excerpt(row: Mapping[str, Any]) -> str | None:
    return preview(row["content_warning"] or text_of(row["content"]), _EXCERPT) or None


def _moment(text: str | None, time_zone: str) -> str:
    if text is None:
        return ""
    return f"{datetime.fromisoformat(text).astimezone(ZoneInfo(time_zone)):%Y-%m-%d %H:%M}"


def _subject(contents: Contents, words: Words, first: str) -> str:
    if contents.is_digest:
        return words["subject_digest"].format_map({"institution": contents.institution})
    if contents.total == 1:
        return first
    return words["subject_many"].format_map({"institution": contents.institution, "count": contents.total})


def _text(contents: Contents, words: Words, sentences: Sequence[tuple[str, Item]], more: int) -> str:
    lines = [words["greeting"].format_map({"name": preview(contents.name, _NAME)}), ""]
    for said, item in sentences:
        lines.append(f"- {said}")
        lines += [f"  {line}" for line in (item.excerpt and f"> {item.excerpt}", item.url) if line]
    if more > 0:
        lines.append("- " + words["more"].format_map({"count": more}))
    why = words["why"].format_map({"institution": contents.institution})
    return "\n".join([*lines, "", "-- ", why, f"{words['unsubscribe']} {contents.unsubscribe_url}", ""])


def _html(contents: Contents, words: Words, sentences: Sequence[tuple[str, Item]], more: int) -> str:
    direction = "rtl" if words.language in _RIGHT_TO_LEFT else "ltr"
    items = [_html_item(said, item) for said, item in sentences]
    if more > 0:
        items.append(f"<li>{escape(words['more'].format_map({'count': more}))}</li>")
    greeting = words["greeting"].format_map({"name": preview(contents.name, _NAME)})
    why = words["why"].format_map({"institution": contents.institution})
    return (
        f'<!doctype html>\n<html lang="{words.language}" dir="{direction}">\n<head><meta charset="utf-8">'
        f"<title>{escape(contents.institution)}</title></head>\n<body>\n<p>{escape(greeting)}</p>\n"
        f"<ul>\n{''.join(items)}</ul>\n<hr>\n<p><small>{escape(why)} "
        f'<a href="{escape(contents.unsubscribe_url)}">{escape(words["unsubscribe_link"])}</a></small></p>\n'
        "</body>\n</html>\n"
    )


def _html_item(said: str, item: Item) -> str:
    line = f'<a href="{escape(item.url)}">{escape(said)}</a>' if item.url else escape(said)
    quoted = f'<blockquote dir="auto">{escape(item.excerpt)}</blockquote>' if item.excerpt else ""
    return f"<li>{line}{quoted}</li>\n"

"""What a post's `tag` holds: mentions, hashtags, emoji, and the links that quote (FEP-e232)."""

from dataclasses import dataclass

from federation.content.hashtags import hashtag_key
from federation.protocol.origins import origin_of
from federation.protocol.reading.links import picture
from federation.protocol.reading.shapes.activities import Document
from federation.protocol.reading.shapes.posts import RemoteEmoji, RemoteMention
from federation.protocol.reading.values import each, identifier, member, objects, text, types_of, uri
from federation.protocol.vocabulary import ACTIVITY_JSON

MOST_TAGS = 200
LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags that could be read, each once; hashtags without "#", in the spelling of the sender."""

    mentions: tuple[RemoteMention, ...]
    hashtags: tuple[str, ...]
    emojis: tuple[RemoteEmoji, ...]
    quote: str | None


def tags(document: Document) -> Tags:
    """What is tagged; a tag without a type is known by its name's first character."""
    mentions: dict[str, RemoteMention] = {}
    hashtags: dict[str, str] = {}
    emojis: dict[str, RemoteEmoji] = {}
    quote = None
    for _, tag in objects(document.get("tag"), MOST_TAGS):
        name = text(tag.get("name"), LONGEST_NAME)
        kind = _kind(tag, name)
        if kind == "Mention" and (mention := _mention(tag, name)):
            mentions.setdefault(mention.uri, mention)
        elif kind == "Hashtag" and name and (key := hashtag_key(name)):
            hashtags.setdefault(key, name.strip().lstrip("#＃"))
        elif kind == "Emoji" and name and (emoji := _emoji(tag, name)):
            emojis.setdefault(emoji.name, emoji)
        elif kind == "Link":
            quote = quote or _quoted(tag)
    return Tags(tuple(mentions.values()), tuple(hashtags.values()), tuple(emojis.values()), quote)


def quote_in(document: Document) -> str | None:
    """The post that a member says is quoted (FEP-044f and what was there before it)."""
    return uri(member(document, "quote", "quoteUrl", "quoteUri", "_misskey_quote"))


def _kind(tag: Document, name: str | None) -> str | None:
    types = types_of(tag)
    if types:
        return types[0]
    return {"@": "Mention", "#": "Hashtag"}.get((name or "")[:1])


def _mention(tag: Document, name: str | None) -> RemoteMention | None:
    href = tag.get("href")
    if not isinstance(href, str) or origin_of(href) is None:
        return None
    return RemoteMention(href, name)


def _emoji(tag: Document, name: str) -> RemoteEmoji | None:
    icon = picture(tag.get("icon"))
    shortcode = name.strip().strip(":")
    if icon is None or not shortcode:
        return None
    return RemoteEmoji(shortcode, icon.url, identifier(tag.get("id")))


def _quoted(tag: Document) -> str | None:
    """FEP-e232: a Link to a document of ours whose relation says that it is quoted."""
    media_type = text(tag.get("mediaType"), LONGEST_NAME) or ""
    quotes = any(isinstance(rel, str) and "quote" in rel.lower() for rel in each(tag.get("rel"), MOST_TAGS))
    is_activity = media_type.startswith(("application/ld+json", ACTIVITY_JSON))
    return uri(tag.get("href")) if quotes and is_activity else None

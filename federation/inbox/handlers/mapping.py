"""A foreign post as the fields that are stored: texts sanitised, times plausible, lists bounded. Pure."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any

from federation.content.hashtags import hashtag_key
from federation.content.plain_text import text_of
from federation.content.receiving import received_html
from federation.posts.fields import PostFields, PostTexts
from federation.protocol.origins import is_web_uri
from federation.protocol.reading import Addressees, RemotePoll, RemotePost
from federation.protocol.vocabulary import UNDETERMINED, Visibility
from federation.tables.posts import MEDIA_TYPES
from kernel.languages import LanguageText

MOST_LANGUAGES = 20
MOST_ATTACHMENTS = 32
MOST_HASHTAGS = 50
LONGEST_TITLE = 500
LONGEST_WARNING = 500
LONGEST_SOURCE = 100_000
_UNTYPED = "application/octet-stream"


def fields_of(post: RemotePost, *, visibility: Visibility, now: datetime) -> PostFields:
    """What is stored of a post when it first comes."""
    return PostFields(
        texts=texts_of(post),
        visibility=visibility.value,
        published_at=plausible(post.published, now),
        kind=post.kind.value.lower(),
        edited_at=plausible(post.updated, now) if post.updated is not None else None,
        page_url=_web(post.url),
        in_reply_to_address=post.in_reply_to,
        context_address=post.conversation,
    )


def texts_of(post: RemotePost) -> PostTexts:
    """What an edit changes."""
    language, content = _first(post.content)
    others = list(post.content.items())[1:MOST_LANGUAGES]
    source = post.source if post.source and post.source.media_type in MEDIA_TYPES else None
    return PostTexts(
        content=received_html(content, post.content_type) + (_poll(post.poll) if post.poll else ""),
        language=None if language == UNDETERMINED else language,
        content_map={
            tag: received_html(text, post.content_type) for tag, text in others if tag != UNDETERMINED
        },
        title=_plain(post.name, LONGEST_TITLE),
        source=source.content[:LONGEST_SOURCE] if source else None,
        source_media_type=source.media_type if source else None,
        content_warning=_plain(post.summary, LONGEST_WARNING),
        is_sensitive=post.sensitive,
        attachments=[
            {"mediaType": one.media_type or _UNTYPED, "url": one.url, "name": one.name or ""}
            for one in post.attachments[:MOST_ATTACHMENTS]
            if is_web_uri(one.url, allow_http=True)
        ],
    )


def hashtags_of(post: RemotePost) -> Mapping[str, str]:
    """Keys to spellings."""
    keyed = ((hashtag_key(name), name) for name in post.hashtags[:MOST_HASHTAGS])
    return {key: name for key, name in keyed if key is not None}


def addressees_of(post: RemotePost, activity: Addressees) -> Addressees:
    """Whom the post is for; one that says nothing is for whom its activity is."""
    return post.addressees if post.addressees.everyone else activity


def plausible(told: datetime | None, now: datetime) -> datetime:
    """What an author says of the time, but for what is to come."""
    return now if told is None or told > now else told


def _first(texts: LanguageText) -> tuple[str, str]:
    return next(iter(texts.items()), (UNDETERMINED, ""))


def _plain(texts: LanguageText, most: int) -> str | None:
    """Titles and warnings are shown as text, whatever was sent."""
    text: Any = _first(texts)[1]
    return text_of(text)[:most] or None if text else None


def _poll(poll: RemotePoll) -> str:
    """What can be answered is shown; answering is for the server where the question was asked."""
    return f"<ul>{''.join(f'<li>{escape(option.name)}</li>' for option in poll.options)}</ul>"


def _web(address: str | None) -> str | None:
    return address if address is not None and is_web_uri(address, allow_http=True) else None

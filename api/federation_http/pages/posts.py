"""A post's page, and a post among others."""

from datetime import UTC
from html import escape

from api.federation_http.answers import Answer
from api.federation_http.asked import Asked
from api.federation_http.pages.layout import Page, Writer, lang, moment
from federation.content.plain_text import preview, text_of
from federation.content.sanitising import sanitised
from federation.objects.posts import FoundPost

_PREVIEW = 200


def post_page(asked: Asked, post: FoundPost) -> Answer:
    """The page of one post."""
    write = Writer(asked)
    row, author = post.row, post.author
    name = author.display_name or author.preferred_username
    told = row["content_warning"] or preview(text_of(row["content"]), _PREVIEW)
    title = row["title"] or f"{name}: {preview(told, 60)}"
    heading = (
        f"<h1{lang(row['language'])}>{escape(row['title'])}</h1>"
        if row["title"]
        else f"<h1>{escape(name)}</h1>"
    )
    reply = row["in_reply_to_address"]
    answered = (
        f'<p class="soft">{escape(write.words["reply_to"])} <a href="{escape(reply)}" rel="nofollow">{escape(reply)}</a></p>'
        if reply
        else ""
    )
    body = f"{heading}{answered}{post_article(write, post, is_alone=True)}"
    return write.page(
        Page(
            title,
            body,
            row["address"],
            kind="article",
            description=told,
            image=author.avatar_url,
            document=row["address"],
            is_listed=row["visibility"] == "public" and author.is_discoverable,
        )
    )


def post_article(write: Writer, post: FoundPost, *, is_alone: bool = False) -> str:
    """A post as an article; its heading is its author's name unless it stands alone."""
    row, author, words = post.row, post.author, write.words
    name = author.display_name or author.preferred_username
    page = author.profile_url or author.address
    by = f'<a href="{escape(page)}" dir="auto">{escape(name)}</a> <span class="soft">{escape(author.handle)}</span>'
    title = f"<h3{lang(row['language'])}>{escape(row['title'])}</h3>" if row["title"] and not is_alone else ""
    content = f"<div{lang(row['language'])}>{sanitised(row['content'])}</div>{_attachments(write, post)}"
    if row["content_warning"] or row["is_sensitive"]:
        warning = row["content_warning"] or words["warning"]
        content = f"<details><summary{lang(row['language'])}>{escape(warning)}</summary>{content}</details>"
    edited = (
        f" · {escape(words['edited'])} {moment(row['edited_at'].astimezone(UTC))}" if row["edited_at"] else ""
    )
    when = f'<a href="{escape(row["page_url"] or row["address"])}">{moment(row["published_at"].astimezone(UTC))}</a>'
    return (
        f'<article>{title}<p class="soft">{by} · {when}{edited}</p>{content}'
        f'<p class="counts">{row["replies_count"]} {escape(words["replies"])} · {row["likes_count"]} '
        f"{escape(words['likes'])} · {row['announces_count']} {escape(words['shares'])}</p></article>"
    )


def _attachments(write: Writer, post: FoundPost) -> str:
    parts = []
    for one in post.row["attachments"]:
        url, name = one.get("url") or "", one.get("name") or ""
        if not url.startswith(("https://", "http://")):
            continue
        if str(one.get("mediaType", "")).startswith("image/"):
            parts.append(f'<figure><img src="{escape(url)}" alt="{escape(name)}" loading="lazy"></figure>')
        else:
            shown = escape(name or url)
            parts.append(f'<p><a href="{escape(url)}" rel="nofollow noopener noreferrer">{shown}</a></p>')
    return "".join(parts)

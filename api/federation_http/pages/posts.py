"""A post's page, and a post among others."""

from datetime import UTC
from html import escape

from api.federation_http.answers import Answer
from api.federation_http.asked import Asked
from api.federation_http.pages.layout import Page, Writer, handle, lang, link, moment
from federation.content.plain_text import preview, text_of
from federation.content.sanitising import sanitised
from federation.objects.posts import FoundPost

_PREVIEW = 200
_NO_FOLLOW = ' rel="nofollow"'


def post_page(asked: Asked, post: FoundPost) -> Answer:
    """The page of one post."""
    write = Writer(asked)
    row, author = post.row, post.author
    name = author.display_name or author.preferred_username
    told = _warning(write, post) or preview(text_of(row["content"]), _PREVIEW)
    title = row["title"] or f"{name}: {preview(told, 60)}"
    heading = (
        f"<h1{lang(row['language'])}>{escape(row['title'])}</h1>"
        if row["title"]
        else f"<h1>{escape(name)}</h1>"
    )
    reply = row["in_reply_to_address"]
    answered = ""
    if reply:
        answered = f'<p class="soft">{write.say("reply_to", link=link(reply, _NO_FOLLOW))}</p>'
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


def post_article(
    write: Writer, post: FoundPost, *, is_alone: bool = False, name: str = "", shared_by: str = ""
) -> str:
    """A post as an article; its heading is its author's name unless it stands alone.

    `name` is what its author is called here, where that is not what the actor is called; `shared_by` who passed it on.
    """
    row, author = post.row, post.author
    name = name or author.display_name or author.preferred_username
    page = author.profile_url or author.address
    by = f'<a href="{escape(page)}"><bdi>{escape(name)}</bdi></a> <span class="soft">{handle(author.handle)}</span>'
    shared = ""
    if shared_by:
        shared = f'<p class="soft">{write.say("shared_by", name=f"<bdi>{escape(shared_by)}</bdi>")}</p>'
    title = f"<h3{lang(row['language'])}>{escape(row['title'])}</h3>" if row["title"] and not is_alone else ""
    content = f"<div{lang(row['language'])}>{sanitised(row['content'])}</div>{_attachments(write, post)}"
    if warning := _warning(write, post):
        language = lang(row["language"] if row["content_warning"] else write.language)
        content = f"<details><summary{language}>{escape(warning)}</summary>{content}</details>"
    edited = ""
    if row["edited_at"]:
        edited = f" · {write.say('edited', when=moment(row['edited_at'].astimezone(UTC)))}"
    when = f'<a href="{escape(row["page_url"] or row["address"])}">{moment(row["published_at"].astimezone(UTC))}</a>'
    return (
        f"<article>{shared}{title}"
        f'<p class="soft">{by} · {when}{edited}</p>{content}'
        f'<p class="counts">{write.count("replies", row["replies_count"])} · '
        f"{write.count('likes', row['likes_count'])} · {write.count('shares', row['announces_count'])}</p></article>"
    )


def _warning(write: Writer, post: FoundPost) -> str:
    """What stands before a post that is not to be read unawares; '' for every other."""
    if post.row["content_warning"]:
        return str(post.row["content_warning"])
    return write.words["warning"] if post.row["is_sensitive"] else ""


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

"""The page of a hashtag."""

from collections.abc import Sequence
from html import escape

from api.federation_http.answers import Answer
from api.federation_http.asked import Asked
from api.federation_http.pages.layout import Page, Writer
from api.federation_http.pages.posts import post_article
from federation.objects.posts import FoundPost


def tag_page(asked: Asked, tag: str, posts: Sequence[FoundPost]) -> Answer:
    """Public posts of people here that carry it, newest first."""
    write = Writer(asked)
    title = write.words["tagged"].format(tag=f"#{tag}")
    heading = write.say("tagged", tag=f"<bdi>#{escape(tag)}</bdi>")
    shown = "".join(post_article(write, post) for post in posts)
    body = f"<h1>{heading}</h1>{shown or '<p>' + escape(write.words['no_posts']) + '</p>'}"
    address = asked.here.hashtag(tag)
    return write.page(Page(title, body, address, document=address, is_listed=False))

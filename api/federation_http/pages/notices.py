"""What was here and is no longer."""

from html import escape

from api.federation_http.answers import Answer
from api.federation_http.asked import Asked
from api.federation_http.pages.layout import Page, Writer


def gone(asked: Asked) -> Answer:
    """410 for people."""
    write = Writer(asked)
    words = write.words
    body = f"<h1>{escape(words['gone'])}</h1><p>{escape(words['gone_text'])}</p>"
    address = asked.here.base + asked.request.url.path
    return write.page(Page(words["gone"], body, address, is_listed=False), status=410)

"""What people read where there is nothing to show: what was here and is no longer, and refusals."""

from collections.abc import Mapping, Sequence
from html import escape

from starlette.responses import Response

from api.federation_http.answers import VARY, Answer
from api.federation_http.asked import Asked
from api.federation_http.forms import Form
from api.federation_http.pages.layout import HEADERS, Page, Writer, framed
from api.federation_http.pages.words import words_for

_SAID = {429: "too_many", 503: "unavailable"}


def gone(asked: Asked) -> Answer:
    """410 for people."""
    write = Writer(asked)
    body = _notice(write.words["gone"], write.words["gone_text"])
    return write.page(Page(write.words["gone"], body, _address(asked), is_listed=False), status=410)


def refusal(
    status: int, languages: Sequence[str], asked: Asked | None, *, headers: Mapping[str, str]
) -> Response:
    """A refusal for people, in these languages; without `asked` the host is no institution's, or it is not known yet."""
    words = words_for(languages)
    name = _SAID.get(status, "not_found")
    if asked is None:
        title = words["no_institution"] if name == "not_found" else words[name]
        html = framed(words, title, main=_notice(title))
    else:
        page = Page(
            words[name], _notice(words[name], words[f"{name}_text"]), _address(asked), is_listed=False
        )
        html = Writer(asked).html(page)
    given = {**HEADERS, "cache-control": "no-store", "vary": VARY, **headers}
    return Response(html, status, {**given, "content-type": Form.PAGE.value})


def _notice(title: str, text: str = "") -> str:
    return f"<h1>{escape(title)}</h1>" + (f"<p>{escape(text)}</p>" if text else "")


def _address(asked: Asked) -> str:
    return asked.here.base + asked.request.url.path

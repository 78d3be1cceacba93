"""Answers of the social web's side: what to keep and for how long, and what is not there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
from starlette.responses import Response

from api.federation_http.forms import Form
from api.http.conditional import is_known, tag_of
from federation.protocol.writing import Document

MINUTE = 60
HOUR = 3600
VARY = "accept, accept-language"
_PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer before it is compared with what the client has. `seconds` None: for the one who asked alone."""

    body: bytes
    media: str
    seconds: int | None = MINUTE
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, if_none_match: str | None) -> Response:
        """The HTTP answer: 304 where the client has it already."""
        tag = tag_of(self.body, self.media).decode()
        kept = f"public, max-age={self.seconds}" if self.seconds is not None else "private, no-cache"
        headers = {"etag": tag, "cache-control": kept, "vary": VARY, **self.headers}
        if self.status == 200 and is_known(tag.encode(), if_none_match):
            return Response(None, 304, headers)
        return Response(self.body, self.status, {**headers, "content-type": self.media})


def document(
    content: Document, form: Form = Form.ACTIVITY, *, is_open: bool = True, changes_in: float | None = None
) -> Answer:
    """A document, kept by everybody for a minute where everybody may see it; no longer than it stays as it is."""
    seconds = MINUTE if changes_in is None else max(0, min(MINUTE, int(changes_in)))
    return Answer(orjson.dumps(content), form.value, seconds if is_open else None)


def gone(content: Document, form: Form) -> Answer:
    """What is left of something (ActivityPub section 6.4)."""
    return Answer(orjson.dumps(content), form.value, HOUR, 410)


def refused(status: int, why: str, *, headers: Mapping[str, str] | None = None) -> Response:
    """A refusal in a sentence (RFC 9457)."""
    told = {"status": status, "title": _TITLES.get(status, "Refused"), "detail": why}
    given = {"cache-control": "no-store", "vary": VARY, **(headers or {})}
    return Response(orjson.dumps(told), status, given, _PROBLEM)


_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    429: "Too Many Requests",
    503: "Service Unavailable",
}

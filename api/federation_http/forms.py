"""In which form something is answered: as a document for servers or as a page for people (RFC 9110, section 12.5.1)."""

from enum import Enum
from functools import lru_cache

from api.http.negotiation import weighted
from federation.protocol.vocabulary import ACTIVITY_JSON, LD_JSON


class Form(Enum):
    """A form, and its media type as it is answered."""

    ACTIVITY = ACTIVITY_JSON
    LD = LD_JSON
    PAGE = "text/html; charset=utf-8"

    @property
    def is_document(self) -> bool:
        """Whether it is for servers."""
        return self is not Form.PAGE


_NAMES = {
    "application/activity+json": Form.ACTIVITY,
    "application/json": Form.ACTIVITY,
    "text/html": Form.PAGE,
    "application/xhtml+xml": Form.PAGE,
    "text/*": Form.PAGE,
    "application/*": Form.ACTIVITY,
}
_PROFILE = "https://www.w3.org/ns/activitystreams"


@lru_cache(maxsize=256)
def form_of(accept: str | None, *, has_page: bool) -> Form | None:
    """The form that an Accept header prefers; None where it takes none of ours.

    Whoever takes anything gets the page where there is one: that is a person with a simple program.
    """
    anything = Form.PAGE if has_page else Form.ACTIVITY
    if accept is None or not accept.strip():
        return anything
    found = []
    for position, (name, parameters, quality) in enumerate(weighted(accept)):
        form = anything if name == "*/*" else _named(name.lower(), parameters)
        if form is not None and quality > 0 and (has_page or form.is_document):
            found.append((-quality, position, form))
    return min(found, key=lambda one: one[:2])[2] if found else None


def _named(name: str, parameters: object) -> Form | None:
    """`application/ld+json` is another vocabulary's where its profile says so."""
    if name != "application/ld+json":
        return _NAMES.get(name)
    profiles = [one for one in map(str, parameters) if one.lower().startswith("profile=")]  # type: ignore[call-overload]
    return Form.LD if not profiles or _PROFILE in profiles[0] else None

"""Where a browser may be sent back to after a sign-in: pages of the institution's own domains and nowhere else. Pure.

The same pages may call the gateway from a browser (`api.http.cross_origin`).
"""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from federation.protocol.addresses import Addresses
from federation.protocol.origins import origin_of
from kernel.errors import InvalidInput

LONGEST = 2000
OURS = frozenset({"code"})
"""What of the query is ours to say to the page that gets the browser back."""

_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)


def checked_return(text: str | None, here: Addresses) -> str:
    """The whole address of a page of the institution; without `text` its first one. `InvalidInput` for any other.

    A path is seen from the primary domain. Ports are not compared, as pages of a domain's other ports are its own.
    """
    if text is None or text == "":
        return f"{here.base}/"
    if len(text) > LONGEST:
        raise InvalidInput(f"an address to return to has at most {LONGEST} characters", path=["returnTo"])
    if _PATH.fullmatch(text):
        return here.base + text
    origin = origin_of(text)
    if origin is None or not text.isascii() or not _is_own(origin, here):
        raise InvalidInput(
            "a sign-in returns to a page of the institution's own domains, over "
            + ("https" if here.scheme == "https" else "https or http"),
            path=["returnTo"],
        )
    return text


def with_answer(address: str, **answer: str) -> str:
    """The address with the answer in its query; a fragment stays behind it."""
    parts = urlsplit(address)
    kept = [
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in OURS
    ]
    return urlunsplit(parts._replace(query=urlencode([*kept, *answer.items()])))


def _is_own(origin: str, here: Addresses) -> bool:
    scheme, _, place = origin.partition("://")
    if scheme != "https" and here.scheme == "https":
        return False
    own = {_without_port(domain) for domain in (here.domain, *here.also)}
    return _without_port(place) in own


def _without_port(place: str) -> str:
    return re.sub(r":[0-9]+\Z", "", place)

"""Whether a profile elsewhere points back here: the second half of a rel=me round trip. Pure.

Points back: an `alsoKnownAs`; a link with rel=me in a field, in the summary or on the profile's page; or the code of the
proof, written into one of the texts. Whoever can write there controls the profile. A link without rel=me says nothing of
whose the other page is.
"""

from collections.abc import Iterator
from html.parser import HTMLParser

from federation.protocol.origins import origin_of
from federation.protocol.reading import RemoteActor

_LONGEST_PAGE = 400_000


def actor_points_back(actor: RemoteActor, targets: frozenset[str], code: str) -> bool:
    """Whether the actor's document names one of `targets` (as `normal_page` writes them) or the code."""
    texts = [field.value for field in actor.fields] + list(actor.summary.values())
    linked = [*actor.also_known_as, *(href for text in texts for href, rel in _links(text) if "me" in rel)]
    return any(code in text for text in texts) or any(normal_page(one) in targets for one in linked)


def page_points_back(html: str, targets: frozenset[str]) -> bool:
    """Whether a page has a link with rel=me to one of `targets`."""
    return any("me" in rel and normal_page(href) in targets for href, rel in _links(html[:_LONGEST_PAGE]))


def normal_page(url: str) -> str | None:
    """A page's address for comparing: origin in lower case, no slash at the end; None for what is no web address."""
    origin = origin_of(url)
    if origin is None:
        return None
    _, _, rest = url.partition("://")
    at = min((rest.find(mark) for mark in "/?#" if mark in rest), default=len(rest))
    return origin + rest[at:].rstrip("/")


def _links(html: str) -> Iterator[tuple[str, frozenset[str]]]:
    """The target and the relations of each `a` and `link`."""
    reader = _Links()
    reader.feed(html)
    return iter(reader.found)


class _Links(HTMLParser):
    """Collects links; nothing that is no HTML stops it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, frozenset[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("a", "link"):
            given = dict(attrs)
            rel = frozenset((given.get("rel") or "").lower().split())
            if href := given.get("href"):
                self.found.append((href.strip(), rel))

"""Reading what servers say about themselves and their accounts: WebFinger, NodeInfo."""

from federation.protocol.origins import is_web_uri, same_origin
from federation.protocol.reading.documents import read_document
from federation.protocol.reading.errors import Unreadable
from federation.protocol.reading.shapes.activities import Document
from federation.protocol.reading.shapes.discovery import Finger, RemoteSoftware
from federation.protocol.reading.values import count, each, identifier, member, objects, text, truth
from federation.protocol.vocabulary import ACTIVITY_JSON
from kernel.visible_text import is_line

MOST_LINKS = 100
MOST_JRD_BYTES = 65_536

_LONGEST_WORD = 200
_NODEINFO = "http://nodeinfo.diaspora.software/ns/schema/"


def read_webfinger(body: bytes, *, allow_http: bool = False) -> Finger:
    """The answer to a WebFinger question; `Unreadable` where it names no actor.

    Whether the subject is who was asked for, and of this server, is for the caller to compare.
    """
    document = read_document(body, most_bytes=MOST_JRD_BYTES)
    subject = text(document.get("subject"), _LONGEST_WORD)
    if subject is None:
        raise Unreadable("has no subject", "$.subject")
    actor = _href(document, rel="self", media_types=(ACTIVITY_JSON, "application/ld+json"))
    if actor is None or not is_web_uri(actor, allow_http=allow_http):
        raise Unreadable("has no link to an actor", "$.links")
    aliases = (identifier(one) for one in each(document.get("aliases"), MOST_LINKS))
    return Finger(
        subject=subject,
        actor=actor,
        page=_href(document, rel="http://webfinger.net/rel/profile-page", media_types=("text/html", "")),
        aliases=tuple(alias for alias in aliases if alias),
    )


def read_nodeinfo_links(body: bytes, *, server: str) -> str:
    """Where the newest NodeInfo document of `server` (any URL of it) is; it has to be of the same origin."""
    document = read_document(body, most_bytes=MOST_JRD_BYTES)
    found = {
        rel.removeprefix(_NODEINFO): href
        for _, link in objects(document.get("links"), MOST_LINKS)
        if isinstance(rel := link.get("rel"), str) and rel.startswith(_NODEINFO)
        if isinstance(href := link.get("href"), str) and same_origin(href, server)
    }
    if not found:
        raise Unreadable("has no link to a NodeInfo document of its own origin", "$.links")
    return found[max(found)]


def read_nodeinfo(body: bytes) -> RemoteSoftware:
    """What the server is; `Unreadable` where it does not say its software."""
    document = read_document(body)
    software = document.get("software")
    name = text(software.get("name"), _LONGEST_WORD) if isinstance(software, dict) else None
    version = text(software.get("version"), _LONGEST_WORD) or "" if isinstance(software, dict) else ""
    if not isinstance(software, dict) or name is None or not is_line(name):
        raise Unreadable("names no software", "$.software.name")
    protocols = (text(one, _LONGEST_WORD) for one in each(_listed(document.get("protocols")), MOST_LINKS))
    return RemoteSoftware(
        name=name.strip().lower(),
        version=version if is_line(version) else "",
        protocols=tuple(one for one in protocols if one),
        open_registrations=truth(document.get("openRegistrations")),
        users=count(_below(document, "usage", "users", "total")),
        title=text(_below(document, "metadata", "nodeName"), _LONGEST_WORD),
    )


def _href(document: Document, *, rel: str, media_types: tuple[str, ...]) -> str | None:
    """The link of this relation, of the first media type that is there."""
    links = [link for _, link in objects(document.get("links"), MOST_LINKS) if link.get("rel") == rel]
    for wanted in media_types:
        for link in links:
            given = text(link.get("type"), _LONGEST_WORD) or ""
            if given.partition(";")[0].strip().lower() == wanted:
                return identifier(member(link, "href"))
    return None


def _listed(value: object) -> object:
    """NodeInfo 1.0 has the protocols apart, as inbound and outbound."""
    return value.get("inbound") if isinstance(value, dict) else value


def _below(document: Document, *path: str) -> object:
    value: object = document
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value

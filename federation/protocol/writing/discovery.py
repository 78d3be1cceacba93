"""How we are found: WebFinger (RFC 7033), host-meta (RFC 6415), NodeInfo 2.1 and its discovery document."""

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from federation.protocol.model import ServerFacts
from federation.protocol.vocabulary import ACTIVITY_JSON
from federation.protocol.writing.values import Document, present

NODEINFO_JSON = 'application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.1#"'
"""The media type of `write_nodeinfo`'s document."""

NODEINFO_RELATION = "http://nodeinfo.diaspora.software/ns/schema/2.1"
SUBSCRIBE_RELATION = "http://ostatus.org/schema/1.0/subscribe"
PROFILE_RELATION = "http://webfinger.net/rel/profile-page"

_SOFTWARE = "fediflow"


def write_webfinger(
    *,
    subject: str,
    actor: str,
    page: str | None = None,
    aliases: Sequence[str] = (),
    subscribe_template: str | None = None,
) -> Document:
    """The JRD of an actor; `subject` is `acct:user@domain`, `subscribe_template` holds `{uri}`."""
    links = [{"rel": "self", "type": ACTIVITY_JSON, "href": actor}]
    if page:
        links.insert(0, {"rel": PROFILE_RELATION, "type": "text/html", "href": page})
    if subscribe_template:
        links.append({"rel": SUBSCRIBE_RELATION, "template": subscribe_template})
    known = tuple(dict.fromkeys((actor, *((page,) if page else ()), *aliases)))
    return {"subject": subject, "aliases": list(known), "links": links}


def write_host_meta(*, webfinger_template: str) -> str:
    """The XRD that says where WebFinger is asked; the template holds `{uri}`."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" type="application/jrd+json" template={quoteattr(webfinger_template)}/>\n'
        "</XRD>\n"
    )


def write_nodeinfo_links(*, href: str, instance_actor: str | None = None) -> Document:
    """`/.well-known/nodeinfo`: where the document is, and the actor that speaks for the server (FEP-2677)."""
    links = [{"rel": NODEINFO_RELATION, "href": href}]
    if instance_actor:
        links.append({"rel": "https://www.w3.org/ns/activitystreams#Application", "href": instance_actor})
    return {"links": links}


def write_nodeinfo(facts: ServerFacts) -> Document:
    """The NodeInfo 2.1 document."""
    return {
        "version": "2.1",
        "software": {"name": _SOFTWARE, "version": facts.software_version},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": facts.open_registrations,
        "usage": {
            "users": {
                "total": facts.users_total,
                "activeHalfyear": facts.active_halfyear,
                "activeMonth": facts.active_month,
            },
            "localPosts": facts.posts,
            "localComments": facts.comments,
        },
        "metadata": present(
            {"nodeName": facts.name, "nodeDescription": facts.description, "langs": list(facts.languages)}
        ),
    }

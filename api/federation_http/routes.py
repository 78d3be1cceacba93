"""The routes of the social web's side, and what a process makes of its parts for them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.routing import Route

from api.federation_http.allowance import Allowance
from api.federation_http.discovery import NODEINFO_PATH, Discovery
from api.federation_http.fetching import SignedFetches
from api.federation_http.objects import Objects
from api.federation_http.reception import Reception
from api.http.caller import Network
from federation.actors.keys import ActorKeys
from federation.local import addresses_of
from federation.objects.access import FetchAccess
from federation.objects.asking import Asking
from federation.objects.counts import Counts
from federation.objects.published import Published
from federation.remote.fetcher import Fetcher
from federation.remote.instance_signer import instance_signer
from federation.remote.signing import SignerSource
from tenants.directory import Directory
from tenants.door import Door
from tenants.model import Tenant


@dataclass(frozen=True, slots=True)
class SocialWeb:
    """What answers the social web in one process."""

    published: Published
    counts: Counts
    fetches: SignedFetches


def social_web(
    asking: Asking,
    door: Door,
    keys: ActorKeys,
    fetcher: Fetcher,
    is_blocked: Callable[[str], bool],
    public_url: str,
) -> SocialWeb:
    """What a process publishes, over its databases; `is_blocked` says whom the platform does not deal with."""

    def signer_of(tenant: Tenant) -> SignerSource:
        return instance_signer(door, keys, tenant, addresses_of(tenant, public_url))

    fetches = SignedFetches(fetcher, FetchAccess(asking), signer_of, is_blocked)
    return SocialWeb(Published(asking, door, keys, public_url), Counts(asking), fetches)


def social_web_routes(
    social: SocialWeb,
    directory: Directory,
    trusted_proxies: tuple[Network, ...],
    make_allowance: Callable[[], Allowance] = Allowance,
) -> Sequence[Route]:
    """Every address that others know us by, but for inboxes."""
    reception = Reception(directory, social.published, trusted_proxies, make_allowance())
    found, objects = Discovery(social.published, social.counts), Objects(social.published, social.fetches)
    plain = {
        "/.well-known/webfinger": found.webfinger,
        "/.well-known/host-meta": found.host_meta,
        "/.well-known/host-meta.json": found.host_meta,
        "/.well-known/nodeinfo": found.nodeinfo_links,
        NODEINFO_PATH: found.nodeinfo,
    }
    documents = {
        "/actors/{number}/{part}": objects.of_actor,
        "/posts/{number}/{part}": objects.of_post,
        "/activities/{number}": objects.activity,
    }
    pages = {
        "/actor": objects.institution,
        "/actors/{number}": objects.actor,
        "/@{username}": objects.profile,
        "/courses/{number}": objects.course,
        "/posts/{number}": objects.post,
        "/offerings/{number}": objects.offering,
        "/places/{number}": objects.place,
        "/tags/{tag}": objects.tag,
    }
    return [
        *(Route(path, reception.endpoint(answer, is_plain=True)) for path, answer in plain.items()),
        *(Route(path, reception.endpoint(answer)) for path, answer in documents.items()),
        *(Route(path, reception.endpoint(answer, has_page=True)) for path, answer in pages.items()),
    ]

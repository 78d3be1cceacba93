"""How the institution is found: WebFinger (RFC 7033), host-meta (RFC 6415) and NodeInfo 2.1."""

from collections.abc import Mapping

import orjson
from starlette.responses import Response

from api.federation_http.answers import HOUR, Answer, refused
from api.federation_http.asked import Asked
from federation.actors.shown import ShownActor
from federation.objects.counts import Counts
from federation.objects.published import Published
from federation.protocol.model import ServerFacts
from federation.protocol.vocabulary import JRD_JSON
from federation.protocol.writing import (
    NODEINFO_JSON,
    write_host_meta,
    write_nodeinfo,
    write_nodeinfo_links,
    write_webfinger,
)
from kernel.host_names import ascii_host
from kernel.version import VERSION

NODEINFO_PATH = "/nodeinfo/2.1"
# Asked by pages of other institutions' (RFC 7033, section 5).
_FOR_ANYBODY: Mapping[str, str] = {"access-control-allow-origin": "*"}
_MOST = 2048


class Discovery:
    """The answers."""

    def __init__(self, published: Published, counts: Counts) -> None:
        self._published = published
        self._counts = counts

    async def webfinger(self, asked: Asked) -> Answer | Response | None:
        """Who a handle or an address of ours is."""
        resource = asked.request.query_params.get("resource", "")
        if not resource or len(resource) > _MOST:
            return refused(400, "say who is asked for: ?resource=acct:name@domain", headers=_FOR_ANYBODY)
        actor = await self._named(asked, resource)
        if actor is None or not actor.is_shown:
            return refused(404, "there is nobody of this name here", headers=_FOR_ANYBODY)
        row = actor.row
        document = write_webfinger(
            subject=f"acct:{row.preferred_username}@{row.host}", actor=row.address, page=row.profile_url
        )
        return Answer(orjson.dumps(document), JRD_JSON, HOUR, headers=_FOR_ANYBODY)

    async def host_meta(self, asked: Asked) -> Answer:
        """Where WebFinger is asked, as XRD; as JSON where the client takes that."""
        template = f"{asked.here.base}/.well-known/webfinger?resource={{uri}}"
        wants_json = asked.request.url.path.endswith(".json") or "json" in asked.request.headers.get(
            "accept", ""
        )
        if wants_json:
            link = {"rel": "lrdd", "type": JRD_JSON, "template": template}
            return Answer(orjson.dumps({"links": [link]}), JRD_JSON, HOUR)
        xml = write_host_meta(webfinger_template=template)
        return Answer(xml.encode(), "application/xrd+xml; charset=utf-8", HOUR)

    async def nodeinfo_links(self, asked: Asked) -> Answer:
        """Where NodeInfo is."""
        href = asked.here.base + NODEINFO_PATH
        links = write_nodeinfo_links(href=href, instance_actor=asked.here.instance_actor)
        return Answer(orjson.dumps(links), "application/json", HOUR, headers=_FOR_ANYBODY)

    async def nodeinfo(self, asked: Asked) -> Answer:
        """What runs here and how much there is."""
        tenant = asked.tenant
        name = next((tenant.name[one] for one in tenant.languages if one in tenant.name), tenant.slug)
        counts = await self._counts.of(tenant)
        facts = ServerFacts(
            software_version=VERSION,
            users_total=counts["users_total"],
            active_halfyear=counts["active_halfyear"],
            active_month=counts["active_month"],
            posts=counts["posts"],
            comments=counts["comments"],
            name=name,
            languages=tenant.languages,
        )
        return Answer(orjson.dumps(write_nodeinfo(facts)), NODEINFO_JSON, HOUR, headers=_FOR_ANYBODY)

    async def _named(self, asked: Asked, resource: str) -> ShownActor | None:
        """The actor of a handle (`acct:` may be left out, as may the port) or of an address or page of ours."""
        here, tenant = asked.here, asked.tenant
        if resource.startswith(("http://", "https://")):
            ours = here.of(resource)
            if ours is not None and ours.kind == "actors" and ours.part is None:
                if ours.number:
                    return await self._published.actors.by_id(tenant, ours.number)
                return await self._published.actors.institution(tenant)
            return await self._published.actors.by_page(tenant, resource)
        username, _, host = resource.removeprefix("acct:").removeprefix("@").rpartition("@")
        names = {here.domain, *here.also, *tenant.domains}
        if not username or ascii_host(host) not in names:
            return None
        return await self._published.actors.by_username(tenant, username.lower())

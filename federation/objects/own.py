"""Documents of this platform's institutions for its own processes, which never ask themselves by HTTP."""

from federation.objects.published import Published
from federation.protocol.origins import host_of
from federation.protocol.writing import Document
from tenants.directory import Directory
from tenants.model import Tenant


class OwnPlatform:
    """What stands behind addresses and handles of all institutions here; nothing that is not public."""

    def __init__(self, directory: Directory, published: Published) -> None:
        self._directory = directory
        self._published = published

    async def is_ours(self, host: str) -> bool:
        """Whether a host (with its port, as in addresses) is of an institution here."""
        return await self._tenant(host) is not None

    async def document(self, address: str) -> Document | None:
        """The public document of an address of ours; None where there is none that may be shown."""
        tenant = await self._tenant(host_of(address))
        found = await self._published.at(tenant, address) if tenant else None
        return None if found is None or not found.is_open else found.document

    async def webfinger(self, username: str, host: str) -> str | None:
        """The address of the actor with that handle; None where there is none."""
        tenant = await self._tenant(host)
        actor = await self._published.actors.by_username(tenant, username.lower()) if tenant else None
        return actor.row.address if actor is not None and actor.is_shown else None

    async def _tenant(self, host: str) -> Tenant | None:
        """The institution of a host with the port at which this platform is reached."""
        tenant = await self._directory.by_host(host) if host else None
        if tenant is None or tenant.is_suspended or not tenant.domains:
            return None
        here = self._published.here(tenant)
        return tenant if host.lower() in (here.domain, *here.also) else None

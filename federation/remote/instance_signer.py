"""The institution's own actor as the signer of what is fetched for it."""

from federation.actors.keys import ActorKeys
from federation.actors.local import instance_actor
from federation.protocol.addresses import Addresses
from federation.remote.signing import RequestSigner, SignerSource
from tenants.authority import system_principal
from tenants.door import Door
from tenants.model import Tenant


def instance_signer(door: Door, keys: ActorKeys, tenant: Tenant, here: Addresses) -> SignerSource:
    """Signs as the institution; its actor and key are made where it has none yet."""

    async def signer() -> RequestSigner:
        async with door.write(system_principal(tenant)) as tx:
            actor = await instance_actor(tx, here)
        signing = (await keys.signing(tenant, actor.id)).rsa
        return RequestSigner(signing.address, signing.key)

    return signer

"""Which scopes and issuers count here: nobody's provider asserts another institution's people."""

from sqlalchemy import select

from federation.identities.model import Identity, IdentityKind
from federation.protocol.origins import host_of
from federation.tables.signin import openid_providers
from kernel.errors import ErrorCode, InvalidInput
from tenants.door import Transaction


class NotAsserted(InvalidInput):
    """The identity is given out by somebody who does not speak for this institution's people."""

    code = ErrorCode.FORBIDDEN


async def require_asserted(tx: Transaction, identity: Identity) -> None:
    """Raises `NotAsserted` unless the identity may be asserted here.

    A scoped id (and a home organization) needs a scope that is a domain of the institution, or one that its provider was
    registered with; equal, not below one. An OpenID subject needs an issuer that the institution registered, a SAML one an
    entity whose host lies in such a scope. Actors are proved by control, and student identifiers are made to travel.
    """
    if identity.scope is not None and identity.scope not in await _scopes(tx):
        raise NotAsserted(
            f"{identity.scope} is no scope of {tx.tenant.slug}: add it to its domains or to its provider",
            path=["value"],
        )
    if identity.kind is IdentityKind.OIDC_SUBJECT and not await _is_registered(tx, identity.issuer):
        raise NotAsserted(f"{tx.tenant.slug} has registered no provider of that issuer", path=["issuer"])
    if identity.kind is IdentityKind.SAML_SUBJECT:
        host = host_of(identity.issuer).partition(":")[0]
        if not any(host == one or host.endswith(f".{one}") for one in await _scopes(tx)):
            raise NotAsserted(f"that issuer is in no scope of {tx.tenant.slug}", path=["issuer"])


async def _scopes(tx: Transaction) -> frozenset[str]:
    declared = select(openid_providers.c.asserted_scopes).where(
        openid_providers.c.tenant_id == tx.tenant_id, openid_providers.c.is_enabled
    )
    found = (await tx.connection.execute(declared)).scalars()
    return frozenset({*tx.tenant.domains, *(scope.lower() for scopes in found for scope in scopes)})


async def _is_registered(tx: Transaction, issuer: str) -> bool:
    this = select(openid_providers.c.id).where(
        openid_providers.c.tenant_id == tx.tenant_id,
        openid_providers.c.issuer == issuer,
        openid_providers.c.is_enabled,
    )
    return (await tx.connection.execute(this.limit(1))).first() is not None

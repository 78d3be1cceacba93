"""People of the world with tokens of their own, and the documents that tests of identities ask."""

import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from federation.tables.signin import openid_providers
from tenants.authority import system_principal
from tenants.model import ALL_SCOPES, Role, Scope
from tenants.people.operations import NewUser, create_user
from tenants.signin.operations import create_token
from tenants.tables import role_assignments
from tests.world import World

ESI = "urn:schac:personalUniqueCode:int:esi:alpha.test:{}"
_numbers = itertools.count(1)

_PAYLOAD = "isInConflict federationIdentity { id kind value } identityConflict { id } userErrors { code message path reason }"
LINK = f"mutation($i: LinkIdentityInput!) {{ linkIdentity(input: $i) {{ {_PAYLOAD} }} }}"
START = (
    "mutation($i: StartIdentityLinkInput!) { startIdentityLink(input: $i) "
    "{ code expiresAt pageUrl userErrors { code message path } } }"
)
VERIFY = f"mutation($i: VerifyIdentityInput!) {{ verifyIdentity(input: $i) {{ {_PAYLOAD} }} }}"
UNLINK = "mutation($i: ChangeInput!) { unlinkIdentity(input: $i) { user { id } userErrors { code message path } } }"
RESOLVE = (
    "mutation($i: ResolveIdentityConflictInput!) { resolveIdentityConflict(input: $i) "
    "{ identityConflict { state reason decidedBy { id } } userErrors { code message reason path } } }"
)
MINE = "{ viewer { identities { id kind value issuer verifiedBy user { id } } } }"
BY_IDENTITY = "query($k: IdentityKind!, $v: String!, $i: String) { userByIdentity(kind: $k, value: $v, issuer: $i) { id } }"
CONFLICTS = (
    "query($f: IdentityConflictFilter) { identityConflicts(filter: $f, first: 100) "
    "{ nodes { id version state claim identity { id } holder { id } claimant { id } } } }"
)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of an institution."""

    id: str
    number: int
    handle: str
    token: str
    at: str

    async def asks(self, world: World, document: str, **variables: Any) -> Any:
        """`data` of an answer without errors."""
        return await world.data(document, variables, at=self.at, token=self.token)


async def somebody(
    world: World, *roles: Role, at: str = "alpha", scopes: frozenset[Scope] = ALL_SCOPES
) -> Somebody:
    """A new person with roles and a token."""
    handle = f"identified{next(_numbers)}"
    tenant = world[at].tenant
    async with world.door.write(system_principal(tenant)) as tx:
        number = await create_user(tx, user=NewUser(handle, given_name="Ada", family_name="Lovelace"))
        for role in roles:
            await tx.connection.execute(
                insert(role_assignments).values(
                    tenant_id=tx.tenant_id, id=tx.new_id(), user_id=number, role=role.value, created_at=tx.now
                )
            )
        token = await create_token(
            tx, name="test", scopes=scopes, expires_at=tx.now + timedelta(days=1), user_id=number
        )
    return Somebody(f"user_{number}", number, handle, token.secret, at)


async def register_provider(
    world: World, issuer: str, *, at: str = "alpha", scopes: tuple[str, ...] = (), enabled: bool = True
) -> None:
    """An OpenID provider of an institution."""
    async with world.door.write(world.as_system(at)) as tx:
        await tx.connection.execute(
            insert(openid_providers).values(
                tenant_id=tx.tenant_id,
                id=tx.new_id(),
                name="IdP",
                issuer=issuer,
                client_id="client",
                provisioning="just_in_time",
                asserted_scopes=list(scopes),
                is_enabled=enabled,
                created_at=tx.now,
                updated_at=tx.now,
            )
        )


async def linked(world: World, person: Somebody, kind: str, value: str, **more: Any) -> Any:
    """The payload of `linkIdentity` asked by the institution's administrator."""
    given = {"userId": person.id, "kind": kind, "value": value, **more}
    return (await world.data(LINK, {"i": given}, at=person.at))["linkIdentity"]


def only(payload: Any, code: str) -> Any:
    """The one user error of a payload, of this code."""
    (error,) = payload["userErrors"]
    assert error["code"] == code, error
    return error
